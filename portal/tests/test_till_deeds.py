"""A merchant's people register, let in, change and retire tills of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.scopes import across_merchants
from merchants.models import Merchant
from people.models import User
from pos_monitor.estate.enrolment import enrol
from pos_monitor.estate.errors import EnrolmentRefused
from pos_monitor.estate.tokens import issue
from pos_monitor.models import EnrolmentCode, Store, Terminal, TerminalToken
from pos_monitor.tests.estate_samples import a_store, a_terminal
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")


def new_till(store: Store | None = None, **more: str) -> dict[str, str]:
    typed = {"kind": "till", "label": "Till 1", "model": "P400", "serial": "SN-1", "store": str(store.pk) if store else ""}
    return {**typed, **more}


def code_in(page: str) -> str:
    (found,) = set(CODE.findall(page))
    return found


def deeds_about(till: Terminal) -> list[str]:
    with across_merchants("the trail is one for all"):
        return list(AuditEntry.objects.filter(subject_id=till.public_id).order_by("pk").values_list("action", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_till_is_registered_once_however_often_it_is_sent(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    client, store = signed_in(acme_owner), a_store(acme)

    first = client.post(reverse("portal:till_new"), new_till(store))
    again = client.post(reverse("portal:till_new"), new_till(store))

    till = Terminal.objects.get()
    assert (till.label, till.model, till.serial, till.store, till.state) == ("Till 1", "P400", "SN-1", store, "stock")
    assert first.url == reverse("portal:till_code", args=[till.public_id])
    assert again.url == reverse("portal:till", args=[till.public_id])
    assert deeds_about(till) == ["terminal.created"]


def test_a_new_shop_is_made_with_its_first_till(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    client = signed_in(acme_owner)

    client.post(reverse("portal:till_new"), new_till(shop_name="Elm Street", shop_region="VT"))
    client.post(reverse("portal:till_new"), new_till(shop_name="Elm Street", shop_region="VT", serial="SN-2"))

    (store,) = Store.objects.all()
    assert (store.name, store.region, store.merchant, store.terminals.count()) == ("Elm Street", "VT", acme, 2)


@pytest.mark.parametrize("field", ["label", "model", "serial", "shop"])
def test_what_is_missing_is_marked_and_nothing_is_made(acme: Merchant, acme_owner: User, signed_in: SignedIn, field: str) -> None:
    typed = new_till(None if field == "shop" else a_store(acme))

    answer = signed_in(acme_owner).post(reverse("portal:till_new"), {**typed, field: ""})

    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not Terminal.objects.exists()


def test_another_merchants_shop_and_device_are_refused(
    acme: Merchant, globex: Merchant, acme_owner: User, signed_in: SignedIn
) -> None:
    theirs = a_terminal(globex, model="P400", serial="SN-9")
    client = signed_in(acme_owner)

    in_their_shop = client.post(reverse("portal:till_new"), new_till(theirs.store))
    their_device = client.post(reverse("portal:till_new"), new_till(serial="SN-9", shop_name="Elm", shop_region="VT"))

    assert (in_their_shop.status_code, their_device.status_code) == (400, 400)
    assert "already" in their_device.content.decode()
    assert list(Terminal.objects.all()) == [theirs]
    assert not Store.objects.filter(merchant=acme).exists()


def test_a_code_is_shown_once_and_lets_the_till_in(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    till, client = a_terminal(acme, state="stock", store=a_store(acme)), signed_in(acme_owner)
    address = reverse("portal:till_code", args=[till.public_id])

    before, shown = client.get(address).content.decode(), client.post(address).content.decode()
    after = client.get(address).content.decode()

    code = code_in(shown)
    assert not CODE.search(before)
    assert code not in after
    assert "A code waits already" in after
    enrolled = enrol(code=code, serial=till.serial)
    assert (enrolled.terminal, enrolled.terminal.state) == (till, "active")


def test_of_a_form_that_was_sent_twice_one_code_works(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    till, client = a_terminal(acme), signed_in(acme_owner)
    address = reverse("portal:till_code", args=[till.public_id])

    first, second = (code_in(client.post(address).content.decode()) for _ in range(2))

    assert EnrolmentCode.objects.filter(terminal=till, used_at=None, expires_at__gt=timezone.now()).count() == 1
    with pytest.raises(EnrolmentRefused):
        enrol(code=first, serial=till.serial)
    assert enrol(code=second, serial=till.serial).terminal == till


def test_a_retired_till_and_one_in_no_shop_get_no_code(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    client = signed_in(acme_owner)

    for till in (a_terminal(acme, state="retired"), a_terminal(acme, state="stock")):
        answer = client.post(reverse("portal:till_code", args=[till.public_id]))
        assert answer.status_code == 302
    assert not EnrolmentCode.objects.exists()


def test_a_sheet_has_a_code_for_every_till_that_waits_and_for_no_other(
    acme: Merchant, globex: Merchant, acme_owner: User, signed_in: SignedIn
) -> None:
    oak, elm = a_store(acme, "Oak"), a_store(acme, "Elm")
    waiting = a_terminal(acme, oak, state="stock", serial="W-1")
    elsewhere = a_terminal(acme, elm, state="stock", serial="W-2")
    issue(terminal=a_terminal(acme, oak, serial="IN-1"))
    a_terminal(globex, state="stock", store=a_store(globex))
    client = signed_in(acme_owner)

    asked = client.get(reverse("portal:till_codes"))
    sheet = client.post(f"{reverse('portal:till_codes')}?store={oak.public_id}").context["made"]

    assert asked.context["count"] == 2
    assert [one["till"] for one in sheet] == [waiting]
    assert enrol(code=sheet[0]["text"], serial="W-1").terminal == waiting
    assert not EnrolmentCode.objects.filter(terminal=elsewhere).exists()


def test_a_new_token_is_shown_once_and_the_old_one_ends_within_the_hour(
    acme: Merchant, acme_owner: User, signed_in: SignedIn
) -> None:
    till, client = a_terminal(acme), signed_in(acme_owner)
    issue(terminal=till)

    page = client.post(reverse("portal:till_token", args=[till.public_id])).content.decode()

    new, old = TerminalToken.objects.filter(terminal=till)
    assert f"…{new.last4}"[-4:] in page
    assert re.search(rf"trm_\w+{new.last4}", page)
    assert new.expires_at is None
    assert old.expires_at is not None
    assert old.expires_at < timezone.now() + timedelta(hours=1, seconds=1)
    assert not re.search(r"trm_\w{20}", client.get(reverse("portal:till", args=[till.public_id])).content.decode())


def test_revoking_asks_for_the_end_of_the_serial_number(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    till, client = a_terminal(acme, serial="SN-004711"), signed_in(acme_owner)
    issue(terminal=till)
    address = reverse("portal:till_revoke", args=[till.public_id])

    client.post(address, {"typed": "4712"})
    held = TerminalToken.objects.filter(terminal=till, revoked_at=None).count()
    for _ in range(2):  # safe to send twice
        client.post(address, {"typed": "4711"})

    assert (held, TerminalToken.objects.filter(terminal=till, revoked_at=None).count()) == (1, 0)


def test_states_go_the_ways_that_there_are(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    till, client = a_terminal(acme, serial="SN-0001"), signed_in(acme_owner)
    address = reverse("portal:till_state", args=[till.public_id])

    def after(**typed: str) -> str:
        client.post(address, typed)
        till.refresh_from_db()
        return till.state

    assert after(to="repair") == "repair"
    assert after(to="repair") == "repair"
    assert after(to="active") == "active"
    assert after(to="retired") == "active"
    assert after(to="retired", typed="0001") == "retired"
    assert after(to="active") == "retired"
    assert after(to="nonsense") == "retired"


def test_changing_moves_it_and_what_is_wrong_changes_nothing(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    till, elm, client = a_terminal(acme, label="Till 1"), a_store(acme, "Elm"), signed_in(acme_owner)
    address = reverse("portal:till_change", args=[till.public_id])

    refused = client.post(address, {"label": "Bar", "store": elm.pk, "sim_iccid": "12x"})
    till.refresh_from_db()
    before = till.label
    taken = client.post(address, {"label": "Bar", "store": elm.pk, "sim_iccid": "8901000", "tags": "Front, bar"})
    till.refresh_from_db()

    assert (refused.status_code, before, taken.status_code) == (400, "Till 1", 302)
    assert (till.label, till.store, till.sim_iccid, till.tags) == ("Bar", elm, "8901000", ["bar", "front"])


@pytest.mark.parametrize("page", ["till_code", "till_token", "till_revoke", "till_state", "till_change"])
def test_another_merchants_till_is_not_there_and_a_viewer_may_not(
    acme: Merchant, globex: Merchant, acme_owner: User, acme_viewer: User, signed_in: SignedIn, page: str
) -> None:
    mine, theirs = a_terminal(acme), a_terminal(globex)
    issue(terminal=mine)
    typed = {"to": "repair", "typed": "yes", "label": "Mine"}

    foreign = signed_in(acme_owner).post(reverse(f"portal:{page}", args=[theirs.public_id]), typed)
    looking = signed_in(acme_viewer).post(reverse(f"portal:{page}", args=[mine.public_id]), typed)

    assert (foreign.status_code, looking.status_code) == (404, 403)
    mine.refresh_from_db()
    assert (mine.state, TerminalToken.objects.filter(revoked_at=None).count()) == ("active", 1)
    assert not EnrolmentCode.objects.exists()
