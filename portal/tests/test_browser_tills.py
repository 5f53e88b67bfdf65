"""A merchant's own tills in a real browser: charts, codes, lists and commands, at both widths, light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from playwright.sync_api import FilePayload, expect

from browser_testing import WIDTHS, Window
from common.scopes import across_merchants
from merchants.models import Merchant
from people.models import User
from portal.tests.test_tills import fault_of
from pos_monitor.estate.tasks import run_terminal_import
from pos_monitor.estate.tokens import issue
from pos_monitor.history import write
from pos_monitor.models import CommandDelivery, CommandLog, Terminal, TerminalImport
from pos_monitor.tests.command_samples import a_command
from pos_monitor.tests.estate_samples import a_store, a_terminal
from pos_monitor.tests.test_terminal_page_browser import a_day

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OpenWindow = Callable[..., Window]


@pytest.fixture
def till(acme: Merchant) -> Terminal:
    """One with a day behind it, a fault, a token, a new version and a command."""
    oak = a_store(acme, "Corner Pharmacy", town="Montpelier")
    found = a_terminal(acme, oak, label="Till 3", model="PAX A920", serial="SN-004711", app="4.1", firmware="1.0", tags=["front"])
    for number in range(3):
        a_terminal(acme, oak, label=f"Till {number + 4}", state="stock")
    issue(terminal=found)
    with transaction.atomic(), connection.cursor() as cursor:
        write.copy(cursor, a_day(found.pk))
    Terminal.objects.filter(pk=found.pk).update(app="4.2")
    fault_of(found, "Battery low")
    command = a_command(found, merchant=acme, kind="log_pull")
    CommandDelivery.objects.update(state=CommandDelivery.State.DONE)
    CommandLog.objects.create(
        merchant=acme, delivery=command.deliveries.get(), content="12:00 printer: out of paper\n" * 30, size=840
    )
    return found


@pytest.mark.parametrize("size", WIDTHS)
def test_every_page_of_tills_is_sound(open_window: OpenWindow, size: str, acme_owner: User, till: Terminal) -> None:
    window = open_window(size, acme_owner)
    page = window.open(f"/tills/{till.public_id}/")
    expect(page.locator("[data-summary] div")).to_have_count(6)
    expect(page.locator(".ft-plot canvas")).to_have_count(5)
    window.look("till")
    command = CommandLog.objects.get().delivery.command.public_id
    for path, name in (
        ("/tills/", "tills"), ("/tills/new/", "till-new"), (f"/tills/{till.public_id}/change/", "till-change"), (f"/tills/{till.public_id}/code/", "till-code"),
        ("/tills/codes/", "till-codes"), ("/tills/shops/", "till-shops"), (f"/tills/shops/{till.store.public_id}/", "till-shop"), ("/tills/imports/", "till-imports"),
        ("/tills/commands/", "till-commands"), (f"/tills/commands/{command}/", "till-command"), (f"/tills/commands/send/?id={till.public_id}", "till-send"),
        ("/tills/commands/send/?kind=update_configuration", "till-send-settings"), (f"/tills/commands/{command}/logs/{till.public_id}/", "till-log"),
    ):  # fmt: skip
        window.open(path)
        window.look(name)
    window.open("/tills/codes/")
    page.get_by_role("button", name="Make the codes").click()
    expect(page.get_by_role("heading", name="3 codes, shown only this once")).to_be_visible()
    window.look("till-codes-made")
    window.open("/tills/new/")
    page.get_by_role("button", name="Register the till").evaluate("button => { button.form.noValidate = true; button.click(); }")
    expect(page.get_by_role("alert")).to_contain_text("not registered yet")
    window.look("till-new-refused")


def test_a_till_is_registered_and_gets_its_code_by_the_keyboard(
    open_window: OpenWindow, acme: Merchant, acme_owner: User
) -> None:
    a_store(acme, "Corner Pharmacy")
    window = open_window("phone", acme_owner)
    page = window.open("/tills/")
    page.get_by_role("link", name="Register your first till").press("Enter")
    for label, text in (("Name", "Till 1"), ("Model", "P400"), ("Serial number", "SN-1")):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Shop", exact=True).select_option("Corner Pharmacy")
    page.get_by_role("button", name="Register the till").press("Enter")
    page.get_by_role("button", name="Make the code").press("Enter")

    expect(page.locator(".code-card__code")).to_have_text(re.compile("[0-9A-Z]{4}-[0-9A-Z]{4}"))
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    expect(page.get_by_text("It has not reported yet.")).to_be_visible()
    window.look("till-code-made")
    assert Terminal.objects.get().enrolment_codes.count() == 1


@pytest.mark.parametrize("size", WIDTHS)
def test_charts_zoom_by_keys_and_tell_the_same_as_a_table(
    open_window: OpenWindow, size: str, acme_owner: User, till: Terminal
) -> None:
    window = open_window(size, acme_owner)
    page = window.open(f"/tills/{till.public_id}/?range=7d")
    expect(page.get_by_role("button", name="7 days")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="24 hours").click()
    expect(page.locator("[data-span]")).to_contain_text("each report is a point")
    page.locator("[data-plots]").focus()
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="Show all of it")).to_be_visible()
    page.keyboard.press("0")
    expect(page.get_by_role("button", name="Show all of it")).to_be_hidden()
    page.get_by_text("The same as a table").click()

    expect(page.locator("[data-table] thead th")).to_have_text(
        ["From", "Battery, %", "Signal, dBm", "Temperature, °C", "Sales: paid", "Sales: failed", "Latency, ms"]
    )
    assert page.locator("[data-table] tbody tr").count() > 40
    window.look("till-table")


@pytest.mark.parametrize("size", WIDTHS)
def test_a_list_says_what_is_wrong_before_it_is_taken_in(
    open_window: OpenWindow, size: str, acme: Merchant, acme_owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pos_monitor.estate.importing.services._soon", lambda source_id: None)
    window = open_window(size, acme_owner)
    page = window.open("/tills/imports/")
    rows = "\n".join(f"A-{number},P400,Oak,TX,Till {number}" for number in range(20))
    text = f"serial,model,store,region,label\n{rows}\nA-1,P400,Oak,TX,Twice\n,P400,Oak,TX,None\n"
    file: FilePayload = {"name": "fleet.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("CSV, at most").set_input_files(file)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("2 rows cannot be taken.")).to_be_visible()
    window.look("till-import")
    page.get_by_role("button", name="Take in 20 tills").click()
    expect(page.get_by_label("How far it is")).to_be_visible()
    window.look("till-import-running")
    with across_merchants("as its worker does"):
        run_terminal_import(TerminalImport.objects.get().pk)

    expect(page.get_by_text("20 of 20 rows").or_(page.get_by_text("22 of 22 rows"))).to_be_visible()
    expect(page.get_by_text("Done").first).to_be_visible()
    assert Terminal.objects.filter(merchant=acme).count() == 20
