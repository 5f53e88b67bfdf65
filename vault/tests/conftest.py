from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vault.tests.keepers import softhsm_token


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory, require_tool: Callable[[str], None]) -> Path:
    """A SoftHSM token of this test run, in a folder that goes with it."""
    require_tool("softhsm2-util")
    folder = tmp_path_factory.mktemp("softhsm")
    softhsm_token(folder)
    return folder
