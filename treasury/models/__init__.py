"""What the treasury stores. Room by room: what sales cost, what was settled, whom it is paid to, what banks were asked and said."""

from __future__ import annotations

from treasury.models.accounts import BankAccount
from treasury.models.adjustments import Adjustment
from treasury.models.cases import BankDay, TreasuryCase
from treasury.models.fee_proposals import FeeProposal
from treasury.models.fees import FeeRate, FeeSchedule, MonthVolume
from treasury.models.payouts import Payout, PayoutPolicy
from treasury.models.settlements import Reserve, SettledLine, Settlement
from treasury.models.statements import BankFile, BankLine, BankStatement
from treasury.models.transfers import BankBatch, BankTransfer

__all__ = [
    "Adjustment", "BankAccount", "BankBatch", "BankDay", "BankFile", "BankLine", "BankStatement", "BankTransfer",
    "FeeProposal", "FeeRate", "FeeSchedule", "MonthVolume", "Payout", "PayoutPolicy", "Reserve", "SettledLine", "Settlement", "TreasuryCase",
]  # fmt: skip
