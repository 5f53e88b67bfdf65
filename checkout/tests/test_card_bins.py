"""Lists of card ranges: read, looked at, applied as one, followed, taken back."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import pytest
import xlsxwriter
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from checkout.bins import age, bin_for, live, spreadsheet
from checkout.bins.errors import CardListDrastic, CardListFaulty, CardListOutdated, CardListUnreadable
from checkout.bins.importing import apply_list, discard_list, preview_list, preview_roll_back
from checkout.bins.metrics import exposition
from checkout.bins.reading import read_list
from checkout.bins.watch import Watcher, table_on
from checkout.models import BinImport, BinRange
from checkout.network.bin_table import BinTable, CardBin
from notices.models import Notice
from people.models import User
from people.roles import give_role

HEADING = "bin_from,bin_to,network,account_kind,auto_sub,valid_from,valid_to\n"
LIST = HEADING + "40000000,40000009,visa,fsa,true,,\n4000001000,4000001999,visa,hsa,no,,\n51000000,51000000,mastercard,unknown,,2026-01-01,2027-12-31\n"  # fmt: skip


@pytest.fixture
def followed():
    """This test's process follows the table; afterwards the file decides again."""
    watcher = Watcher()
    yield watcher.look
    live.switch_to(None)


def bring(text: str, source: str = "Acquirer A") -> BinImport:
    return preview_list(content=text.encode(), source=source, filename="bins.csv")


def kinds(*pans: str) -> list[str]:
    return [table_on(timezone.now().date()).find(pan).account_kind for pan in pans]


