"""A shopper's accounts on their own pages: added, told, linked, ended; and nothing of anybody else's."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.tests.test_me import ADDRESS, ask, shopper  # noqa: F401  # fixtures
from shoppers.accounts import ShopperAccount, account_index
from shoppers.bank.models import BankConsent, BankTransaction
from shoppers.bank.refreshing import refresh_consent
from shoppers.bank.sandbox.bank import Faults
from shoppers.benefits.models import BenefitAccount
from shoppers.tests.conftest import bank  # noqa: F401
from shoppers.tests.linked import answer_at_bank
from shoppers.tests.people import benefit

pytestmark = pytest.mark.django_db
YEAR = timezone.localdate().year
FSA = {
    "administrator": "Northwind",
    "plan_starts_on": f"{YEAR}-01-01",
    "plan_ends_on": f"{YEAR}-12-31",
    "balance_cents": "$1,240.50",
}


def whose(email: str = ADDRESS) -> ShopperAccount:
    return ShopperAccount.objects.get(email_index=account_index(email))


def page(client) -> str:
    answer = client.get(reverse("me:accounts"))
    assert answer.status_code == 200
    return answer.content.decode()


def link(client, customer: str = "jordan", **more) -> dict[str, str]:
    answer = client.post(reverse("me:bank_link"))
    assert answer.status_code == 200
    return answer_at_bank(answer["Refresh"].removeprefix("0; url="), customer, **more)


def test_an_empty_list_says_what_to_do(shopper):  # noqa: F811
    html = page(shopper())

    assert "No account yet" in html
    assert "Link a bank" in html


def test_an_account_is_added_with_its_balance_and_shows_its_deadline(shopper):  # noqa: F811
    client = shopper()
    assert "Dependent care FSA" in client.get(reverse("me:benefit_add")).content.decode()

    answer = client.post(f"{reverse('me:benefit_add')}?kind=health_fsa", {**FSA, "carryover_limit_cents": "600"})

    assert answer.status_code == 302
    row = BenefitAccount.objects.get()
    assert (row.account, row.balance_cents, row.carryover_limit_cents) == (whose(), 1_240_50, 600_00)
    html = page(client)
    assert f"December 31, {YEAR}" in html
    assert "$640.50 would be lost" in html


def test_an_hsa_asks_for_its_year_and_shows_room_to_pay_in(shopper):  # noqa: F811
    client = shopper()

    client.post(f"{reverse('me:benefit_add')}?kind=hsa", {"year": "2026", "coverage": "self", "contributed_cents": "4,000.00"})

    row = BenefitAccount.objects.get()
    assert (row.plan_starts_on, row.plan_ends_on) == (date(2026, 1, 1), date(2026, 12, 31))
    assert "may still pay in $400.00" in page(client) or timezone.localdate() > date(2027, 4, 15)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"plan_ends_on": f"{YEAR + 2}-01-01"}, "twelve months at most"),
        ({"balance_cents": "lots"}, "Enter a number"),
        ({"plan_starts_on": "sometime"}, "Enter a valid date"),
        ({"carryover_limit_cents": "1", "grace_ends_on": f"{YEAR + 1}-03-15"}, "never both"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_kept(shopper, more, words):  # noqa: F811
    answer = shopper().post(f"{reverse('me:benefit_add')}?kind=health_fsa", {**FSA, **more})

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not BenefitAccount.objects.exists()


def test_a_form_sent_twice_adds_one_account(shopper):  # noqa: F811
    client = shopper()
    answers = [client.post(f"{reverse('me:benefit_add')}?kind=health_fsa", FSA).status_code for _ in range(2)]

    assert answers == [302, 400]
    assert BenefitAccount.objects.count() == 1


def test_a_balance_is_told_the_plan_changed_and_the_account_taken_off(shopper):  # noqa: F811
    client = shopper()
    row = benefit(whose())
    told = client.post(reverse("me:benefit_balance", args=[row.public_id]), {"amount_cents": "12.34", "as_of": "2026-05-01"})
    refused = client.post(reverse("me:benefit_balance", args=[row.public_id]), {"amount_cents": "1", "as_of": "2226-05-01"})
    changed = client.post(
        reverse("me:benefit", args=[row.public_id]), {**FSA, "plan_starts_on": "2026-01-01", "plan_ends_on": "2026-12-31"}
    )

    assert (told.status_code, refused.status_code, changed.status_code) == (302, 400, 302)
    row.refresh_from_db()
    assert (row.balance_cents, row.administrator) == (12_34, "Northwind")
    assert client.post(reverse("me:benefit_close", args=[row.public_id])).status_code == 302
    assert "No account yet" in page(client)


def test_nobody_reaches_another_persons_account_or_bank(shopper, bank):  # noqa: F811
    ada = shopper()
    row = benefit(whose())
    ada.get(reverse("me:bank_return"), link(ada))
    consent, bob = BankConsent.objects.get(), shopper("bob@example.com")

    for name, public_id in (("benefit", row.public_id), ("bank_end", consent.public_id)):
        assert bob.get(reverse(f"me:{name}", args=[public_id])).status_code == 404
    for name, public_id in (
        ("benefit", row.public_id), ("benefit_balance", row.public_id), ("benefit_close", row.public_id),
        ("bank_end", consent.public_id), ("bank_refresh", consent.public_id),
    ):  # fmt: skip
        assert bob.post(reverse(f"me:{name}", args=[public_id]), FSA).status_code == 404
    row.refresh_from_db()
    consent.refresh_from_db()
    assert (row.closed_at, consent.state) == (None, "active")


def test_a_bank_is_linked_read_and_ended_with_all_that_was_read(shopper, bank):  # noqa: F811
    client = shopper()
    assert "180 days at most" in client.get(reverse("me:bank_link")).content.decode()
    answer = client.get(reverse("me:bank_return"), link(client))
    assert (answer.status_code, answer["Location"]) == (302, reverse("me:accounts"))
    consent = BankConsent.objects.get()
    assert "are being read for the first time" in page(client)

    refresh_consent(consent_id=consent.pk)
    html = page(client)
    assert "••4021" in html
    assert "Up to date" in html

    assert "deleted at once" in client.get(reverse("me:bank_end", args=[consent.public_id])).content.decode()
    assert BankTransaction.objects.exists()  # looking ends nothing
    client.post(reverse("me:bank_end", args=[consent.public_id]))
    assert not BankTransaction.objects.exists()
    assert "Links that ended" in page(client)


def test_an_answer_that_another_sign_in_brings_links_nothing(shopper, bank):  # noqa: F811
    back = link(shopper())
    thief = shopper("bob@example.com")
    again = shopper()  # the same person in another browser

    for client in (thief, again):
        client.get(reverse("me:bank_return"), back)

    assert BankConsent.objects.get().state == "started"


def test_a_replayed_answer_is_refused_in_words_and_the_link_stays(shopper, bank):  # noqa: F811
    client = shopper()
    back = link(client)
    client.get(reverse("me:bank_return"), back)

    client.get(reverse("me:bank_return"), back)

    assert "was used" in page(client)
    assert BankConsent.objects.get().state == "active"


def test_a_refusal_at_the_bank_and_a_silent_bank_are_said_and_link_nothing(shopper, bank):  # noqa: F811
    client = shopper()
    client.get(reverse("me:bank_return"), link(client, answer="refuse"))
    assert "consent was not given there" in page(client)

    bank.faults = Faults(fail_status=500, fail_times=1)
    answer = client.post(reverse("me:bank_link"))

    assert answer.status_code == 503
    assert "Nothing was linked" in answer.content.decode()


def test_a_bank_that_does_not_answer_shows_since_when_and_is_asked_again(shopper, bank):  # noqa: F811
    client = shopper()
    client.get(reverse("me:bank_return"), link(client))
    consent = BankConsent.objects.get()
    bank.faults = Faults(fail_status=503, fail_times=99)

    client.post(reverse("me:bank_refresh", args=[consent.public_id]))

    html = page(client)
    assert "The bank answered 503." in html
    bank.faults = Faults()
    client.post(reverse("me:bank_refresh", args=[consent.public_id]))
    assert "Up to date" in page(client)


def test_without_a_provider_nothing_is_offered(shopper, settings):  # noqa: F811
    settings.BANK_DATA = ""
    client = shopper()

    assert "Link a bank" not in page(client)
    assert client.get(reverse("me:bank_link")).status_code == 404
