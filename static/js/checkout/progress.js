// What a shopper has chosen and typed, kept in this tab so that a reload loses nothing. Never a card: no number, no code, no token.

export class Progress {
  constructor(session) {
    this.key = `checkout:${session}`;
    this.kept = this.#read();
  }

  #read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key)) ?? {};
    } catch {
      return {}; // no storage in this window, or something else in its place
    }
  }

  keep(values) {
    this.kept = { ...this.kept, ...values };
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.kept));
    } catch {
      // Full, or switched off: the page works without it.
    }
  }

  forget() {
    try {
      sessionStorage.removeItem(this.key);
    } catch {
      // There was nothing to forget.
    }
  }
}
