"""A pytest plugin: tests that need a program of the system say which, and are never left out in silence.

`@pytest.mark.needs("php")`: without it the test is skipped with the name of the package that brings it; with CI=true it fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

PACKAGES = {  # program -> Debian's package
    "chromium": "chromium", "node": "nodejs", "npm": "npm", "openssl": "openssl", "pdftotext": "poppler-utils", "php": "php-cli",
    "softhsm2-util": "softhsm2", "mosquitto": "mosquitto", "xgettext": "gettext",
}  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(program): needs a program of the system, one of fsa_platform.pytest_tools.PACKAGES")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    needed = [program for mark in item.iter_markers("needs") for program in mark.args]
    if item.get_closest_marker("browser"):
        needed.append("chromium")
    for program in needed:
        _require(program)


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], None]:
    """For a fixture that needs a program: require_tool("softhsm2-util")."""
    return _require


def _require(program: str) -> None:
    """Skip the test that is running, or fail it in CI, unless the program is on the machine."""
    if shutil.which(program) is None:
        message = f"needs {program} (package {PACKAGES[program]})"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
