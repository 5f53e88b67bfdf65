"""The command's switches, and the acquirer's takings."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from checkout.network.clearing_file import Cleared, Clearing, file_name, write_clearing
from treasury.takings import Takings


def run(folder, *arguments):
    out = StringIO()
    call_command("sandbox_bank", *arguments, "--folder", str(folder), stdout=out)
    return out.getvalue()


def test_a_switch_is_turned_on_seen_and_turned_off(tmp_path):
    run(tmp_path, "--switch", "down-east")
    on = run(tmp_path, "--switches")
    run(tmp_path, "--switch-off", "down-east")

    assert "* down-east" in on
    assert "* down-east" not in run(tmp_path, "--switches")


@pytest.mark.parametrize("arguments", [("--settle-after-s", "0"), ("--switch", "nonsense")], ids=["no time", "no such switch"])
def test_what_makes_no_sense_is_refused(arguments, tmp_path):
    with pytest.raises(CommandError):
        run(tmp_path, *arguments)


def cleared(kind, cents):
    return Cleared(kind, "632622000042", "000042", "261122AB12", "ACME", "00000001", cents, "2026-11-22T15:04:05+00:00")


def test_a_clearing_file_pays_its_sum_in_once(tmp_path):
    on = date(2026, 11, 22)
    text = write_clearing(Clearing(on, 1, [cleared("completion", 30_00), cleared("refund", 5_00)]))
    (tmp_path / file_name(on)).write_text(text)
    (tmp_path / "clearing-2026-11-23-1.csv").write_text("broken")
    takings = Takings(tmp_path)

    assert [(one.reference, one.amount_cents) for one in takings()] == [("clearing-2026-11-22-1", 25_00)]
    assert list(takings()) == []
