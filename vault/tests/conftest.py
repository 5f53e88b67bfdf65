from __future__ import annotations

from pathlib import Path

import pytest

from vault.tests.keepers import softhsm_token


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SoftHSM token of this test run, in a folder that goes with it."""
    folder = tmp_path_factory.mktemp("softhsm")
    softhsm_token(folder)
    return folder
