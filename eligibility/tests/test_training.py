from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from eligibility.classifier.calibration import FORCED
from eligibility.classifier.errors import CorpusBroken
from eligibility.classifier.evaluation import LabelledFileBroken, LabelledTitle, figures_of, read_labelled
from eligibility.classifier.model import load_model
from eligibility.classifier.prediction import Prediction
from eligibility.classifier.training.calibrate import fit_calibration, shelf_weights
from eligibility.classifier.training.corpus import CORPUS_DIR, CorpusRow, corpus_digest, load_corpus, thin
from eligibility.classifier.training.dressing import dressed
from eligibility.classifier.training.folds import BLOCK, near_duplicates
from eligibility.classifier.training.noise import bare, variants
from eligibility.classifier.training.report import Report
from eligibility.classifier.training.train import train
from eligibility.encoder import Encoder, encoder_dir
from eligibility.encoder_export import export_encoder
from eligibility.taxonomy import taxonomy

ROW = CorpusRow(title="Acme Extra Strength Pain Reliever Caplets, 100 ct", brand="Acme", category="pain-relievers-oral")


def write_corpus(folder, rows):
    with (folder / "some.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("title", "brand", "category"), *rows])


def test_the_shipped_corpus_covers_every_category():
    rows = load_corpus(taxonomy())

    assert {row.category for row in rows} == set(taxonomy().by_code)
    assert len(rows) > 10_000


def test_corpus_titles_have_exactly_three_columns():
    for path in CORPUS_DIR.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == ["title", "brand", "category"], path.name


def test_the_corpus_digest_names_its_content():
    other = CorpusRow(ROW.title, ROW.brand, "ear-care")

    assert corpus_digest([ROW]) == corpus_digest([ROW])
    assert corpus_digest([ROW]) != corpus_digest([other])


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([("Something", "", "No Such Shelf")], "line 2: the taxonomy has no category “No Such Shelf”"),
        ([("", "", "Ear care")], "line 2: the title is empty"),
    ],
)
def test_a_corpus_row_that_cannot_be_used_is_refused(tmp_path, rows, complaint):
    write_corpus(tmp_path, rows)

    with pytest.raises(CorpusBroken, match=complaint):
        load_corpus(taxonomy(), tmp_path)


def test_a_title_under_two_categories_keeps_the_first(tmp_path):
    write_corpus(tmp_path, [("Ear Thing", "", "Ear care"), ("ear thing", "", "Beverages")])

    found = [row.category for row in load_corpus(taxonomy(), tmp_path) if row.title.lower() == "ear thing"]

    assert found == ["ear-care"]


def test_a_former_name_of_a_category_still_finds_it(tmp_path):
    write_corpus(tmp_path, [("Anticavity Rinse Test", "", "Mouthwash and fluoride rinse")])

    assert CorpusRow("Anticavity Rinse Test", "", "fluoride-rinse") in load_corpus(taxonomy(), tmp_path)


def test_a_large_category_is_thinned_the_same_way_every_time():
    rows = [CorpusRow(f"Title {at}", "", "ear-care") for at in range(30)] + [ROW]

    assert thin(rows, 10) == thin(rows[::-1], 10)
    assert len(thin(rows, 10)) == 11


def test_noise_is_the_same_every_time_and_keeps_the_title_first():
    first, second = variants(ROW), variants(ROW)

    assert first == second
    assert first[:2] == [("written", ROW.title, "Acme"), ("bare", "Extra Strength Pain Reliever Caplets", "")]
    assert 4 <= len(first) <= 5


def test_a_bare_title_has_neither_brand_nor_size():
    assert bare(ROW) == "Extra Strength Pain Reliever Caplets"
    assert bare(CorpusRow("Acme Gel, 8 oz", "Acme", "ear-care")) == "Acme Gel, 8 oz"  # nothing would be left


def test_near_duplicates_share_a_group():
    vectors = np.array([[1, 0], [0.99, 0.141], [0, 1], [0.1, 0.995]], dtype=np.float32)

    assert near_duplicates(vectors).tolist() == [0, 0, 1, 1]


def test_a_title_of_another_category_joins_the_group_of_its_likes():
    first, close, far = [1.0, 0.0], [0.95, 0.312], [0.0, 1.0]
    blocks = np.array([first] + [far] * (BLOCK - 1) + [close], dtype=np.float32)  # the close one is in the next block

    groups = near_duplicates(blocks)

    assert groups[0] == groups[-1] == 0
    assert set(groups[1:-1].tolist()) == {1}


def test_what_a_toiletry_boasts_of_leaves_its_category_alone():
    soap = CorpusRow("Oatmeal Bar Soap", "", "soap-body-wash-deodorant-and-shaving")
    category = taxonomy().by_code[soap.category]
    rows = [CorpusRow(f"Oatmeal Bar Soap {at}", "", soap.category) for at in range(40)]

    made = [dressed(row, category, soap) for row in rows]

    assert made == [dressed(row, category, soap) for row in rows]
    assert {form for one in made for form, _ in one} == {"neutral words", "boasting", "two in one"}


