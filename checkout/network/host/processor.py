"""From a message to its answer: looks for a repeat, decides, writes the fact down, and only then answers."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from checkout.network import iso8583, responses
from checkout.network.additional_amounts import original_amount_block
from checkout.network.errors import MalformedMessage
from checkout.network.host.advices import advice_kind, effect_of
from checkout.network.host.attempt import Attempt, read_attempt
from checkout.network.host.book import Book, Holding
from checkout.network.host.facts import Advised, Authorised
from checkout.network.host.issuer import Decision, decide, may_claim_healthcare
from checkout.network.host.journal import Journal
from checkout.network.iso8583 import ANSWER_TO, Message
from checkout.network.messages import ECHO, SIGN_OFF, SIGN_ON
from checkout.network.private_data import MARKET_NOT_TAKEN, market_answer
from checkout.network.profiles import SANDBOX, Profile

SLOW_S: Final = 3.0
# What makes two messages the same question. Private fields stay out: a repeat may lack the verification code.
QUESTION_FIELDS: Final = ("2", "3", "4", "14", "18", "37", "49", "54")
ADVICE_FIELDS: Final = ("3", "4", "37", "49", "90")  # 63 may be learnt between two sendings
ECHOED_FIELDS: Final = ("3", "4", "7", "11", "12", "13", "32", "37", "41", "42", "49", "70")


@dataclass(frozen=True, slots=True)
class Reply:
    """message: None for silence. delay_s: how long to wait before sending it."""

    message: Message | None
    delay_s: float = 0.0
    network_code: str = ""  # of a sign-on, sign-off or echo that was answered with yes


class Processor:
    """One host: its book, its journal, its clock."""

    def __init__(
        self,
        journal: Journal,
        *,
        slow_s: float = SLOW_S,
        profile: Profile = SANDBOX,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.book = Book(journal.facts())
        self._journal, self._slow_s, self._clock, self._profile = journal, slow_s, clock, profile

    def reply(self, raw: bytes, *, is_signed_on: bool = True) -> Reply:
        """The answer to these bytes. Raises MalformedMessage when too broken even for "format error", or before a sign-on."""
        message = iso8583.decode_unchecked(raw)
        if message["t"] == "0810":
            return Reply(None)  # the answer to our sign-off
        if not is_signed_on and message["t"] != "0800":
            raise MalformedMessage("a question came before the sign-on")
        try:
            iso8583.check(message)
            return self._reply(message)
        except MalformedMessage:
            refusal = _answer(message, responses.FORMAT_ERROR)
            iso8583.check(refusal)
            return Reply(refusal)

    def _reply(self, message: Message) -> Reply:
        match message["t"]:
            case "0800":
                return self._manage(message)
            case "0100":
                return self._authorise(message)
            case "0220" | "0221" | "0420" | "0421":
                return Reply(self._advise(message))
            case _:
                raise MalformedMessage("an answer is no question")

    def _manage(self, message: Message) -> Reply:
        if message["70"] not in (SIGN_ON, SIGN_OFF, ECHO):
            return Reply(_answer(message, responses.INVALID_TRANSACTION))
        return Reply(_answer(message, responses.APPROVED), network_code=message["70"])

    def _authorise(self, message: Message) -> Reply:
        key, digest = message_key(message), self._digest(message, QUESTION_FIELDS)
        if self.book.is_cancelled(key):
            return Reply(_answer(message, responses.TOO_LATE))
        attempt = read_attempt(message, self._profile)
        known = self.book.holdings.get(key)
        if known is not None and known.authorised.digest != digest:
            return Reply(_answer(message, responses.DUPLICATE))
        fact = known.authorised if known else self._decide(message, attempt, key, digest)
        if not fact.is_answered:
            return Reply(None)
        delay_s = self._slow_s if attempt.script == "slow" and known is None else 0.0
        return Reply(_authorisation_answer(message, fact, self._profile) | _market(attempt), delay_s)

    def _decide(self, message: Message, attempt: Attempt, key: str, digest: str) -> Authorised:
        decision: Decision = decide(attempt, today=self._clock().date(), profile=self._profile)
        if attempt.private.is_merchants and not self._began(attempt, message):
            decision = Decision(responses.INVALID_TRANSACTION)  # no holder has agreed to this
        fact = Authorised(
            key=key,
            digest=digest,
            rrn=message["37"],
            acceptor=message["42"].rstrip(),
            terminal=message["41"],
            mcc=attempt.mcc,
            network=attempt.card_bin.network,
            account_kind=attempt.card_bin.account_kind,
            last4=attempt.pan[-4:],
            card_fingerprint=self._journal.fingerprint(attempt.pan),
            requested_cents=attempt.amount_cents,
            approved_cents=decision.approved_cents,
            response_code=decision.response_code,
            auth_code=f"{secrets.randbelow(1_000_000):06d}" if decision.approved_cents else "",
            network_reference=f"{self._clock():%y%m%d}{secrets.token_hex(6).upper()}",
            is_answered=attempt.script != "silent",
            at=self._clock().isoformat(),
            reason=decision.reason,
            is_present=attempt.is_present,
        )
        self._record(fact)
        return fact

    def _began(self, attempt: Attempt, message: Message) -> bool:
        """Does a merchant's charge name an approved or verifying one that this card's holder made at this merchant?"""
        first = self.book.find(key="", network_reference=attempt.private.original)
        return first is not None and (
            (first.authorised.approved_cents > 0 or first.authorised.response_code == responses.NOT_DECLINED)
            and first.authorised.acceptor == message["42"].rstrip()
            and first.authorised.card_fingerprint == self._journal.fingerprint(attempt.pan)
        )

    def _advise(self, message: Message) -> Message:
        key, digest = message_key(message), self._digest(message, ADVICE_FIELDS)
        known = self.book.advices.get(key)
        if known is not None:
            return _answer(message, known.response_code if known.digest == digest else responses.DUPLICATE)
        holding, original_key = self._original(message)
        effect = effect_of(
            message, own_key=key, original_key=original_key, holding=holding, book=self.book, today=self._clock().date()
        )
        self._record(
            Advised(
                key=key,
                digest=digest,
                rrn=message["37"],
                kind=advice_kind(message),
                original_key=original_key,
                network_reference=holding.authorised.network_reference if holding else "",
                amount_cents=int(message["4"]),
                at=self._clock().isoformat(),
                **asdict(effect),
            )
        )
        return _answer(message, effect.response_code)

    def _original(self, message: Message) -> tuple[Holding | None, str]:
        """The authorisation an advice is about, and the key of the very message it names in field 90."""
        original_key = _key(message["90"][:4], message["90"][4:10], message["90"][10:20], message)
        reference = message.get("63", "")
        if original := self.book.advices.get(original_key):
            reference = original.network_reference
        holding = self.book.find(key=original_key, network_reference=reference)
        if holding is not None and holding.authorised.acceptor != message["42"].rstrip():
            return None, original_key  # another merchant's authorisation is not found
        return holding, original_key

    def _record(self, fact: Authorised | Advised) -> None:
        self._journal.append(fact)
        self.book.record(fact)

    def _digest(self, message: Message, fields: tuple[str, ...]) -> str:
        return self._journal.fingerprint("|".join(message.get(number, "") for number in fields))


def message_key(message: Message) -> str:
    """What names a message: kind, merchant, terminal, trace number, transmission time; a repeat has all."""
    return _key(message["t"], message["11"], message["7"], message)


def _key(message_type: str, stan: str, sent_at: str, message: Message) -> str:
    return f"{message_type[:3]}0|{message['42'].rstrip()}|{message['41']}|{stan}|{sent_at}"


def _market(attempt: Attempt) -> Message:
    """Visa's word on the market-specific data: taken from merchants who may send it."""
    if not attempt.private.market:
        return {}
    return market_answer(attempt.private.market if may_claim_healthcare(attempt) else MARKET_NOT_TAKEN)


def _authorisation_answer(message: Message, fact: Authorised, profile: Profile) -> Message:
    is_partial = fact.response_code == responses.PARTIAL
    answer = _answer(message, profile.partial_code if is_partial else fact.response_code)
    answer["4"] = f"{fact.approved_cents:012d}"
    answer["63"] = fact.network_reference
    if fact.auth_code:
        answer["38"] = fact.auth_code
    if own_code := profile.own_code(fact.reason):
        answer["44"] = own_code
    if is_partial and profile.tells_original:
        answer["54"] = original_amount_block(fact.requested_cents, profile=profile)
    return answer


def _answer(message: Message, response_code: str) -> Message:
    """An answer repeats what names the question, never the card number."""
    answer = {number: message[number] for number in ECHOED_FIELDS if number in message}
    if message["t"] == "0100":
        answer["4"] = "0" * 12
    return answer | {"t": ANSWER_TO.get(message["t"], message["t"]), "39": response_code}
