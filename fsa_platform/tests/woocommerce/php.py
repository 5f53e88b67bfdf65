"""Asks the plugin's pure classes, in PHP."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).resolve().parents[3] / "integrations" / "woocommerce" / "tests" / "support" / "pure.php"


def ask(deed: str, cases: list[Any]) -> list[Any]:
    run = subprocess.run(
        ["php", str(SCRIPT), deed], input=json.dumps(cases), capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return list(json.loads(run.stdout))
