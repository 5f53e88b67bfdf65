"""The compliance tables point at files and tests that are there."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

from compliance.evidence.sections import SECTIONS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "compliance"
TABLES = ["hipaa-164-312.md", "soc2.md", "pci-dss-4.0.1.md", "owasp-asvs-5.0.md"]
STATES = {"built", "operator", "not built", "not applicable"}
POINTER = re.compile(r"`([^`]+)`")


def rows(table: str) -> list[list[str]]:
    """The cells of every row: requirement, sense, state, code, tests."""
    lines = (FOLDER / table).read_text("utf-8").splitlines()
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [row for row in found if row[0] != "Requirement"]


@lru_cache
def functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)}


def is_there(pointer: str) -> bool:
    name, _, function = pointer.partition("::")
    return (ROOT / name).is_file() and (not function or function in functions(ROOT / name))


@pytest.mark.parametrize("table", TABLES)
def test_every_file_and_test_that_a_row_names_is_there(table):
    pointers = [pointer for row in rows(table) for cell in row[3:] for pointer in POINTER.findall(cell)]

    assert len(pointers) > 15
    assert [pointer for pointer in pointers if not is_there(pointer)] == []


@pytest.mark.parametrize("table", TABLES)
def test_every_row_has_a_state_and_what_is_built_names_code(table):
    for row in rows(table):
        _, sense, state, code, tests = row
        assert state in STATES, row
        assert sense, row
        if state == "built":
            assert POINTER.findall(code), row
            assert POINTER.findall(tests) or "docs/" in code, row


@pytest.mark.parametrize("table", TABLES)
def test_tests_of_a_row_are_tests(table):
    for row in rows(table):
        for pointer in POINTER.findall(row[4]):
            assert re.search(r"/tests/(\w+/)*test_\w+\.py", pointer), row


def test_a_pointer_to_nothing_is_noticed():
    assert not is_there("people/roles.py::no_such_function")
    assert not is_there("people/no_such_file.py")
    assert is_there("people/roles.py::give_role")


def test_the_evidence_file_is_described_column_by_column():
    text = (FOLDER / "evidence.md").read_text("utf-8")
    described = {}
    for part in text.split("\n## ")[1:]:
        described[part.split("\n", 1)[0]] = re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)

    assert described == {section.name: list(section.columns) for section in SECTIONS}
