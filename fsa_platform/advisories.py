"""Compare the locked packages with the public lists of known holes. Offline it says that it could not, and does not fail."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent
SERVICES = ("pypi", "osv")  # the second is asked where the first does not answer
TIMEOUT_S = 300


def main() -> None:
    for service in SERVICES:
        judged, unjudged, holes = read(ask(service))
        if not judged:
            continue
        for hole in holes:
            print(hole)
        if unjudged:
            print(
                f"{service} does not know {len(unjudged)} of them: {', '.join(unjudged[:5])}{' …' if len(unjudged) > 5 else ''}"
            )
        if holes:
            sys.exit(f"{len(holes)} known holes in {judged} packages.")
        print(f"No known hole in {judged} packages, says {service}.")
        return
    print("Not run: no advisory service answered. Run it where the network reaches pypi.org or osv.dev.")


def ask(service: str) -> str:
    """What pip-audit says of the lock file, as JSON; empty where it could not ask."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(BASE_DIR / "requirements.txt"), "--disable-pip", "--require-hashes",
               "--vulnerability-service", service, "--format", "json", "--progress-spinner", "off", "--timeout", "15"]  # fmt: skip
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False).stdout
    except subprocess.TimeoutExpired:
        return ""


def read(answer: str) -> tuple[int, list[str], list[str]]:
    """(packages judged, names of those that the service did not know, holes). An empty answer judges none."""
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return 0, [], []
    judged = [package for package in packages if "skip_reason" not in package]
    unjudged = [package["name"] for package in packages if "skip_reason" in package]
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no release yet'}"
        for package in judged
        for hole in package["vulns"]
    ]
    return len(judged), unjudged, holes


if __name__ == "__main__":
    main()
