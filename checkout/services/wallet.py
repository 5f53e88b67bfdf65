"""The cards of one payment in the shopper's order, opened and judged; and what is refused before any bank is asked."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from checkout import errors
from checkout.legs import LegPlan, Payer, plan_legs
from checkout.models import CardAuthentication, CardToken, CheckoutSession, LineItem, SavedCard, Tender
from checkout.network.cards import BENEFIT_KINDS
from checkout.network.types import Card
from checkout.services.saved_cards import Consent, open_saved_card
from checkout.services.tokens import open_tokens
from checkout.split import Split, split_for
from common.money import dollars
from merchants.models import Merchant

BENEFIT, ORDINARY = Tender.Kind.BENEFIT, Tender.Kind.ORDINARY
BENEFIT_PARAM, OTHER_PARAM = "benefit_card_token", "card_token"
MOST_BENEFIT, MOST_ORDINARY = 2, 1
TOO_MANY = f"A payment takes {MOST_BENEFIT} benefit cards and {MOST_ORDINARY} ordinary card at most."


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOffer:
    """One card that is offered, by a token's text or a saved card's id.

    limit_cents: the most that it shall pay. kept_off: lines (positions) that the shopper does not want on it.
    save: what the shopper agreed to, if the card is to be kept.
    must_be: for a field that is meant for one kind of card. param: the field that brought it, for refusals.
    """

    param: str
    token: str = ""
    saved_card: str = ""
    limit_cents: int | None = None
    kept_off: frozenset[int] = frozenset()
    save: Consent | None = None
    must_be: Tender.Kind | None = None


@dataclass(slots=True)
class PaidWith:
    """One opened card: its token's row (not yet stored, for a saved card), the card, and what it may pay of this basket."""

    offer: CardOffer
    token: CardToken
    card: Card
    split: Split | None  # for a benefit card
    payer: Payer
    authentication: CardAuthentication | None = None
    awaits_letter: bool = False  # this leg pays for what a letter has yet to make eligible

    @property
    def kind(self) -> Tender.Kind:
        return BENEFIT if self.split else ORDINARY

    @property
    def param(self) -> str:
        return self.offer.param


@dataclass(frozen=True, slots=True)
class Wallet:
    """All cards of one payment, in order. totals: cents of each line."""

    cards: tuple[PaidWith, ...]
    totals: dict[int, int]
    minimum_cents: int
    is_off_session: bool = False  # nobody is there: the merchant charges what was agreed to

    @property
    def payers(self) -> tuple[Payer, ...]:
        return tuple(paid.payer for paid in self.cards)

    @property
    def distinct(self) -> tuple[PaidWith, ...]:
        """Each card once, also where a second leg of it waits for a letter."""
        return tuple({id(paid.token): paid for paid in self.cards}.values())

    @property
    def total_cents(self) -> int:
        return sum(self.totals.values())

    @property
    def of_benefit(self) -> tuple[PaidWith, ...]:
        return tuple(paid for paid in self.cards if paid.split)

    def first_plan(self) -> LegPlan:
        return plan_legs(totals=self.totals, payers=self.payers, minimum_cents=self.minimum_cents)


def offers_of(*, benefit_token: str, card_token: str, cards: Sequence[CardOffer]) -> list[CardOffer]:
    """The cards in the order in which they are asked; from two named fields, the benefit card first."""
    named = [
        CardOffer(param=BENEFIT_PARAM, token=benefit_token, must_be=BENEFIT),
        CardOffer(param=OTHER_PARAM, token=card_token, must_be=ORDINARY),
    ]
    return list(cards) or [offer for offer in named if offer.token]


def open_wallet(
    *, session: CheckoutSession, lines: Sequence[LineItem], offers: Sequence[CardOffer], is_off_session: bool = False
) -> Wallet:
    """Open every card. Raises TokenInvalid with the parameter that brought one that cannot be opened."""
    typed = open_tokens(session=session, texts={offer.param: offer.token for offer in offers})
    merchant = session.merchant
    opened = []
    for offer in offers:
        known = typed.get(offer.param)
        if session.save_cards == SavedCard.Covers.SUBSCRIPTIONS:
            _refuse_without_consent(offer)
        token, card = known or open_saved_card(
            session=session, public_id=offer.saved_card, param=offer.param, is_off_session=is_off_session
        )
        opened.append(_paid_with(offer, token, card, lines, merchant))
    totals = {line.position: line.total_cents for line in lines}
    return Wallet(tuple(opened), totals, merchant.minimum_charge_cents, is_off_session)


def _refuse_without_consent(offer: CardOffer) -> None:
    """What the shopper orders here is charged again without them: each card needs their consent to that, new or kept."""
    if offer.saved_card:
        agreed = SavedCard.objects.filter(public_id=offer.saved_card, consent_covers=SavedCard.Covers.SUBSCRIPTIONS).exists()
    else:
        agreed = offer.save is not None and offer.save.covers == SavedCard.Covers.SUBSCRIPTIONS
    if not agreed:
        raise errors.ConsentMissing(param=offer.param, advice="Agree to the card’s being kept for renewals: this order renews.")


