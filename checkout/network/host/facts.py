"""What the host remembers: facts, never changed, without card numbers and verification codes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorised:
    """The answer to one 0100, approval or refusal.

    key: acceptor, terminal, trace number and transmission time, which together name the message.
    digest: keyed hash of the question, to tell a repeat from another question under the same key.
    card_fingerprint: keyed hash of the card number.
    is_present: the card was read at a till; False in journals of earlier releases.
    reason: why, where processors have codes of their own for it; "" in journals of earlier releases.
    """

    key: str
    digest: str
    rrn: str
    acceptor: str
    terminal: str
    mcc: str
    network: str
    account_kind: str
    last4: str
    card_fingerprint: str
    requested_cents: int
    approved_cents: int
    response_code: str
    auth_code: str
    network_reference: str
    is_answered: bool
    at: str
    reason: str = ""
    is_present: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """The answer to one advice, and what it changed in the authorisation `network_reference` ("" if unknown).

    cancels: the original is void from now on, whether it has arrived yet or not.
    """

    key: str
    digest: str
    rrn: str
    kind: str
    original_key: str
    network_reference: str
    amount_cents: int
    completed_cents: int = 0
    released_cents: int = 0
    refunded_cents: int = 0
    cancels: bool = False
    response_code: str
    at: str


Fact = Authorised | Advised
FACTS: Final[dict[str, type[Authorised | Advised]]] = {"authorised": Authorised, "advised": Advised}


def to_json(fact: Fact) -> dict[str, Any]:
    """The fact as a JSON object, its kind under "fact"."""
    return {"fact": "authorised" if isinstance(fact, Authorised) else "advised", **asdict(fact)}


def from_json(row: dict[str, Any]) -> Fact:
    """The inverse of `to_json`. Raises KeyError or TypeError for anything else."""
    values = dict(row)
    return FACTS[values.pop("fact")](**values)