def test_makeup_with_a_sun_filter_is_shown_with_its_drug_facts():
    tint = CorpusRow("Glow Tint SPF 30", "", "makeup-and-fragrance")

    assert ("with its label", "Glow Tint SPF 30 drug facts") in dressed(tint, taxonomy().by_code[tint.category], tint)


def made_up_logits(n: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(1)
    labels = dice.integers(0, 3, n)
    logits = dice.normal(0, noise, (n, 3))
    logits[np.arange(n), labels] += 4
    return logits, labels


def as_probabilities(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def test_a_threshold_keeps_its_precision():
    logits, labels = made_up_logits(6_000, noise=2.0)
    probabilities = as_probabilities(logits)

    calibration = fit_calibration(probabilities, labels, list(FORCED), temperature=1.0)

    said = [
        at for at, row in enumerate(probabilities)
        if row.argmax() == 0 and calibration.confidence("eligible", row.max()) >= calibration.thresholds["eligible"]
    ]  # fmt: skip
    weights = shelf_weights(labels)[said]
    assert np.average(labels[said] == 0, weights=weights) >= 0.99
    assert len(said) > 500


def test_scores_that_say_nothing_are_never_spoken():
    dice = np.random.default_rng(2)

    probabilities = as_probabilities(dice.normal(0, 1, (3_000, 3)))
    calibration = fit_calibration(probabilities, dice.integers(0, 3, 3_000), list(FORCED), temperature=1.0)

    assert calibration.thresholds["eligible"] == 1.0


def test_shelf_weights_make_the_rows_a_shop():
    truth = np.array([0] * 50 + [1] * 25 + [2] * 25)

    weights = shelf_weights(truth)

    assert weights.mean() == pytest.approx(1.0)
    assert weights[truth == 2].sum() / weights.sum() == pytest.approx(0.55)


@pytest.mark.slow
def test_a_small_corpus_trains_to_a_loadable_model(tmp_path):
    export_encoder(encoder_dir())
    rows = [CorpusRow(example, "", category.code) for category in taxonomy().categories for example in category.examples[:4]]

    trained = train(
        rows=rows,
        taxonomy=taxonomy(),
        encoder=Encoder(encoder_dir(), threads=2),
        folder=tmp_path / "model",
        say=lambda line: None,
    )

    assert load_model(tmp_path / "model", taxonomy()).version == trained.version
    assert json.loads((tmp_path / "model" / "card.json").read_text())["n_titles"] == len(rows)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    report = json.loads((tmp_path / "model" / "report.json").read_text("utf-8"))
    assert report["model_version"] == trained.version
    assert report.keys() == Report.__annotations__.keys()


def prediction(status: str, forced: str) -> Prediction:
    return Prediction(
        status=status, forced_status=forced, category="x", confidence=0.9, probabilities={}, model_version="m",
        above_threshold=status != "unknown",
    )  # fmt: skip


def test_figures_are_counted_by_hand():
    rows = [LabelledTitle("t", "", label, "") for label in ("eligible", "eligible", "letter", "not_eligible")]
    predictions = [
        prediction("rx", "rx"), prediction("unknown", "letter"), prediction("letter", "letter"),
        prediction("eligible", "eligible"),
    ]  # fmt: skip

    figures = figures_of(rows, predictions)

    assert figures["accuracy"] == 0.5
    assert figures["eligible_precision"] == 0.5
    assert figures["eligible_coverage"] == 0.5
    assert figures["unknown_share"] == 0.25
    assert figures["macro_f1"] == pytest.approx((0.5 + 2 / 3 + 0) / 3, abs=1e-4)
    assert figures["confusion"]["eligible"] == {"eligible": 1, "letter": 1, "not_eligible": 0}


def test_evaluate_ends_with_one_line_of_json(tmp_path, capsys):
    path = tmp_path / "labelled.csv"
    path.write_text(
        "title,brand,label,confidence\nIbuprofen Tablets 200 mg,Advil,eligible,high\nVitamin C 500 mg Tablets,,lmn,high\n"
        "Potato Chips Barbecue,,not_eligible,low\n",
        "utf-8",
    )

    call_command("evaluate_eligibility", str(path))

    *_, last = capsys.readouterr().out.strip().splitlines()
    figures = json.loads(last)
    assert figures["n"] == 3
    assert figures["accuracy"] == 1.0
    assert figures["confidence_high"]["n"] == 2
    assert {"macro_f1", "eligible_precision", "eligible_coverage", "unknown_share"} <= figures.keys()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name,label\nx,eligible\n", "no column title"),
        ("title,brand\nx,y\n", "no column label"),
        ("title,label\nx,maybe\n", "line 2: the label “maybe”"),
        ("title,label\n", "no rows"),
    ],
)
def test_a_file_that_cannot_be_evaluated_is_refused(tmp_path, text, complaint):
    path = tmp_path / "bad.csv"
    path.write_text(text, "utf-8")

    with pytest.raises(LabelledFileBroken, match=complaint):
        read_labelled(path)
    with pytest.raises(CommandError, match=complaint):
        call_command("evaluate_eligibility", str(path))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("evaluate_eligibility", str(tmp_path / "none.csv"))
