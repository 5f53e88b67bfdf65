"""Made-up bank customers whose payments follow from the day alone, so that the sandbox's bank remembers none of them.

Each day has its events, in order: what was pending the day before is booked under a new id, and the day's own payments appear as
pending. A cursor is the place in that row of events: day and number. The same day always has the same events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

HISTORY = timedelta(days=730)
A_DAY = timedelta(days=1)
Event = dict[str, object]


@dataclass(frozen=True, slots=True)
class Payment:
    """One that comes back: on a day of each month, of each n-th day, or of one day a year. cents: below zero is paid out."""

    payee: str
    mcc: str
    cents: int
    account: str = "checking"
    day: int = 0
    every: int = 0
    month: int = 0

    def falls_on(self, day: date) -> bool:
        if self.every:
            return day.toordinal() % self.every == self.day
        return day.day == self.day and self.month in (0, day.month)


@dataclass(frozen=True, slots=True)
class Customer:
    """accounts: id -> (masked number, kind, cents)."""

    name: str
    accounts: dict[str, tuple[str, str, int]]
    payments: tuple[Payment, ...]


CUSTOMERS: Final = {
    "jordan": Customer(
        "Jordan, who has two video services and pays the pharmacy by bank card",
        {"checking": ("••4021", "checking", 3_184_22), "card": ("••7730", "credit", -412_80)},
        (
            Payment("Harbor Payroll", "", 2_140_00, day=1), Payment("Harbor Payroll", "", 2_140_00, day=15),
            Payment("Elm Street Homes", "6513", -1_450_00, day=2),
            Payment("Kino Stream", "4899", -15_99, "card", day=4), Payment("Brightbox TV", "4899", -11_49, "card", day=19),
            Payment("Corner Pharmacy", "5912", -23_40, "card", day=3, every=21), Payment("Montpelier Dental", "8021", -140_00, day=11, every=180),
            Payment("Green Valley Market", "5411", -84_15, "card", day=2, every=6), Payment("Fuel & Go", "5541", -46_00, "card", day=5, every=11),
            Payment("Eyewear by Post", "8043", -38_00, "card", day=9, every=90),
        ),
    ),
    "sam": Customer(
        "Sam, who pays one gym twice a month",
        {"checking": ("••1188", "checking", 962_07)},
        (
            Payment("Dockside Works", "", 1_260_00, day=3, every=14), Payment("Iron Gym", "7997", -29_00, day=6),
            Payment("Iron Gym", "7997", -29_00, day=17), Payment("Tunes Unlimited", "5815", -9_99, day=22),
            Payment("Family Doctors", "8011", -30_00, day=4, every=60), Payment("Cloud Attic", "5818", -99_00, day=12, month=5),
            Payment("Green Valley Market", "5411", -51_70, day=1, every=5),
        ),
    ),
    "robin": Customer("Robin, who has opened an account and done nothing", {"checking": ("••0001", "checking", 25_00)}, ()),
}  # fmt: skip


def events_of(customer: str, *, after: tuple[int, int], today: date) -> Iterator[tuple[tuple[int, int], Event]]:
    """What happened at this customer's accounts after a place, oldest first, up to today. Places: (day's ordinal, number)."""
    day = max(date.fromordinal(after[0]) if after[0] else date.min, today - HISTORY)
    while day <= today:
        for number, event in enumerate(_events_on(customer, day)):
            if (place := (day.toordinal(), number)) > after:
                yield place, event
        day += A_DAY


def _events_on(customer: str, day: date) -> Iterator[Event]:
    for number, payment in _payments_on(customer, day - A_DAY):
        yield {"removed": _id(customer, day - A_DAY, number, "p")}
        yield {"written": _told(customer, day - A_DAY, number, payment, is_pending=False)}
    for number, payment in _payments_on(customer, day):
        yield {"written": _told(customer, day, number, payment, is_pending=True)}


def _payments_on(customer: str, day: date) -> list[tuple[int, Payment]]:
    return [(number, payment) for number, payment in enumerate(CUSTOMERS[customer].payments) if payment.falls_on(day)]


def _id(customer: str, day: date, number: int, state: str) -> str:
    return f"{customer}-{day:%Y%m%d}-{number}-{state}"


def _told(customer: str, day: date, number: int, payment: Payment, *, is_pending: bool) -> Event:
    return {
        "id": _id(customer, day, number, "p" if is_pending else "b"), "account": f"{customer}-{payment.account}", "booked_on": day.isoformat(),
        "amount_cents": payment.cents, "mcc": payment.mcc, "payee": payment.payee, "is_pending": is_pending,
    }  # fmt: skip
