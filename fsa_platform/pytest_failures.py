"""A pytest plugin: `--failed-to FILE` writes the names of the tests that failed, a line each."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--failed-to", type=Path, help="write the names of the tests that failed to this file, a line each")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--failed-to")
    if path is not None and not hasattr(config, "workerinput"):  # of processes that share the work only the first one tells
        config.pluginmanager.register(Failures(path))


class Failures:
    """Each test that failed is named once, whichever part of it failed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: dict[str, None] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._names[report.nodeid] = None

    def pytest_sessionfinish(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("".join(f"{name}\n" for name in self._names))
