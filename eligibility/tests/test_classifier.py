from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from eligibility.classifier import ModelBroken, ModelMissing, TitleItem, classify, model_version, predict
from eligibility.classifier.calibration import Calibration, forced_sums
from eligibility.classifier.model import MODEL_DIR, load_model
from eligibility.encoder import Encoder, ReferenceEncoder, encoder_dir
from eligibility.encoder_export import export_encoder
from eligibility.taxonomy import taxonomy
from eligibility.text import normalise

# The hard pairs: words alike, judged differently.
GOLDEN = [
    ("Advil Ibuprofen 200 mg Coated Tablets, 200 ct", "eligible"),
    ("Sport Sunscreen Lotion Broad Spectrum SPF 50, 7 oz", "eligible"),
    ("Dark Tanning Oil SPF 4, 8 oz", "not_eligible"),
    ("Matte Liquid Foundation SPF 18, Ivory", "not_eligible"),
    ("Denture Adhesive Cream, 2.4 oz", "eligible"),
    ("Whitening Toothpaste Fresh Mint, 5 oz", "not_eligible"),
    ("Prenatal Multivitamin with Folic Acid, 60 ct", "eligible"),
    ("Women's Daily Multivitamin Tablets, 100 ct", "letter"),
    ("Nighttime Sleep Aid Diphenhydramine 25 mg Caplets", "eligible"),
    ("Melatonin 5 mg Gummies, 60 ct", "letter"),
    ("Hydrocortisone 1% Eczema Anti-Itch Cream", "eligible"),
    ("Daily Moisturizing Body Lotion Unscented, 18 oz", "not_eligible"),
    ("Digital Ear Thermometer for Fever", "eligible"),
    ("Instant Read Digital Meat Thermometer", "not_eligible"),
    ("Allergy Relief Tablets Loratadine 10 mg, 30 ct", "eligible"),
    ("Allergy Chews for Dogs, 90 ct", "not_eligible"),
    ("Adult Incontinence Briefs Large, 20 ct", "eligible"),
    ("Baby Diapers Size 3, 92 ct", "not_eligible"),
    ("Double Electric Breast Pump", "eligible"),
    ("Nursing Bra Seamless Black", "not_eligible"),
    ("Percussion Massage Gun Deep Tissue", "letter"),
    ("Amoxicillin 500 mg Capsules, 21 ct (Rx)", "rx"),
    ("Reading Glasses +2.00, 3 Pack", "eligible"),
    ("Nicotine Gum 2 mg Mint, 100 ct", "eligible"),
    ("Nicotine Pouches Cool Mint 6 mg", "not_eligible"),
    ("Greek Yogurt Strawberry, 5.3 oz", "not_eligible"),
    ("Wireless Optical Mouse", "not_eligible"),
    ("LEGO Space Shuttle Building Set", "not_eligible"),
    ("Moisturizing Shampoo with Vitamin E & Zinc", "not_eligible"),
    ("Vanilla Yogurt with Probiotics", "not_eligible"),
    ("IBUPROFEN TABS 200MG 100CT", "eligible"),
    ("Jarabe para la tos y el resfriado", "eligible"),
    ("Knee Support Brace - FREE SHIPPING! $19.99", "eligible"),
    ("Probiotic Capsules 10 Billion CFU", "letter"),
]


@pytest.fixture(scope="module", autouse=True)
def _encoder_in_place() -> None:
    export_encoder(encoder_dir())


@pytest.mark.parametrize(("title", "status"), GOLDEN)
def test_a_golden_title_is_judged_rightly(title, status):
    (prediction,) = classify([TitleItem(title=title)])

    assert prediction.forced_status == status
    assert taxonomy().by_code[prediction.category].status == status


def test_predictions_come_in_the_order_asked_and_do_not_depend_on_each_other():
    items = [TitleItem(title=title) for title, _ in GOLDEN]

    together = classify(items, use_cache=False)
    backwards = classify(items[::-1], use_cache=False)[::-1]
    alone = [classify([item], use_cache=False)[0] for item in items]

    assert together == backwards == alone


def test_a_prediction_is_whole():
    (prediction,) = classify([TitleItem(title="Extra Strength Acetaminophen Caplets 500 mg", brand="Tylenol", price_cents=999)])

    assert prediction.status == "eligible"
    assert prediction.above_threshold is True
    assert 0.9 < prediction.confidence <= 1.0
    assert set(prediction.probabilities) == {"eligible", "rx", "letter", "not_eligible"}
    assert sum(prediction.probabilities.values()) == pytest.approx(1.0, abs=1e-3)
    assert prediction.model_version == model_version()


def test_what_the_model_cannot_tell_is_unknown_but_has_a_best_guess():
    predictions = classify([TitleItem(title=title) for title in ("", "xqzt", "Item 4711", "Relief", "Blue", "Formula 44")])

    unsure = [p for p in predictions if not p.above_threshold]
    assert unsure
    assert all(p.status == "unknown" and p.forced_status != "unknown" for p in unsure)


@pytest.mark.parametrize("title", ["", "Qzv 7", "xqzt", "Advanced Formula", "4711"])
def test_a_title_that_says_nothing_is_unknown(title):
    (prediction,) = classify([TitleItem(title=title)])

    assert prediction.status == "unknown"


@pytest.mark.parametrize("title", ["😷" * 50, "משכך כאבים", "a\x00b", "Pain " * 3_000, "\ud83d", "<script>alert(1)</script>"])
def test_no_title_breaks_the_classifier(title):
    (prediction,) = classify([TitleItem(title=title, brand=title, category=title, description=title)])

    assert 0.0 <= prediction.confidence <= 1.0


