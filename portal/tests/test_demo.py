"""What getting started tells a newcomer to send is on the demo's list."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "getting-started.md").read_text("utf-8")


@pytest.mark.django_db
def test_the_gtin_of_the_guide_is_listed_so_that_its_fsa_cards_pay(client, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    call_command("seed_demo")
    key = json.loads((tmp_path / "demo.json").read_text())["secret_key"]
    title, gtin = re.search(r'"title": "([^"]+)", "gtin": "([0-9]+)"', GUIDE).groups()

    answer = client.post(
        "/v1/eligibility/check", {"items": [{"title": title, "gtin": gtin}]}, content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip

    [decision] = answer.json()["data"]
    assert (decision["status"], decision["evidence"]) == ("eligible", "list")
