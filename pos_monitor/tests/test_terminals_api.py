"""A merchant's terminals and stores through the API."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from merchants.models import Merchant
from pos_monitor.estate.directory import Directory
from pos_monitor.estate.tokens import TokenMap, issue
from pos_monitor.models import Store, Terminal
from pos_monitor.tests.estate_samples import a_store, a_terminal
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
STORE = {"name": "Elm Street", "region": "VT", "time_zone": "America/New_York", "opening_hours": {"0": [["08:00", "21:00"]]}}


def found(api: APIClient, query: str) -> list[str]:
    answer = api.get(f"/v1/terminals?{query}")
    assert answer.status_code == 200, answer.json()
    return [one["id"] for one in answer.json()["data"]]


def test_a_terminal_is_registered_in_a_store_and_read_back(acme_api: APIClient):
    store = acme_api.post("/v1/stores", STORE).json()
    made = acme_api.post(
        "/v1/terminals", {"model": "P400", "serial": "SN-1", "store": store["id"], "label": "Till 1", "tags": ["Front", "front "]}
    )

    assert made.status_code == 201
    said = made.json()
    assert (said["state"], said["label"], said["tags"]) == ("stock", "Till 1", ["front"])
    assert said["store"] == {"id": store["id"], "name": "Elm Street"}
    assert acme_api.get(f"/v1/terminals/{said['id']}").json() == said
    assert acme_api.get("/v1/stores").json()["data"] == [store]
    assert AuditEntry.objects.filter(action="terminal.created", subject_id=said["id"]).count() == 1


def test_one_serial_number_is_one_terminal(acme_api: APIClient, globex_api: APIClient):
    said = {"model": "P400", "serial": "SN-1"}
    assert acme_api.post("/v1/terminals", said).status_code == 201

    again = globex_api.post("/v1/terminals", said)

    assert again.status_code == 409
    assert again.json()["error"]["code"] == "terminal_exists"
    assert Terminal.objects.count() == 1


def test_a_repeat_with_the_same_key_registers_once(acme_api: APIClient):
    answers = [acme_api.post("/v1/terminals", {"model": "P400", "serial": "SN-1"}, HTTP_IDEMPOTENCY_KEY="one") for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert Terminal.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"serial": ""}, "serial"), ({"kind": "robot"}, "kind"), ({"report_every_s": 1}, "report_every_s"), ({"store": "sto_x"}, "store"),
        ({"certificate_sha256": "zz"}, "certificate_sha256"), ({"tags": ["x" * 31]}, "tags[0]"), ({"state": "active"}, "state"),
        ({"sim_iccid": "89-01"}, "sim_iccid"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_kept(acme_api: APIClient, fields: dict, param: str):
    answer = acme_api.post("/v1/terminals", {"model": "P400", "serial": "SN-1", **fields})

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert Terminal.objects.count() == 0


@pytest.mark.parametrize(
    "fields",
    [{"time_zone": "Mars/Base"}, {"opening_hours": {"7": []}}, {"opening_hours": {"0": [["8", "9"]]}}, {"opening_hours": []}, {"latitude": 91}],
)  # fmt: skip
def test_a_store_is_where_and_when_it_can_be(acme_api: APIClient, fields: dict):
    assert acme_api.post("/v1/stores", {**STORE, **fields}).status_code == 400
    assert Store.objects.count() == 0


def test_a_store_has_its_name_once_for_each_merchant(acme_api: APIClient, globex_api: APIClient):
    assert [api.post("/v1/stores", STORE).status_code for api in (acme_api, globex_api, acme_api)] == [201, 201, 409]


def test_a_change_reaches_the_memory_of_processes(acme: Merchant, acme_api: APIClient):
    till = a_terminal(acme)
    directory = Directory()
    directory.refresh()

    answer = acme_api.patch(f"/v1/terminals/{till.public_id}", {"report_every_s": 30, "label": "Kiosk"})

    assert answer.json()["report_every_s"] == 30
    assert list(directory.refresh()) == [till.pk]
    assert directory.report_every_s[till.pk] == 30
    acme_api.patch(f"/v1/stores/{till.store.public_id}", {"region": "TX"})
    assert list(directory.refresh()) == [till.pk]
    assert directory.names.region[directory.region[till.pk]] == "TX"


def test_a_terminal_in_use_keeps_a_store_and_one_of_its_own_merchant(acme: Merchant, globex: Merchant, acme_api: APIClient):
    till, foreign = a_terminal(acme), a_store(globex)

    without = acme_api.patch(f"/v1/terminals/{till.public_id}", {"store": None})
    stolen = acme_api.patch(f"/v1/terminals/{till.public_id}", {"store": foreign.public_id})

    assert (without.status_code, stolen.status_code) == (409, 400)
    assert Terminal.objects.get(pk=till.pk).store_id == till.store_id


def test_lists_are_narrowed_and_paged(acme: Merchant, globex: Merchant, acme_api: APIClient):
    elm = a_store(acme, "Elm Street", region="TX", town="Austin")
    first = a_terminal(acme, elm, label="By the window", tags=["front"], model="P400")
    second = a_terminal(acme, elm, state="repair", model="S1", serial="ZX-9")
    online = a_terminal(acme, a_store(acme), kind="online_store", label="Web")
    a_terminal(globex)
    everything = [one.public_id for one in (online, second, first)]

    assert found(acme_api, "") == everything
    assert found(acme_api, "state=repair") == [second.public_id]
    assert found(acme_api, "state=repair,active&kind=till") == [second.public_id, first.public_id]
    assert found(acme_api, "tag=Front") == found(acme_api, "q=the+window") == [first.public_id]
    assert found(acme_api, "region=TX") == found(acme_api, "q=austin") == found(acme_api, f"store={elm.public_id}")
    assert found(acme_api, "q=zx-9") == found(acme_api, f"q={second.public_id}") == [second.public_id]
    page = acme_api.get("/v1/terminals?limit=2").json()
    assert [one["id"] for one in page["data"]] == everything[:2]
    assert found(acme_api, f"cursor={page['next_cursor']}") == everything[2:]
    refused = acme_api.get("/v1/terminals?state=broken")
    assert refused.json()["error"]["code"] == "terminal_filter_invalid"


def test_the_states_of_a_terminal_and_what_goes_with_them(acme: Merchant, acme_api: APIClient):
    store = a_store(acme)
    till = a_terminal(acme, state="stock")
    door = f"/v1/terminals/{till.public_id}/state"
    tokens = TokenMap()

    needs_store = acme_api.post(door, {"state": "active"})
    assert needs_store.json()["error"]["code"] == "terminal_store_required"
    assert acme_api.post(door, {"state": "repair"}).json()["error"]["code"] == "terminal_state_invalid"

    active = acme_api.post(door, {"state": "active", "store": store.public_id}).json()
    assert (active["state"], active["store"]["id"]) == ("active", store.public_id)
    assert active["activated_at"] is not None
    text = issue(terminal=Terminal.objects.get(pk=till.pk))
    assert acme_api.post(door, {"state": "repair"}).json()["state"] == "repair"
    tokens.refresh()
    assert tokens.find(text) is not None
    stock = acme_api.post(door, {"state": "stock"}).json()
    assert (stock["state"], stock["store"]) == ("stock", None)
    tokens.refresh()
    assert tokens.find(text) is None
    assert acme_api.post(door, {"state": "retired", "reason": "scrapped"}).json()["retired_at"] is not None
    assert acme_api.post(door, {"state": "retired"}).status_code == 200
    assert acme_api.post(door, {"state": "active", "store": store.public_id}).status_code == 409
    moved = list(AuditEntry.objects.filter(action="terminal.moved").order_by("pk").values_list("details", flat=True))
    assert moved == [
        {"from": "stock", "to": "active"}, {"from": "active", "to": "repair"}, {"from": "repair", "to": "stock"},
        {"from": "stock", "to": "retired"},
    ]  # fmt: skip


def test_a_restricted_key_does_what_it_was_given(acme: Merchant):
    from conftest import api_for
    from merchants.models import ApiKey

    reader = api_for(acme, ApiKey.Kind.RESTRICTED, scopes={"terminals": "read"})
    till = a_terminal(acme)

    assert reader.get(f"/v1/terminals/{till.public_id}").status_code == 200
    assert reader.patch(f"/v1/terminals/{till.public_id}", {"label": "x"}).status_code == 403
    assert reader.get("/v1/stores").status_code == 403
    assert Terminal.objects.get(pk=till.pk).label != "x"
