"""The advisory suite fails on a hole, passes without one, and says so when it could not ask."""

from __future__ import annotations

import json

import pytest

from fsa_platform import advisories


def answer(*packages):
    return json.dumps({"dependencies": list(packages), "fixes": []})


SOUND = {"name": "django", "version": "5.2.19", "vulns": []}
HOLED = {
    "name": "django",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}],
}
UNKNOWN = {"name": "torch", "skip_reason": "not found"}


def asked(monkeypatch, **answers):
    seen = []

    def ask(service):
        seen.append(service)
        return answers.get(service, "")

    monkeypatch.setattr(advisories, "ask", ask)
    return seen


def test_a_known_hole_fails_and_is_named(monkeypatch, capsys):
    asked(monkeypatch, pypi=answer(SOUND | {"name": "celery"}, HOLED))

    with pytest.raises(SystemExit, match="1 known holes in 2 packages"):
        advisories.main()
    assert "django 1.0: PYSEC-1, mended in 1.1" in capsys.readouterr().out


def test_without_a_hole_it_passes_and_names_what_was_not_judged(monkeypatch, capsys):
    seen = asked(monkeypatch, pypi=answer(SOUND, UNKNOWN))

    advisories.main()

    assert seen == ["pypi"]
    assert "pypi does not know 1 of them: torch" in capsys.readouterr().out


def test_where_the_first_service_knows_nothing_the_second_is_asked(monkeypatch):
    seen = asked(monkeypatch, pypi=answer(UNKNOWN), osv=answer(HOLED))

    with pytest.raises(SystemExit):
        advisories.main()
    assert seen == ["pypi", "osv"]


@pytest.mark.parametrize("said", ["", "no JSON", "[]", '{"x": 1}', answer(UNKNOWN)])
def test_offline_it_says_so_and_does_not_fail(monkeypatch, capsys, said):
    asked(monkeypatch, pypi=said, osv=said)

    advisories.main()

    assert "Not run: no advisory service answered" in capsys.readouterr().out