def sheet_of(rows: list[list[object]]) -> bytes:
    """A workbook as spreadsheet programs write it: texts shared, numbers as fractions, days as numbers of days."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(at, column, value, day)
                elif value is not None:
                    sheet.write(at, column, value)
    return out.getvalue()


def test_a_workbook_reads_as_the_same_list_as_csv():
    rows = [["BIN Low", "BIN High", "Brand", "Plan Type", "IIAS", "Effective Date", None],
            [40000000.0, 4.0000009e7, "VISA", "FSA", True, date(2026, 1, 1)], [None],
            ["4000001000", "4000001999", "Visa", "HSA", "N", "12/31/2026"], ["4000002000", None, "Visa", "HRA", None, 46023.0]]  # fmt: skip

    found = read_list(sheet_of(rows), source="A")

    assert found.errors == ()
    assert [(one.bin_from, one.bin_to, one.network, one.account_kind, one.valid_from) for _, one in found.ranges] == [
        ("40000000", "40000009", "visa", "fsa", date(2026, 1, 1)), ("4000001000", "4000001999", "visa", "hsa", date(2026, 12, 31)),
        ("4000002000", "4000002000", "visa", "hra", date(2026, 1, 1)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("4000000,,visa,fsa,,,", "8 to 11 digits"), ("400000000000,,visa,fsa,,,", "8 to 11 digits"), ("40000009,40000000,visa,fsa,,,", "before it begins"),
        ("40000000,,diners,fsa,,,", "no network"), ("40000000,,visa,dcfsa,,,", "no kind of account"), ("40000000,,visa,fsa,maybe,,", "neither true nor false"),
        ("40000000,,visa,fsa,,2026-13-01,", "no day"), ("40000000,,visa,fsa,,2026-12-01,2026-11-01", "before the first"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_row(row, complaint):
    found = read_list(f"{HEADING}41000000,,visa,fsa,,,\n{row}\n".encode(), source="A")

    assert len(found.ranges) == 1
    [(number, what)] = found.errors
    assert number == 3
    assert complaint in what


def test_overlaps_are_told_by_row_unless_their_days_do_not_meet():
    text = (
        HEADING
        + "40000000,40000009,visa,fsa,,,2026-06-30\n40000005,,visa,hsa,,2026-07-01,\n4000000510,4000000519,visa,hra,,2026-08-01,\n"
    )

    found = read_list(text.encode(), source="A")

    assert found.errors == ((4, "Overlaps row 3 (40000005–40000005)."),)


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"a,b\n1,2\n", HEADING.encode(), b"PK\x03\x04 no archive"])
def test_what_is_no_list_is_refused_as_a_whole(content):
    with pytest.raises(CardListUnreadable):
        read_list(content, source="A")


def test_a_workbook_that_unfolds_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(spreadsheet, "MAX_UNPACKED_BYTES", 2_000)

    with pytest.raises(CardListUnreadable, match="80 MB"):
        read_list(sheet_of([["BIN Low"], *([["4" * 8]] * 50)]), source="A")


def test_a_workbooks_own_entities_are_not_unfolded():
    laughs = '<!DOCTYPE sst [<!ENTITY a "40000000"><!ENTITY b "&a;&a;&a;&a;">]>'
    book = sheet_of([["BIN Low", "BIN High", "Brand", "Plan Type"], ["&b;", None, "visa", "fsa"]])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            part = before.read(name).decode().replace("&amp;b;", "&b;")
            after.writestr(name, part.replace("<sst", f"{laughs}<sst", 1))

    with pytest.raises(CardListUnreadable):
        read_list(out.getvalue(), source="A")


def test_a_table_finds_ranges_of_8_to_11_digits():
    fsa, hsa = CardBin("visa", "fsa", True), CardBin("visa", "hsa", False)
    table = BinTable([("40000000", "40000009", fsa), ("40000010000", "40000010499", hsa), ("40000010500", "40000019999", hsa)])

    assert table.find("4000000999999999") is fsa
    assert table.find("4000001049999999") is hsa
    assert [table.find(pan).account_kind for pan in ("4000002000000000", "4000", "", "４０００００００")] == ["ordinary"] * 4
    assert list(table.spans()) == [("40000000000", "40000009999", fsa), ("40000010000", "40000019999", hsa)]


@pytest.mark.django_db
def test_nothing_changes_before_a_list_is_applied():
    made = bring(LIST)

    assert made.counts == {"added": 3, "changed": 0, "ended": 0, "same": 0, "errors": 0}
    assert not BinRange.objects.exists()


@pytest.mark.django_db
def test_an_applied_list_is_followed_and_a_repeat_changes_nothing(followed):
    made = apply_list(source=bring(LIST))
    assert apply_list(source=made).number == 1
    followed()
    live_kinds = [
        bin_for(pan).account_kind for pan in ("4000000500000000", "4000001500000000", "5100000000000000", "9999410000000005")
    ]

    assert live_kinds == ["fsa", "hsa", "unknown", "ordinary"]
    assert BinRange.objects.count() == 3


@pytest.mark.django_db
def test_the_next_list_says_what_comes_changes_and_ends():
    apply_list(source=bring(LIST))
    text = HEADING + "40000000,40000009,visa,fsa,true,,\n4000001000,4000001999,visa,hra,yes,,\n42000000,,visa,lpfsa,,,\n"

    second = bring(text)
    apply_list(source=second)

    assert second.counts == {"added": 1, "changed": 1, "ended": 1, "same": 1, "errors": 0}
    assert [line[:3] for line in second.changes] == [
        ["ended", "51000000", "51000000"], ["changed", "4000001000", "4000001999"], ["added", "42000000", "42000000"],
    ]  # fmt: skip
    assert kinds("4000000100000000", "4000001500000000", "4200000000000000", "5100000000000000") == [
        "fsa",
        "hra",
        "lpfsa",
        "ordinary",
    ]


@pytest.mark.django_db
def test_a_step_back_goes_the_same_way_and_leaves_its_place_in_the_history():
    first = apply_list(source=bring(LIST))
    apply_list(source=bring(HEADING + "40000000,40000009,visa,hra,,,\n"))

    back = preview_roll_back(to=first)
    assert back.counts == {"added": 2, "changed": 1, "ended": 0, "same": 0, "errors": 0}
    assert apply_list(source=back).number == 3

    assert kinds("4000000100000000", "4000001500000000", "5100000000000000") == ["fsa", "hsa", "unknown"]
    assert BinImport.objects.get(number=3).restores == first


@pytest.mark.django_db
def test_of_two_lists_looked_at_together_one_is_applied():
    one, other = bring(LIST), bring(HEADING + "42000000,,visa,fsa,,,\n")
    apply_list(source=one)

    with pytest.raises(CardListOutdated):
        apply_list(source=other)
    assert kinds("4200000000000000") == ["ordinary"]


@pytest.mark.django_db
def test_a_list_with_a_faulty_row_is_not_taken_at_all():
    made = bring(LIST + "1,,visa,fsa,,,\n")

    with pytest.raises(CardListFaulty):
        apply_list(source=made)
    assert (made.counts["errors"], made.errors[0][0], BinRange.objects.count()) == (1, 5, 0)


@pytest.mark.django_db
def test_sources_stand_side_by_side_but_do_not_speak_of_the_same_cards():
    apply_list(source=bring(LIST))
    other = bring(HEADING + "43000000,,visa,fsa,,,\n40000005,,visa,hsa,,,\n", "Acquirer B")
    assert other.errors == [[3, "Overlaps 40000000–40000009 of the source “Acquirer A”."]]

    apply_list(source=bring(HEADING + "43000000,,visa,fsa,,,\n", "Acquirer B"))

    assert kinds("4000000500000000", "4300000000000000") == ["fsa", "fsa"]


@pytest.mark.django_db
def test_a_list_that_ends_most_of_the_ranges_must_be_meant():
    many = HEADING + "".join(f"4000{at:04},,visa,fsa,,,\n" for at in range(60))
    apply_list(source=bring(many))
    few = bring(HEADING + "40000000,,visa,fsa,,,\n")

    with pytest.raises(CardListDrastic):
        apply_list(source=few)
    apply_list(source=few, even_if_drastic=True)

    assert BinRange.objects.filter(ended_by=None).count() == 1


@pytest.mark.django_db
def test_a_list_that_is_put_away_is_not_applied():
    made = discard_list(source=bring(LIST))

    with pytest.raises(CardListOutdated):
        apply_list(source=made)
    assert not BinRange.objects.exists()


@pytest.mark.django_db
def test_days_decide_which_ranges_count():
    apply_list(source=bring(HEADING + "40000000,,visa,fsa,,2026-01-01,2026-06-30\n40000000,,visa,hsa,,2026-07-01,\n"))

    found = [table_on(date(2026, month, day)).find("4000000000000000").account_kind for month, day in ((6, 30), (7, 1))]
    assert [*found, table_on(date(2025, 12, 31)).find("4000000000000000").account_kind] == ["fsa", "hsa", "ordinary"]


@pytest.mark.django_db
def test_the_database_itself_refuses_overlaps_and_edits():
    made = apply_list(source=bring(LIST))
    same = {
        "network": "visa",
        "account_kind": "hsa",
        "auto_sub": False,
        "valid_from": date(2026, 5, 1),
        "source": "B",
        "added_by": made,
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        BinRange.objects.create(bin_from="51000000", bin_to="51000000", **same)
    with pytest.raises(DatabaseError), transaction.atomic():
        BinRange.objects.update(account_kind="hsa")
    with pytest.raises(DatabaseError), transaction.atomic():
        BinRange.objects.all().delete()


@pytest.mark.django_db
def test_the_shipped_list_comes_the_same_way_and_only_once(capsys):
    call_command("import_card_bins", "--first")
    call_command("import_card_bins", "--first")

    assert BinImport.objects.get().source == "sandbox"
    assert kinds("9999410000000005", "9999490000000007") == ["fsa", "credit"]
    assert "in force already" in capsys.readouterr().out


@pytest.mark.django_db
def test_whoever_keeps_the_lists_is_told_when_one_is_overdue():
    risk = User.objects.create(username="risk", email="risk@example.com")
    give_role(user=risk, role="risk")
    made = apply_list(source=bring(LIST))
    assert age.tell_of_old_lists() == 0
    BinImport.objects.filter(pk=made.pk).update(applied_at=timezone.now() - timedelta(days=36))

    assert age.tell_of_old_lists() == 1
    assert Notice.objects.get(user=risk).topic == "card_bins.stale"
    assert 'fsa_card_bins_age_days{source="Acquirer A"} 36.' in exposition()
    assert "fsa_card_bins_stale 1" in exposition()
