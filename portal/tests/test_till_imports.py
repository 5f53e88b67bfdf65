"""A merchant brings in a list of tills: looked at first, then taken in, with what is wrong said row by row."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from common.scopes import guarded
from merchants.models import Merchant
from people.models import User
from pos_monitor.estate.tasks import run_terminal_import
from pos_monitor.models import Terminal, TerminalGroup, TerminalImport
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]
HEAD = "Serial number,Model,Store,Region,Name,Group\n"


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests carry on themselves."""
    monkeypatch.setattr("pos_monitor.estate.importing.services._soon", lambda source_id: None)


def sent(client: Client, text: str) -> HttpResponse:
    return client.post(reverse("portal:till_import_bring"), {"file": SimpleUploadedFile("fleet.csv", text.encode())})


def test_a_list_is_looked_at_row_by_row_and_then_taken_in_once(
    acme: Merchant, globex: Merchant, acme_owner: User, signed_in: SignedIn
) -> None:
    a_terminal(globex, serial="G-1", model="P400")
    TerminalGroup.objects.create(name="Pilot")
    client = signed_in(acme_owner)

    answer = sent(client, HEAD + "A-1,P400,Oak,TX,Till 1,Pilot\nG-1,P400,Oak,TX,Till 2,\nA-3,P400,New,,Till 3,\n")
    source = TerminalImport.objects.get()
    page = client.get(answer.url)

    assert answer.url == reverse("portal:till_import", args=[source.public_id])
    assert [(row["number"], row["what"]) for row in page.context["rows"]] == [(1, "added"), (2, "error"), (3, "error")]
    assert "another merchant’s" in page.content.decode()
    assert not Terminal.objects.filter(merchant=acme).exists()

    for _ in range(2):
        client.post(reverse("portal:till_import_do", args=[source.public_id]), {"do": "start"})
        with guarded():
            run_terminal_import(source.pk)

    (till,) = Terminal.objects.filter(merchant=acme)
    assert (till.serial, till.label, till.store.name, till.group) == ("A-1", "Till 1", "Oak", None)  # groups are staff's
    done = client.get(f"{answer.url}?status=error")
    assert [row["number"] for row in done.context["rows"]] == [2, 3]
    assert client.get(reverse("portal:till_import_status", args=[source.public_id])).json() == {
        "is_open": False, "percent": 100, "words": "3 of 3 rows"
    }  # fmt: skip


def test_what_came_of_the_rows_is_a_file_that_no_spreadsheet_runs(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    client = signed_in(acme_owner)
    sent(client, HEAD + '"=1+1",P400,Oak,TX,Till 1,\n')

    text = client.get(reverse("portal:till_import_results", args=[TerminalImport.objects.get().public_id])).content.decode(
        "utf-8-sig"
    )

    assert "'=1+1,P400,Oak,TX" in text
    assert "Would be added" in text


def test_an_example_is_taken_as_it_is(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    client = signed_in(acme_owner)

    sent(client, client.get(reverse("portal:till_import_example")).content.decode())

    assert TerminalImport.objects.get().counts == {"added": 2}


@pytest.mark.parametrize("text", ["", "Serial number,Colour\nA-1,red\n", HEAD])
def test_a_file_that_is_no_list_is_refused_with_the_reason(
    acme: Merchant, acme_owner: User, signed_in: SignedIn, text: str
) -> None:
    answer = sent(signed_in(acme_owner), text)

    assert answer.status_code == 400
    assert "The file was not taken." in answer.content.decode()
    assert not TerminalImport.objects.exists()


def test_a_list_that_was_thrown_away_is_not_started(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    client = signed_in(acme_owner)
    sent(client, HEAD + "A-1,P400,Oak,TX,Till 1,\n")
    source = TerminalImport.objects.get()

    for deed in ("cancel", "start", "nonsense"):
        client.post(reverse("portal:till_import_do", args=[source.public_id]), {"do": deed})

    source.refresh_from_db()
    assert source.state == TerminalImport.State.CANCELLED
    assert not Terminal.objects.exists()


def test_lists_of_others_are_not_there_and_a_viewer_sends_none(
    acme: Merchant, globex: Merchant, acme_owner: User, acme_viewer: User, signed_in: SignedIn
) -> None:
    theirs = TerminalImport.objects.create(merchant=globex, rows_total=1)
    ours = TerminalImport.objects.create(merchant=None, rows_total=1)  # of staff, for several merchants
    client = signed_in(acme_owner)

    pages = [
        client.get(reverse(f"portal:{page}", args=[source.public_id])).status_code
        for page in ("till_import", "till_import_status", "till_import_results") for source in (theirs, ours)
    ]  # fmt: skip
    started = client.post(reverse("portal:till_import_do", args=[theirs.public_id]), {"do": "start"})
    looking = sent(signed_in(acme_viewer), HEAD + "A-1,P400,Oak,TX,Till 1,\n")

    assert (pages, started.status_code, looking.status_code) == ([404] * 6, 404, 403)
    theirs.refresh_from_db()
    assert theirs.state == TerminalImport.State.PREVIEWED
