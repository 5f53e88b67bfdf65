"""Mosquitto as `manage.py up` and the tests run it: on loopback, with the rules and limits that docker-compose uses too (infra/mosquitto)."""

from __future__ import annotations

import getpass
import shutil
from pathlib import Path
from typing import Final

from django.conf import settings

INFRA: Final = Path(settings.BASE_DIR) / "infra" / "mosquitto"
BRIDGES: Final = tuple(f"bridge-{number}" for number in range(16))  # user names of bridges, as infra/mosquitto/acl knows them


def is_installed() -> bool:
    return broker_program() is not None


def broker_program() -> str | None:
    """Debian keeps it where an ordinary PATH does not look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def configure(folder: Path, *, port: int) -> list[str]:
    """Write the configuration into `folder`, and return the command that runs the broker. Its passwords are `folder/passwords`."""
    folder.mkdir(parents=True, exist_ok=True)
    passwords, conf = folder / "passwords", folder / "mosquitto.conf"
    conf.write_text(
        f"# Written by manage.py up.\nuser {getpass.getuser()}\nlistener {port} 127.0.0.1\nuse_username_as_clientid true\npassword_file {passwords}\n"
        f"acl_file {INFRA / 'acl'}\ninclude_dir {INFRA / 'shared'}\npersistence false\n"
    )
    return ["sh", str(INFRA / "run.sh"), str(conf), str(passwords), broker_program() or "mosquitto"]
