"""The sandbox's bank: real servers, one book, no money. docs/banks.md says what it does on which account and amount."""
