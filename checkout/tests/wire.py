"""A card network whose wire is cut where a test wants it: the sandbox's own host, asked in the same bytes, without a socket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checkout.network import iso8583
from checkout.network.errors import NetworkTimeout, NetworkUnavailable
from checkout.network.host.book import Holding
from checkout.network.host.journal import Journal
from checkout.network.host.processor import Processor
from checkout.network.late import LateAnswer as Heard
from checkout.network.messages import advice_message, advice_result, authorisation_message, authorisation_result
from checkout.network.types import AdviceRequest, AuthorisationRequest

WELL, DOWN, LOST_QUESTION, LOST_ANSWER, DIES = "well", "down", "lost question", "lost answer", "dies after the host acted"
FATES = (WELL, DOWN, LOST_QUESTION, LOST_ANSWER, DIES)


class PowerCut(BaseException):
    """Nothing catches it, as nothing catches a killed process."""


class Wire:
    """An acquirer. fates: what befalls the next messages, in order; then all is well. unheard: answers that may still come."""

    def __init__(self) -> None:
        self.host = Processor(Journal(None))
        self.fates: list[str] = []
        self.unheard: list[Heard] = []

    def authorise(self, request: AuthorisationRequest) -> Any:
        answer = self._say(authorisation_message(request))
        return authorisation_result(request, answer)

    def send_many(self, requests: Sequence[AdviceRequest]) -> list[Any]:
        return [self._advise(request) for request in requests]

    def holdings(self) -> list[Holding]:
        return list(self.host.book.holdings.values())

    def holding(self, rrn: str) -> Holding | None:
        return next(iter(self.host.book.with_rrn(rrn)), None)

    def _advise(self, request: AdviceRequest) -> Any:
        try:
            return advice_result(self._say(advice_message(request)))
        except (NetworkTimeout, NetworkUnavailable) as trouble:
            return trouble

    def _say(self, message: dict[str, str]) -> dict[str, str]:
        fate = self.fates.pop(0) if self.fates else WELL
        if fate == DOWN:
            raise NetworkUnavailable("down")
        if fate == LOST_QUESTION:
            raise NetworkTimeout("the question was lost")
        raw = self.host.reply(iso8583.encode(message)).message
        if raw is None:
            raise NetworkTimeout("the issuer is silent")
        answer = iso8583.decode(iso8583.encode(raw))
        if fate == DIES:
            raise PowerCut
        if fate == LOST_ANSWER:
            self.unheard.append(_heard(message, answer))
            raise NetworkTimeout("the answer was lost")
        return answer


def _heard(asked: dict[str, str], answer: dict[str, str]) -> Heard:
    return Heard(
        message_type=answer["t"], stan=answer["11"], rrn=answer["37"], acceptor=asked["42"].rstrip(), terminal=asked["41"],
        response_code=answer["39"], approved_cents=int(answer.get("4", "0")) if answer["39"] in {"00", "10"} else 0,
        auth_code=answer.get("38", ""), network_reference=answer.get("63", ""), late_by_ms=1,
    )  # fmt: skip
