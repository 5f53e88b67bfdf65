"""Limiting people of a chain to regions and stores: by whom, with what in the trail, and what they then see and hear."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from conftest import make_member
from merchants.errors import NotYourMerchant, ReachInvalid
from merchants.models import Invitation, Member
from merchants.team import services
from merchants.team.reach import Reach, reach_words
from notices.selectors import people_to_tell
from people.models import User
from portal.tests.admin_samples import make_sale
from pos_monitor.models import TillSale
from pos_monitor.tests.estate_samples import a_store, a_terminal
from sales.counting.recount import count_noted
from sales.models import SavedView
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def texas(acme):
    return a_store(acme, "Austin", region="TX")


@pytest.fixture
def california(acme):
    return a_store(acme, "Fresno", region="CA")


@pytest.fixture
def sold(acme, texas, california):
    """$30 in each store, once online."""
    for number, store in enumerate((texas, california), 1):
        sale = make_sale(acme, order=f"A-{number}", number=number)
        TillSale.objects.create(
            merchant=acme, terminal=a_terminal(acme, store), store=store, sale_number="1", session=sale, sold_at=sale.created_at
        )
    make_sale(acme, order="online", number=3)


def a_limited(merchant, *, regions=(), stores=(), role="accountant"):
    user = make_member(merchant, role)
    Member.objects.filter(user=user).update(reach=Reach.of(regions, stores).as_json())
    return user


def member(user):
    return Member.objects.get(user=user)


def change(client, user, **fields):
    return client.post(reverse("portal:team_reach", args=[member(user).pk]), fields)


def test_a_leader_limits_a_member_who_signs_in_again_and_it_stands_in_the_trail(signed_in, acme, acme_owner, acme_viewer, texas):
    theirs = signed_in(acme_viewer)
    assert theirs.get(reverse("portal:keys")).status_code == 200

    answer = change(signed_in(acme_owner), acme_viewer, reach="some", regions=["TX"], stores=[texas.public_id])

    assert answer.status_code == 302
    assert member(acme_viewer).reach == {"regions": ["TX"], "stores": [texas.public_id]}
    assert theirs.get(reverse("portal:home")).status_code == 302  # signed out
    entry = AuditEntry.objects.get(action="member.changed")
    assert (entry.fields, entry.details["before"]) == (["reach"], "whole chain")
    assert entry.details["after"] == {"regions": ["TX"], "stores": [texas.public_id]}


def test_the_whole_chain_again(signed_in, acme, acme_owner, texas):
    limited = a_limited(acme, regions=["TX"])

    change(signed_in(acme_owner), limited, reach="whole")

    assert member(limited).reach is None
    assert AuditEntry.objects.get(action="member.changed").details["after"] == "whole chain"


def test_the_same_reach_again_changes_nothing(signed_in, acme, acme_owner, texas):
    limited = a_limited(acme, regions=["TX"])

    change(signed_in(acme_owner), limited, reach="some", regions=["TX"])

    assert not AuditEntry.objects.filter(action="member.changed").exists()


@pytest.mark.parametrize(
    "fields", [{}, {"regions": ["NV"]}, {"stores": ["sto_nobodys"]}], ids=["nothing chosen", "no such region", "no such store"]
)
def test_a_reach_of_nothing_or_of_what_is_not_there_is_refused(signed_in, acme_owner, acme_viewer, texas, fields):
    answer = change(signed_in(acme_owner), acme_viewer, reach="some", **fields)

    assert answer.status_code == 400
    assert answer.context["where"]["error"]
    assert member(acme_viewer).reach is None


def test_another_merchants_store_cannot_be_given(signed_in, globex, acme_owner, acme_viewer, texas):
    answer = change(signed_in(acme_owner), acme_viewer, reach="some", stores=[a_store(globex).public_id])

    assert answer.status_code == 400
    assert member(acme_viewer).reach is None


def test_looking_for_stores_changes_nothing_and_keeps_what_is_ticked(signed_in, acme, acme_owner, acme_viewer, texas, california):
    answer = change(signed_in(acme_owner), acme_viewer, reach="some", stores=[texas.public_id], store_words="fres", find="1")

    where = answer.context["where"]
    assert ([store.name for store in where["chosen"]], [store.name for store in where["found"]]) == (["Austin"], ["Fresno"])
    assert member(acme_viewer).reach is None


def test_an_owner_is_never_limited_even_by_raw_sql(signed_in, acme, acme_owner, texas):
    other = make_member(acme, "admin")
    Member.objects.filter(user=other).update(role="owner")

    assert change(signed_in(acme_owner), other, reach="some", regions=["TX"]).status_code == 400
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(user=other).update(reach={"regions": ["TX"], "stores": []})
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(user=other).update(role="viewer", reach=["TX"])


def test_who_becomes_an_owner_is_limited_no_more(signed_in, acme, acme_owner, texas):
    limited = a_limited(acme, regions=["TX"])

    signed_in(acme_owner).post(reverse("portal:team_change", args=[member(limited).pk]), {"role": "owner"})

    assert (member(limited).role, member(limited).reach) == ("owner", None)
    assert AuditEntry.objects.get(action="member.changed").details["reach"] == {"regions": ["TX"], "stores": []}


def test_who_is_limited_manages_nobody_and_nobody_limits_themselves(signed_in, acme, acme_owner, acme_viewer, texas):
    admin = a_limited(acme, regions=["TX"], role="admin")
    browser = signed_in(admin)

    assert change(browser, acme_viewer, reach="whole").status_code == 403
    assert change(browser, admin, reach="whole").status_code == 403
    assert browser.post(reverse("portal:team_invite"), {"email": "x@example.com", "role": "viewer"}).status_code == 403
    with pytest.raises(NotYourMerchant):
        services.change_reach(by=member(admin), member=member(acme_viewer), reach=None)
    whole = Member.objects.create(merchant=acme, user=make_user("lead"), role="admin")
    with pytest.raises(NotYourMerchant):
        services.change_reach(by=whole, member=whole, reach=Reach.of(["TX"], []))


def make_user(name):
    return User.objects.create_user(username=name, email=f"{name}@acme.example")


def test_an_invitation_carries_the_reach_into_the_membership(signed_in, acme, acme_owner, texas):
    signed_in(acme_owner).post(
        reverse("portal:team_invite"), {"email": "nell@example.com", "role": "viewer", "reach": "some", "regions": ["TX"]}
    )
    invitation = Invitation.objects.get()
    nell = make_user("nell")
    nell.email = "nell@example.com"
    nell.save()

    joined = services.join(invitation=invitation, user=nell)

    assert joined.reach == {"regions": ["TX"], "stores": []}
    assert AuditEntry.objects.get(action="invitation.created").details["reach"] == joined.reach


def test_an_owner_is_not_invited_with_a_limit(acme, acme_owner):
    with pytest.raises(ReachInvalid):
        services.invite(by=member(acme_owner), email="x@example.com", role=Member.Role.OWNER, reach=Reach.of(["TX"], []))
    assert not Invitation.objects.exists()


def test_home_and_sales_and_files_show_their_stores_alone(signed_in, acme, sold, texas):
    browser = signed_in(a_limited(acme, regions=["TX"]))
    home = browser.get(reverse("portal:home"))

    assert (home.context["today"].gross_cents, home.context["today"].sales_count) == (3000, 1)  # counted in passing
    count_noted()
    home = browser.get(reverse("portal:home"))
    assert home.context["today"].gross_cents == 3000
    assert [sale["order_number"] for sale in home.context["recent_sales"]] == ["A-1"]
    assert "available" not in home.context
    assert [sale["order_number"] for sale in browser.get(reverse("portal:sales")).context["sales"]] == ["A-1"]
    assert browser.get(reverse("portal:sales")).context["sums"].gross_cents == 3000
    answer = browser.get(reverse("portal:sales_export", args=["csv"]))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row["order_number"] for row in rows] == ["A-1"]
    assert browser.get(reverse("portal:insights")).context["sums"]["sold"] == 3000
    assert browser.get(reverse("portal:sales"), {"q": "jo@example.com"}).context["sales"] != []


def test_a_store_that_opens_in_their_region_is_theirs_and_one_that_moves_away_is_not(signed_in, acme, texas, california):
    browser = signed_in(a_limited(acme, regions=["TX"]))
    new = a_store(acme, "Dallas", region="TX")

    assert browser.get(reverse("portal:place", args=[new.public_id])).status_code == 200
    texas.region = "OK"
    texas.save()
    assert browser.get(reverse("portal:place", args=[texas.public_id])).status_code == 404


def test_who_is_limited_hears_nothing_that_is_the_whole_chains(acme, acme_owner):
    admin = a_limited(acme, regions=["TX"], role="admin")

    told = people_to_tell(merchant=acme, merchant_roles={"owner", "admin"}, staff_roles=())

    assert told == [acme_owner]
    assert admin not in told


def test_a_colleagues_shared_view_is_not_theirs_to_see(signed_in, acme, acme_owner, texas):
    SavedView.objects.create(merchant=acme, user=acme_owner, name="Fresno", filters={"store": "x"}, is_shared=True)

    assert signed_in(a_limited(acme, regions=["TX"])).get(reverse("portal:sales")).context["views"] == []


def test_whoever_is_invited_reads_to_what_they_are_limited(signed_in, client, acme_owner, texas, received):
    where = {"reach": "some", "regions": ["TX"], "stores": [texas.public_id]}
    signed_in(acme_owner).post(reverse("portal:team_invite"), {"email": "nell@example.com", "role": "viewer", **where})
    letter = received[-1].body

    page = client.get(re.search(r"/team/join/[^/\s]+/", letter)[0]).content.decode()

    limits = f"the region TX and the store {texas.name}"
    assert f"Limited to {limits}: what concerns the whole chain" in page
    assert f"limited to {limits}." in letter


def test_reaches_are_told_in_words():
    assert reach_words(None) == "Whole chain"
    assert reach_words({"regions": ["CA", "TX"], "stores": ["sto_1", "sto_2"]}) == "CA, TX and 2 stores"
    assert reach_words({"regions": [], "stores": []}) == "Nothing"