def test_a_bare_title_leans_on_the_shops_own_words():
    (helped,) = classify([TitleItem(title="Ultra", category="Contact Lens Solution")])

    assert helped.category == "contact-lens-solution-and-lens-care"


def test_a_descriptions_label_is_read_and_its_praise_is_not():
    plain, praised, labelled = classify(
        [
            TitleItem(title="Daily Defence Face Fluid"),
            TitleItem(title="Daily Defence Face Fluid", description="Relieves dry skin. Pairs well with vitamin C tablets."),
            TitleItem(title="Daily Defence Face Fluid", description="Drug Facts. Active ingredient: Benzoyl peroxide 5%. Acne."),
        ]
    )

    assert praised == plain
    assert labelled.probabilities["eligible"] > plain.probabilities["eligible"]


def test_nothing_asked_is_nothing_answered():
    assert classify([]) == []


def test_a_known_text_is_not_computed_again(monkeypatch):
    item = TitleItem(title="Knee Brace with Hinges, Large")
    first = classify([item])

    monkeypatch.setattr(predict, "encode", lambda texts: pytest.fail("computed again"))

    assert classify([item, TitleItem(title="  Knee   Brace with Hinges, Large ")]) == first * 2


def test_the_export_and_the_reference_decide_alike():
    model = load_model(MODEL_DIR, taxonomy())
    texts = [normalise(title) for title, _ in GOLDEN]

    served = model.probabilities(texts, Encoder(encoder_dir()).encode(texts))
    reference = model.probabilities(texts, ReferenceEncoder().encode(texts))

    assert served.argmax(axis=1).tolist() == reference.argmax(axis=1).tolist()


def test_a_missing_encoder_is_told_as_a_missing_model(tmp_path, settings, monkeypatch):
    settings.ENCODER_DIR = tmp_path
    monkeypatch.setattr("eligibility.encoder._shared", None)

    with pytest.raises(ModelMissing, match="export_encoder"):
        classify([TitleItem(title="Wrist Brace")], use_cache=False)


def test_threads_may_judge_at_once():
    items = [TitleItem(title=title) for title, _ in GOLDEN]
    expected = classify(items, use_cache=False)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: classify(items, use_cache=False), range(8)))

    assert all(answer == expected for answer in answers)


def test_a_missing_model_says_what_to_run(tmp_path):
    with pytest.raises(ModelMissing, match="train_eligibility"):
        load_model(tmp_path / "nowhere", taxonomy())


@pytest.fixture
def model_copy(tmp_path):
    return shutil.copytree(MODEL_DIR, tmp_path / "model")


def test_a_changed_file_is_refused(model_copy):
    path = model_copy / "trees.txt.gz"
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    with pytest.raises(ModelBroken, match=r"trees\.txt\.gz is not the file"):
        load_model(model_copy, taxonomy())


def test_a_missing_file_is_refused(model_copy):
    (model_copy / "head.npz").unlink()

    with pytest.raises(ModelBroken, match=r"head\.npz is missing"):
        load_model(model_copy, taxonomy())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [({"feature_version": -1}, "other features"), ({"categories": ["gone"]}, "taxonomy lacks"), ({"files": None}, "lacks files")],
)
def test_a_manifest_of_another_make_is_refused(model_copy, change, complaint):
    path = model_copy / "manifest.json"
    manifest = {**json.loads(path.read_text()), **change}
    path.write_text(json.dumps({name: value for name, value in manifest.items() if value is not None}))

    with pytest.raises(ModelBroken, match=complaint):
        load_model(model_copy, taxonomy())


def test_a_broken_manifest_is_refused(model_copy):
    (model_copy / "manifest.json").write_text("{")

    with pytest.raises(ModelBroken, match="not JSON"):
        load_model(model_copy, taxonomy())


def test_the_shipped_model_is_small_and_has_its_card():
    files = {path.name: path.stat().st_size for path in MODEL_DIR.iterdir()}

    assert set(files) == {
        "manifest.json", "head.npz", "centres.npz", "trees.txt.gz", "status_trees.txt.gz", "neighbours.npz", "card.json", "card.md",
        "report.json", "report.md", "suspects.csv",
    }  # fmt: skip
    assert sum(files.values()) < 8_000_000
    assert json.loads((MODEL_DIR / "card.json").read_text())["version"] == model_version()


def test_the_shipped_model_covers_the_taxonomy():
    model = load_model(MODEL_DIR, taxonomy())

    assert {category.code for category in model.categories} == set(taxonomy().by_code)


def test_category_probabilities_sum_up_to_statuses():
    probabilities = np.array([[0.5, 0.2, 0.2, 0.1]])

    sums = forced_sums(probabilities, ["eligible", "rx", "letter", "not_eligible"])

    assert sums.tolist() == [[0.7, 0.2, 0.1]]


def test_confidence_is_read_from_a_rising_curve():
    calibration = Calibration(temperature=2.0, knots={"letter": ((0.4, 0.8), (0.5, 0.9))}, thresholds={"letter": 0.6})

    assert calibration.confidence("letter", 0.6) == pytest.approx(0.7)
    assert calibration.confidence("letter", 0.1) == 0.5
    assert Calibration.from_json(json.loads(json.dumps(calibration.as_json()))) == calibration


def test_a_higher_temperature_is_more_careful():
    logits = np.array([[3.0, 1.0]])

    sharp = Calibration(1.0, {}, {}).category_probabilities(logits)
    soft = Calibration(2.0, {}, {}).category_probabilities(logits)

    assert sharp[0, 0] > soft[0, 0] > 0.5
