"""A test that fails beside others is asked once more; what fails again, and what fails in numbers, has failed."""

from __future__ import annotations

import pytest

from fsa_platform import testing

SHAKES = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("word", {words})
def test_of(word):
    tried = Path(__file__).with_name(f"tried {{word}}")
    was_tried = tried.exists()
    tried.touch()
    assert word == "sound" or (word.startswith("shaky") and was_tried)
"""


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """suite(words) runs a suite of one test for each word, in an empty folder."""
    pytest_alone = testing.python("-m", "pytest", "-q", "-p", "fsa_platform.pytest_failures", "-p", "no:cacheprovider")
    monkeypatch.setattr(testing, "PYTEST", pytest_alone)
    monkeypatch.setattr(testing, "BASE_DIR", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(testing.Path(__file__).parents[2]))

    def run(*words: str) -> tuple[int, list[str]]:
        (tmp_path / "test_it.py").write_text(SHAKES.format(words=list(words)))
        return testing.run_tests([*pytest_alone, "test_it.py"])

    return run


def test_what_passes_alone_is_named(suite):
    assert suite("sound", "shaky") == (0, ["test_it.py::test_of[shaky]"])


def test_what_fails_again_has_failed(suite):
    assert suite("sound", "shaky", "broken") == (1, [])


def test_many_failures_are_not_asked_again(suite):
    assert suite("shaky 1", "shaky 2", "shaky 3", "shaky 4") == (1, [])


def test_without_a_failure_nothing_is_shaky(suite):
    assert suite("sound") == (0, [])
