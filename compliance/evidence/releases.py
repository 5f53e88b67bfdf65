"""The change log of the software itself, from its own history where that is at hand."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

TIMEOUT_S = 60


def releases(since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """Commits of the period, oldest first; none where the software was installed without its history."""
    if shutil.which("git") is None or not (settings.BASE_DIR / ".git").exists():
        return
    command = [
        "git",
        "log",
        "--reverse",
        f"--since={since.isoformat()}",
        f"--until={until.isoformat()}",
        "--format=%H%x09%cI%x09%s",
    ]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    for line in done.stdout.splitlines() if done.returncode == 0 else []:
        commit, at, subject = line.split("\t", 2)
        moment = datetime.fromisoformat(at).astimezone(UTC)
        yield {"at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "commit": commit, "subject": subject}
