"""Lists of terminals: what a look says, what carrying it out does, and that a death in between loses nothing."""

from __future__ import annotations

import io

import pytest

from common.scopes import guarded
from merchants.models import Merchant
from pos_monitor.estate.errors import ImportOver, ImportUnreadable
from pos_monitor.estate.importing import cancel_import, create_import, services, start_import
from pos_monitor.estate.tasks import resume_terminal_imports, run_terminal_import
from pos_monitor.models import Store, Terminal, TerminalGroup, TerminalImport
from pos_monitor.tests.estate_samples import a_store, a_terminal

pytestmark = pytest.mark.django_db
HEAD = "Serial number,Model,Merchant,Store,State,Label,Tags,Group,SIM,Interval,Kind\n"


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    """Tests carry on themselves."""
    monkeypatch.setattr("pos_monitor.estate.importing.services._soon", lambda source_id: None)


def brought(text: str, merchant: Merchant | None = None) -> TerminalImport:
    return create_import(file=io.BytesIO(text.encode()), filename="list.csv", merchant=merchant, by=None)


def done(source: TerminalImport) -> TerminalImport:
    start_import(source=source)
    with guarded():
        run_terminal_import(source.pk)
    source.refresh_from_db()
    return source


def outcomes(source: TerminalImport, column: str) -> list[list[str]]:
    return [row for chunk in source.chunks.all() for row in getattr(chunk, column)]


def test_a_list_is_looked_at_first_and_then_carried_out(acme: Merchant, globex: Merchant):
    known = a_terminal(acme, serial="S-1", model="P400", label="Till 1")
    TerminalGroup.objects.create(name="Pilot")
    text = HEAD + (
        f"S-1,P400,{acme.name},,,Till one,,,,,\n"
        f"S-2,P400,{acme.public_id},Elm Street,VT,Till 2,Front; new,Pilot,8901000000000000001,30,pos\n"
        f"S-3,P400,Globex,Main,TX,,,,,,online store\n"
    )
    source = brought(text)

    assert source.counts == {"changed": 1, "added": 2}
    assert [row[0] for row in outcomes(source, "preview")] == ["changed", "added", "added"]
    assert Terminal.objects.count() == 1
    assert Store.objects.filter(name="Elm Street").count() == 0

    assert done(source).state == TerminalImport.State.DONE

    assert (source.rows_done, source.counts) == (3, {"changed": 1, "added": 2})
    known.refresh_from_db()
    assert known.label == "Till one"
    second = Terminal.objects.get(serial="S-2")
    assert (second.store.name, second.store.region, second.group.name, second.tags) == (
        "Elm Street",
        "VT",
        "Pilot",
        ["front", "new"],
    )
    assert (second.state, second.report_every_s, second.sim_iccid) == ("stock", 30, "8901000000000000001")
    assert Terminal.objects.get(serial="S-3").kind == "online_store"
    assert outcomes(source, "results")[1][1] == second.public_id


def test_the_same_list_again_changes_nothing(acme: Merchant):
    text = HEAD + "S-1,P400,Acme,Elm,VT,Till 1,a,,,,\nS-2,P400,Acme,Elm,VT,Till 2,,,,,\n"
    done(brought(text))
    before = list(Terminal.objects.order_by("pk").values("pk", "revision"))

    again = done(brought(text))

    assert again.counts == {"same": 2}
    assert list(Terminal.objects.order_by("pk").values("pk", "revision")) == before


def test_each_row_says_what_is_wrong_with_it_and_the_others_are_taken(acme: Merchant, globex: Merchant):
    a_terminal(globex, serial="S-9", model="P400")
    a_terminal(acme, a_store(acme), serial="S-8", model="P400", state="retired")
    rows = {
        "S-1,P400,Acme,,,,,,,,": "",
        ",P400,Acme,,,,,,,,": "serial: it is missing.",
        "S-3,,Acme,,,,,,,,": "model: it is missing.",
        "S-4,P400,Nobody,,,,,,,,": "merchant: there is no merchant “Nobody”.",
        "S-5,P400,Acme,New store,,,,,,,": "region: “New store” is a new store, and needs one.",
        "S-6,P400,Acme,,,,,Secret group,,,": "group: there is no group “Secret group”: make it first.",
        "S-7,P400,Acme,,,,,,12x,,": "sim_iccid: a SIM’s number has 6 to 22 digits and nothing else.",
        "S-8,P400,Acme,,,,,,,,": "serial: this terminal is retired.",
        "S-9,P400,Acme,,,,,,,,": "serial: this terminal is another merchant’s.",
        "S-1,P400,Acme,,,,,,,,x": "kind",
        "S-10,P400,Acme,,,,,,,1,": "report_every_s: it is a whole number from 5 to 3600.",
        "S-11,P400,Acme,,,,,,,,robot": "kind: “robot” is neither till nor online store.",
    }  # fmt: skip
    source = done(brought(HEAD + "\n".join(rows) + "\n"))

    said = [row[2] for row in outcomes(source, "results")]
    wanted = list(rows.values())
    wanted[9] = "serial: row 1 has the same terminal: keep one of them."
    assert said == wanted
    assert source.counts == {"added": 1, "error": 11}
    assert set(Terminal.objects.values_list("serial", flat=True)) == {"S-1", "S-8", "S-9"}


def test_a_list_of_one_merchant_needs_no_column_for_it_and_reaches_no_other(acme: Merchant, globex: Merchant):
    source = done(brought("sn,model,merchant\nS-1,P400,\nS-2,P400,Globex\n", acme))

    assert Terminal.objects.get().merchant == acme
    assert outcomes(source, "results")[1] == ["error", "", "merchant: there is no merchant “Globex”."]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "empty"), ("serial,model,merchant\n", "no row"), ("serial,merchant\nS,A\n", "“model”"), ("PK\x03\x04zip", "workbook"), ("serial,model\nS,M\n", "“merchant”")],
)  # fmt: skip
def test_what_is_no_list_is_refused_whole(text: str, words: str):
    with pytest.raises(ImportUnreadable) as refused:
        brought(text)
    assert words in refused.value.message
    assert TerminalImport.objects.count() == 0


def test_an_import_that_was_cut_short_goes_on_where_it_stopped(acme: Merchant, monkeypatch):
    monkeypatch.setattr(services, "CHUNK_ROWS", 2)
    source = brought(HEAD + "".join(f"S-{n},P400,Acme,Elm,VT,,,,,,\n" for n in range(5)))
    start_import(source=source)
    assert services._one_chunk(source.pk)
    assert Terminal.objects.count() == 2

    with guarded():
        resume_terminal_imports()
        resume_terminal_imports()

    source.refresh_from_db()
    assert (source.state, source.rows_done, source.counts) == ("done", 5, {"added": 5})
    assert Terminal.objects.count() == 5


def test_a_cancelled_import_takes_nothing_more(acme: Merchant, monkeypatch):
    monkeypatch.setattr(services, "CHUNK_ROWS", 2)
    source = brought(HEAD + "".join(f"S-{n},P400,Acme,,,,,,,,\n" for n in range(5)))
    start_import(source=source)
    services._one_chunk(source.pk)

    cancel_import(source=source)
    services.carry_on(source.pk)

    assert Terminal.objects.count() == 2
    for refused in (cancel_import, start_import):
        with pytest.raises(ImportOver):
            refused(source=source)


def test_starting_twice_takes_it_once(acme: Merchant):
    source = brought(HEAD + "S-1,P400,Acme,,,,,,,,\n")
    done(source)

    done(source)

    assert (source.rows_done, Terminal.objects.count()) == (1, 1)
