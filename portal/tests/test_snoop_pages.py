"""Snoops on our own pages: a person's, the portal's home, and what staff see of rules and customers."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.me.access import SESSION
from portal.tests.admin_samples import superuser, support_person
from rules.customers.ensure import customer_for_account, customer_for_merchant
from rules.models import PushMessage, Rule, SnoopAssignment, SnoopFeedback
from rules.tests.feed.conftest import _nothing_in_force  # noqa: F401  # a fixture of every test here
from rules.tests.feed.worlds import CLAIMABLE, LETTER, judged, known, put_in_force, rule_of, shopper_of
from shoppers.models import ShopperAccount
from shoppers.sign_in import begin_session
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
XSS = "<script>alert(1)</script>{claimable_cents}"


def browser_of(email):
    account = ShopperAccount.objects.create(email=email, email_index=email)
    client = Client()
    client.cookies[SESSION] = begin_session(account=account, device="Firefox", network="192.0.2.1")
    return client, customer_for_account(account)


@pytest.fixture
def jo(db):
    """A person with 500 dollars to claim back, judged just now."""
    put_in_force(claim_it=CLAIMABLE)
    client, customer = browser_of("jo@example.com")
    known(customer, claimable_cents=50_000, oldest_claimable_on=date(2026, 9, 1))
    judged(customer, clock=timezone.now())
    return client, customer


def press(client, verb, rule="claim-it", **data):
    return client.post(reverse("me:snoop", args=[rule, verb]), data)


def page_of(client, **query):
    return client.get(reverse("me:snoops"), query).content.decode()


# --- For you


def test_a_person_reads_what_to_do_and_why(jo):
    client, _ = jo

    page = page_of(client)

    assert "$500.00 to claim back" in page
    assert "Money to claim back is at least $20.00." in page
    assert "Claim it" in page


def test_each_press_is_written_once_and_a_dismissal_can_be_undone(jo):
    client, customer = jo
    page_of(client)

    for _ in range(2):
        answer = press(client, "dismiss", mark="m1")
    gone = client.get(answer.url).content.decode()
    press(client, "restore")

    assert "Undo" in gone
    assert "$500.00 to claim back" not in gone
    assert "$500.00 to claim back" in page_of(client)
    assert list(SnoopFeedback.objects.order_by("pk").values_list("kind", "customer_id")) == [
        ("dismissed", customer.pk), ("restored", customer.pk),
    ]  # fmt: skip


def test_following_it_is_written_and_leads_on(jo):
    client, _ = jo
    page_of(client)

    answer = press(client, "act", mark="m1", position="0")

    assert (answer.status_code, answer.url) == (302, "/me/")
    assert SnoopFeedback.objects.get().position == 0


def goes_on(answer, url, host):
    """By itself, from a page in between: the policy of our pages lets no form lead to another site, redirects included."""
    assert (answer.status_code, answer["Refresh"]) == (200, f"0; url={url}")
    assert "form-action 'self'" in answer["Content-Security-Policy"]
    page = answer.content.decode()
    assert f'href="{url}"' in page
    assert f"You leave this site for {host}." in page


def test_following_it_to_another_site_goes_by_a_page_in_between(jo):
    client, customer = jo
    put_in_force(2, claim_it=rule_of(CLAIMABLE, action_url="https://www.irs.example/pub502"))
    judged(customer, clock=timezone.now())
    page_of(client)

    goes_on(press(client, "act", mark="m1"), "https://www.irs.example/pub502", "www.irs.example")
    assert SnoopFeedback.objects.get().kind == "acted"


def test_seen_counts_once_a_day_with_scripts_and_without(jo):
    client, _ = jo
    page = page_of(client)
    rule = Rule.objects.get().public_id
    pixel = f"{reverse('me:snoops_seen')}?rule={rule}"
    assert f'<noscript><img class="vh" src="{pixel}"' in page

    answers = [press(client, "seen", rule=rule).status_code for _ in range(2)]
    picture = client.get(pixel)

    assert answers == [204, 204]
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/gif")
    assert SnoopFeedback.objects.get().kind == "seen"


@pytest.mark.usefixtures("jo")
def test_nobody_reports_what_was_not_shown_to_them():
    other, _ = browser_of("kim@example.com")

    assert press(other, "seen").status_code == 409
    assert press(other, "dismiss").status_code == 302
    assert press(Client(), "dismiss").url == reverse("me:sign_in")
    assert press(other, "praise").status_code == 404
    assert not SnoopFeedback.objects.exists()


def test_markup_in_a_text_is_shown_and_not_run(db):
    put_in_force(claim_it=rule_of(CLAIMABLE, title=XSS, body=XSS))
    client, customer = browser_of("jo@example.com")
    judged(known(customer, claimable_cents=5_000), clock=timezone.now())

    page = page_of(client)

    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;$50.00" in page


def test_an_empty_feed_teaches(db):
    client, _ = browser_of("jo@example.com")

    assert "Add a benefit account" in page_of(client)
    assert "Add a benefit account" in page_of(client, cursor="nonsense") or "That is all" in page_of(client, cursor="nonsense")


# --- Tips on the portal's home


TIP = {
    "conditions": {"all": [{"field": "store_unknown_products", "test": "more_than", "value": 10}]}, "score": {"base": 500},
    "title": "{store_unknown_products} products that nobody can judge", "body": "Send their GTINs.", "category": "tip",
    "audience": ["merchant"], "channels": ["portal"], "action_label": "See them", "action_url": "/products/",
}  # fmt: skip


def test_a_merchant_reads_its_own_tips_and_waves_one_away_for_all_members(
    acme, globex, acme_owner, acme_viewer, globex_owner, signed_in
):
    put_in_force(judge_them=TIP)
    judged(
        known(customer_for_merchant(acme), store_unknown_products=40), known(customer_for_merchant(globex)), clock=timezone.now()
    )
    owner, viewer, other = (signed_in(user) for user in (acme_owner, acme_viewer, globex_owner))
    said = "40 products that nobody can judge"

    assert said in owner.get("/").content.decode()
    assert said in viewer.get("/").content.decode()
    assert "Tips for your business" not in other.get("/").content.decode()
    answer = viewer.post(reverse("portal:tip", args=["judge-them", "dismiss"]), {"mark": "m"})

    assert "Undo" in viewer.get(answer.url).content.decode()
    assert said not in owner.get("/").content.decode()


def test_a_tip_that_leads_to_another_site_goes_by_a_page_in_between(acme, acme_owner, signed_in):
    put_in_force(judge_them={**TIP, "action_url": "https://gs1.example/gtin"})
    judged(known(customer_for_merchant(acme), store_unknown_products=40), clock=timezone.now())
    owner = signed_in(acme_owner)
    owner.get("/")

    goes_on(
        owner.post(reverse("portal:tip", args=["judge-them", "act"]), {"mark": "m"}), "https://gs1.example/gtin", "gs1.example"
    )


def test_another_merchants_tip_cannot_be_answered(acme, globex, globex_owner, signed_in):
    put_in_force(judge_them=TIP)
    judged(known(customer_for_merchant(acme), store_unknown_products=40), clock=timezone.now())

    signed_in(globex_owner).post(reverse("portal:tip", args=["judge-them", "act"]))

    assert not SnoopFeedback.objects.exists()


# --- Staff


@pytest.fixture
def staff(signed_in):
    return signed_in(superuser())


def results_of(client, **query):
    return client.get(reverse("admin:rules_results", args=[Rule.objects.get(slug="claim-it").public_id]), query)


def test_results_say_reach_rates_and_that_the_effect_is_too_small_to_tell(acme, acme_api, staff):
    put_in_force(claim_it=CLAIMABLE)
    customers = [shopper_of(acme, claimable_cents=cents) for cents in (50_000, 5_000, 100)]
    judged(*customers, clock=timezone.now())
    for customer in customers:
        acme_api.get(f"/v1/customers/{customer.public_id}/snoops")
    for number, (customer, kind) in enumerate([(customers[0], "seen"), (customers[1], "seen"), (customers[0], "acted")]):
        acme_api.post(f"/v1/customers/{customer.public_id}/snoops/claim-it/feedback", {"kind": kind, "client_id": f"c{number}"})

    answer = results_of(staff)

    figures = dict(answer.context["figures"])
    assert figures == {
        "Qualify now": "2", "Of customers judged": "66.7%", "Shown to": "2", "Seen by": "2", "Dismissed by": "0", "Acted on by": "1",
        "Act rate": "50.0%", "Held out": "0",
    }  # fmt: skip
    page = answer.content.decode()
    assert "Too few to tell" in page
    assert page.index(customers[0].public_id) < page.index(customers[1].public_id)
    assert customers[2].public_id not in page


def test_customers_of_a_rule_come_page_by_page(acme, staff, monkeypatch):
    monkeypatch.setattr("rules.admin.results.A_PAGE", 2)
    put_in_force(claim_it=CLAIMABLE)
    judged(*[shopper_of(acme, claimable_cents=10_000 + n) for n in range(5)], clock=timezone.now())

    seen, url = [], ""
    for _ in range(4):
        answer = staff.get(reverse("admin:rules_results", args=[Rule.objects.get().public_id]) + url.partition("#")[0])
        seen += [row[0] for row in answer.context["customers"].rows]
        url = answer.context["next_url"]
        if not url:
            break

    assert len(seen) == len(set(seen)) == 5
    assert results_of(staff, after="9-9-9; DROP").status_code == 200


def test_the_export_holds_everybody_and_stands_in_the_audit_trail(acme, staff):
    put_in_force(claim_it=CLAIMABLE)
    customers = [shopper_of(acme, claimable_cents=cents) for cents in (50_000, 5_000, 100)]
    judged(*customers, clock=timezone.now())

    answer = staff.get(reverse("admin:rules_results_export", args=[Rule.objects.get().public_id]))

    rows = list(csv.reader(StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0] == ["customer", "kind", "rule", "score"]
    assert sorted(rows[1:]) == sorted(
        [[customers[0].public_id, "shopper", "claim-it", "350"], [customers[1].public_id, "shopper", "claim-it", "125"]]
    )
    entry = AuditEntry.objects.get(action="rule_results.exported")
    assert entry.details["count"] == 2


def test_a_customers_page_tells_support_why_and_why_not(acme, acme_api, signed_in):
    put_in_force(claim_it=rule_of(CLAIMABLE, title=XSS), letter_ends=LETTER)
    customer = shopper_of(acme, claimable_cents=50_000, letter_expires_on=date(2027, 6, 1))
    judged(customer, clock=timezone.now())
    acme_api.get(f"/v1/customers/{customer.public_id}/snoops")
    acme_api.post(f"/v1/customers/{customer.public_id}/snoops/claim-it/feedback", {"kind": "dismissed", "client_id": "c"})
    PushMessage.objects.create(
        customer=customer, rule=Rule.objects.get(slug="claim-it"), occasion="o", service="sandbox", title="A push", body="Its text",
        version_number=1, at=timezone.now(), state="sent",
    )  # fmt: skip

    page = signed_in(support_person()).get(reverse("admin:rules_customer_change", args=[customer.public_id])).content.decode()

    assert "Money to claim back is at least $20.00." in page
    assert "next expiry of a letter is not from 0 to 30" in page
    assert "dismissed" in page
    assert "Its text" in page
    assert "<script>alert(1)" not in page


def test_whoever_may_not_see_rules_sees_none_of_it(acme, signed_in, acme_owner):
    put_in_force(claim_it=CLAIMABLE)
    rule = Rule.objects.get().public_id

    for client in (Client(), signed_in(acme_owner)):
        for name in ("admin:rules_results", "admin:rules_results_export"):
            assert client.get(reverse(name, args=[rule])).status_code in {302, 403}
    assert not AuditEntry.objects.filter(action="rule_results.exported").exists()
    assert not SnoopAssignment.objects.exists()