def _paid_with(offer: CardOffer, token: CardToken, card: Card, lines: Sequence[LineItem], merchant: Merchant) -> PaidWith:
    split = split_for(lines, merchant, token.account_kind) if token.account_kind in BENEFIT_KINDS else None
    if split and offer.kept_off:
        split = split.without(offer.kept_off)
    may_carry = {line.position: line.benefit_cents for line in split.lines} if split else None
    return PaidWith(offer, token, card, split, Payer(may_carry, offer.limit_cents))


def refuse_impossible(wallet: Wallet, plan: LegPlan) -> None:
    """Refuse what no bank could mend, before anything is sent."""
    for paid in wallet.cards:
        _refuse_wrong_place(paid)
    if cards := wallet.distinct:
        refuse_too_many(
            [paid.split is not None for paid in cards], [paid.card.pan for paid in cards], param=wallet.cards[-1].param
        )
    for paid in wallet.of_benefit:
        _refuse_useless(paid)
    if not wallet.cards:
        raise errors.CardNeeded(param=OTHER_PARAM, advice="Type a card.")
    refuse_too_small(wallet, plan)
    if plan.uncovered_cents:
        raise _card_missing(wallet, plan)


def _refuse_wrong_place(paid: PaidWith) -> None:
    if paid.offer.must_be == BENEFIT and paid.kind == ORDINARY:
        raise errors.NotABenefitCard(param=paid.param, advice="Type it as your other card, or use your FSA or HSA card here.")
    if paid.offer.must_be == ORDINARY and paid.kind == BENEFIT:
        raise errors.BenefitCardForOtherItems(
            "This is a benefit card: it cannot pay for items that are not eligible.", param=paid.param,
            advice="Use an ordinary credit or debit card for the rest.",
        )  # fmt: skip


def refuse_too_many(are_benefit: Sequence[bool], names: Sequence[Hashable], *, param: str) -> None:
    """Refuse more cards than one payment takes, or the same one twice. names: what each card is known by."""
    benefits = sum(are_benefit)
    if benefits > MOST_BENEFIT or len(are_benefit) - benefits > MOST_ORDINARY:
        raise errors.TooManyCards(TOO_MANY, param=param, advice="Leave one of the cards out.")
    if len(set(names)) < len(names):
        raise errors.TooManyCards("The same card is there twice.", param=param, advice="Use another card there.")


def _refuse_useless(paid: PaidWith) -> None:
    if paid.split and not paid.split.benefit_cents:
        if paid.offer.kept_off:
            raise errors.NothingForBenefitCard(
                "You keep every item off this benefit card that it could pay for.", param=paid.param,
                advice="Put an item back on it, or pay with another card.",
            )  # fmt: skip
        reasons = list(dict.fromkeys(line.placement.why for line in paid.split.lines))
        raise errors.NothingForBenefitCard(
            f"Nothing in this order can go on this benefit card. {reasons[0]}", param=paid.param, advice="Pay with another card."
        )


def refuse_too_small(wallet: Wallet, plan: LegPlan, *, lower_to_cents: int | None = None) -> None:
    """Refuse a plan with a leg below the smallest charge, or one that leaves out the only benefit card for it.

    lower_to_cents: to what the benefit card that has answered would have to be lowered, if that helps.
    """
    least = dollars(wallet.minimum_cents)
    if plan.too_small:
        param, cents = wallet.cards[plan.too_small.payer].param, plan.too_small.amount_cents
        advice = "Use one card for everything, or let another card pay more."
        if lower_to_cents:
            advice = f"Lower your benefit card’s part to {dollars(lower_to_cents)}, then pay again."
        raise errors.ChargeTooSmall(
            f"{dollars(cents)} would be left for this card, and a card charge begins at {least}. Nothing was charged.",
            param=param, advice=advice, **({"lower_to_cents": lower_to_cents} if lower_to_cents else {}),
        )  # fmt: skip
    asked = {leg.payer for leg in plan.legs}
    benefits = [i for i, paid in enumerate(wallet.cards) if paid.split]
    if lower_to_cents is None and plan.legs and benefits and not asked.intersection(benefits):
        raise errors.ChargeTooSmall(
            f"Too little of this order can go on your benefit card: a card charge begins at {least}.",
            param=wallet.cards[benefits[0]].param, advice="Pay everything with your other card, and claim it with the receipt.",
        )  # fmt: skip


def _card_missing(wallet: Wallet, plan: LegPlan) -> errors.SecondCardNeeded:
    planned = sum(leg.amount_cents for leg in plan.legs)
    missing = dollars(plan.uncovered_cents)
    if len(wallet.cards) > len(wallet.of_benefit):
        return errors.SecondCardNeeded(
            f"The cards pay {dollars(planned)} as you limited them; {missing} are left over.",
            param=wallet.cards[-1].param, advice="Raise a card’s limit, or leave it out.",
        )  # fmt: skip
    pays = "The benefit card pays" if len(wallet.cards) == 1 else "The benefit cards pay"
    return errors.SecondCardNeeded(
        f"{pays} {dollars(planned)}; {missing} need another card.", param=OTHER_PARAM, advice="Add another card for the rest."
    )
