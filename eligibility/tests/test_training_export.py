"""What people agreed on trains the classifier only where the merchant consents."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from eligibility.classifier.training.corpus import load_corpus
from eligibility.decision import Item
from eligibility.reviews.consent import consent_of, give_consent, withdraw_consent
from eligibility.reviews.personal import seems_personal
from eligibility.services.reviews import record_review, undo_review
from eligibility.taxonomy import taxonomy
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
PAIN, COLD, SNACKS = "pain-relievers-oral", "cold-cough-and-flu-medicine", "food-snacks-and-beverages"
NAME = taxonomy().by_code[PAIN].name


def agree(merchant, title, *votes):
    for user, category in votes:
        record_review(merchant=merchant, item=Item(title=title, brand="Northfield"), category_code=category, reviewer=user)


def exported(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command("export_training_data", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def titles():
    return [row["title"] for row in csv.DictReader(io.StringIO(exported()[0]))]


def test_agreed_decisions_of_who_consents_are_written_in_the_form_of_the_corpus(
    acme, globex, acme_owner, ann, bob, tmp_path: Path
):
    agree(acme, "Headache tablets", (ann, PAIN), (bob, PAIN))
    agree(globex, "Fever tablets", (ann, PAIN), (bob, PAIN))
    give_consent(merchant=acme, by=acme_owner)

    text, said = exported()

    assert list(csv.DictReader(io.StringIO(text))) == [{"title": "Headache tablets", "brand": "Northfield", "category": NAME}]
    assert said.startswith("1 rows")
    assert [json.loads(line) for line in exported("--format=jsonl")[0].splitlines()] == [
        {"title": "Headache tablets", "brand": "Northfield", "category": NAME}
    ]
    assert AuditEntry.objects.filter(action="training_data.exported").count() == 2


def test_a_withdrawn_consent_leaves_the_titles_out_and_both_are_written_down(acme, acme_owner, ann, bob):
    agree(acme, "Headache tablets", (ann, PAIN), (bob, PAIN))
    first = give_consent(merchant=acme, by=acme_owner)
    assert give_consent(merchant=acme, by=acme_owner) == first
    assert titles() == ["Headache tablets"]

    assert withdraw_consent(merchant=acme, by=acme_owner)
    assert not withdraw_consent(merchant=acme, by=acme_owner)

    first.refresh_from_db()
    assert titles() == []
    assert (first.given_by, first.withdrawn_by, consent_of(acme)) == (acme_owner, acme_owner, None)
    assert [e.action for e in AuditEntry.objects.filter(action__startswith="training_consent").order_by("pk")] == [
        "training_consent.given", "training_consent.withdrawn",
    ]  # fmt: skip


def test_what_is_not_sure_is_left_out(acme, globex, acme_owner, ann, bob, cat):
    for merchant in (acme, globex):
        give_consent(merchant=merchant, by=acme_owner)
    agree(acme, "One vote", (ann, PAIN))
    agree(acme, "No account", (None, PAIN), (ann, PAIN))
    agree(acme, "Two names", (ann, PAIN), (bob, COLD))
    agree(acme, "A quarrel", (ann, PAIN), (bob, SNACKS), (cat, PAIN))
    agree(acme, "Two merchants", (ann, PAIN), (bob, PAIN))
    agree(globex, "Two merchants", (ann, SNACKS), (bob, SNACKS))
    agree(acme, "Call 802-555-0134 for a refill", (ann, PAIN), (bob, PAIN))
    agree(acme, "Taken back", (ann, PAIN))
    undo_review(
        review=record_review(merchant=acme, item=Item(title="Taken back", brand="Northfield"), category_code=PAIN, reviewer=bob),
        reviewer=bob,
    )
    agree(acme, "Sure", (ann, PAIN), (bob, PAIN))

    assert titles() == ["Sure"]


@pytest.mark.parametrize(
    "title",
    [
        "Custom splint for ann@example.com", "Refill 802-555-0134", "Refill (802) 555-0134", "ID 078-05-1120 brace", "Insert, DOB 4/4/1980",
        "Rx # 4471 cream", "Prescription number: 88123", "Patient: J Doe splint", "Insoles for Mrs. Marple", "Dr. Jane Doe visit",
        "Delivery to 118 Elm Street", "Gift card 4111 1111 1111 1111",
    ],
)  # fmt: skip
def test_titles_that_seem_personal_are_known(title):
    assert seems_personal(title)


@pytest.mark.parametrize(
    "title",
    ["Dr. Scholl's Insoles", "Ibuprofen 200 mg, 100 ct", "Vitamin D3 5000 IU for Women", "Patient gown, 10 pack", "Insulin syringe 31G 5/16 100ct", "00300450449108"],
)  # fmt: skip
def test_ordinary_titles_are_not(title):
    assert not seems_personal(title)


def test_an_export_joins_a_corpus_and_is_trained_on(acme, acme_owner, ann, bob, tmp_path: Path):
    give_consent(merchant=acme, by=acme_owner)
    agree(acme, "Northfield headache tablets", (ann, PAIN), (bob, PAIN))
    agree(acme, "Known title", (ann, PAIN), (bob, PAIN))
    exported(f"--output={tmp_path / 'export.csv'}")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    snacks = taxonomy().by_code[SNACKS].name
    (corpus / "general.csv").write_text(f'title,brand,category\nKnown title,,"{snacks}"\n')
    err = io.StringIO()

    call_command(
        "import_human_corpus",
        str(tmp_path / "export.csv"),
        f"--corpus={corpus}",
        "--name=november",
        stdout=io.StringIO(),
        stderr=err,
    )

    rows = {row.title: row.category for row in load_corpus(taxonomy(), corpus)}
    assert (rows["Northfield headache tablets"], rows["Known title"]) == (PAIN, SNACKS)
    assert "The corpus says otherwise about “Known title”" in err.getvalue()
    with pytest.raises(CommandError, match="is there already"):
        call_command("import_human_corpus", str(tmp_path / "export.csv"), f"--corpus={corpus}", "--name=november")


@pytest.mark.parametrize("row", ["Tea,,No such category", ",,Oral", "Call 802-555-0134,,Pain"])
def test_a_broken_file_is_refused_whole(row, tmp_path: Path):
    (tmp_path / "export.csv").write_text("title,brand,category\n" + row.replace("Pain", f'"{NAME}"') + "\n")

    with pytest.raises(CommandError):
        call_command("import_human_corpus", str(tmp_path / "export.csv"), f"--corpus={tmp_path}")

    assert not list(tmp_path.glob("human_*"))
