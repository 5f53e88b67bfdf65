"""A bad value in the environment stops the start with one sentence that names it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fsa_platform.bootstrap import BASE_DIR


def check(tmp_path, **environment):
    known = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}}
    return subprocess.run(
        [sys.executable, str(BASE_DIR / "manage.py"), "check"], env={**known, "FSA_DATA_DIR": str(tmp_path), **environment},
        cwd=BASE_DIR, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("SESSION_IDLE_MINUTES", "abc", "a whole number"), ("SESSION_IDLE_MINUTES", "", "a whole number"), ("PORT", "abc", "a whole number"),
        ("ACQUIRER_TIMEOUT_S", "soon", "a number"), ("DEBUG", "perhaps", "True or False"), ("FSA_ENVIRONMENT", "test", "“sandbox” or “production”"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_named(tmp_path, name, value, kind):
    done = check(tmp_path, **{name: value})

    [sentence] = done.stderr.strip().splitlines()
    assert done.returncode == 1
    assert sentence.startswith(f"{name} is “{value}”: it must be {kind}")


def test_a_secret_that_production_lacks_is_named(tmp_path):
    done = check(tmp_path, FSA_ENVIRONMENT="production")

    assert done.returncode == 1
    assert done.stderr.strip() == "Set the SECRET_KEY environment variable"


def test_a_data_folder_that_is_set_to_nothing_is_the_usual_one(tmp_path):
    read = "from django.conf import settings; print(settings.DATA_DIR)"
    environment = {**os.environ, "FSA_DATA_DIR": "", "DJANGO_SETTINGS_MODULE": "fsa_platform.settings"}

    done = subprocess.run([sys.executable, "-c", read], env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(BASE_DIR / ".run")
