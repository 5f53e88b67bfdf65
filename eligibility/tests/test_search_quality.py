"""How well search finds what people ask for, over a catalogue of every category."""

from __future__ import annotations

import pytest

from eligibility.encoder import encoder_dir
from eligibility.encoder_export import export_encoder
from eligibility.tests.search_cases import make_catalogue, measured

pytestmark = pytest.mark.django_db


def test_what_people_ask_for_is_found_among_the_first_five(acme):
    export_encoder(encoder_dir())
    catalogue = make_catalogue(acme)

    figures = measured(acme, catalogue)

    assert figures["cases"] >= 60
    assert figures["recall_at_5"] >= 0.84
    assert figures["mrr"] >= 0.94
