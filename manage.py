#!/usr/bin/env python3
"""Every command of the platform. In a bare clone it first sets up what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
VENV_PYTHON = BASE_DIR / ".venv" / "bin" / "python"


def run_inside_environment() -> None:
    """Re-run this command with the checkout's own interpreter, making the environment first if there is none."""
    if os.environ.get("FSA_SETUP_DONE") or Path(sys.prefix).resolve() == VENV_PYTHON.parent.parent.resolve():
        return
    try:
        import django  # noqa: F401  (an environment of the operator's own, such as a container's, is used as it is)
    except ImportError:
        subprocess.run(["make", "--no-print-directory", "-C", str(BASE_DIR), "setup"], check=True, stdout=sys.stderr)
        os.execve(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv], {**os.environ, "FSA_SETUP_DONE": "1"})


def main() -> None:
    run_inside_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fsa_platform.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        from common.request_context import Actor, actor
        from fsa_platform.bootstrap import BootstrapError, prepare
    except ModuleNotFoundError as missing:
        sys.exit(f"The Python package “{missing.name}” is missing from {sys.prefix}: run “make setup”, then try again.")
    try:
        prepare(sys.argv)
        actor.set(Actor("system", f"manage.py {' '.join(sys.argv[1:2])}".strip()))
        execute_from_command_line(sys.argv)
    except (BootstrapError, ImproperlyConfigured) as error:
        sys.exit(str(error))
    except ModuleNotFoundError as missing:
        if missing.name and missing.name.split(".")[0] in {path.name for path in BASE_DIR.iterdir()}:
            raise
        sys.exit(f"The Python package “{missing.name}” is missing from {sys.prefix}: run “make setup”, then try again.")


if __name__ == "__main__":
    main()
