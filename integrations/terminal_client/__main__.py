"""A terminal on this computer: python -m integrations.terminal_client --folder ./till [--enrol BASE_URL CODE SERIAL] [--mqtt]."""

from __future__ import annotations

import argparse
import asyncio
import shutil
from pathlib import Path
from typing import Any

from integrations.terminal_client import Buffer, Identity, TerminalClient, enrol
from integrations.terminal_client.client import Dial, dial


async def on_command(command: dict[str, Any]) -> tuple[str, str]:
    print(f"command {command['kind']}: {command['parameters']}")
    return "done", ""


async def main(folder: Path, *, over_mqtt: bool) -> None:
    identity = Identity.load(folder / "identity.json")
    client = TerminalClient(identity, Buffer(folder / "reports.sqlite"), on_command)
    how: Dial = dial
    if over_mqtt:
        from integrations.terminal_client.mqtt import mqtt_dial  # needs paho-mqtt

        how = mqtt_dial(client.buffer)
    running = asyncio.create_task(client.run(how))
    while not running.done():
        free = shutil.disk_usage(folder)
        client.report(storage_free_percent=round(100 * free.free / free.total), app="terminal_client 1.0")
        await asyncio.sleep(identity.report_every_s)
    running.result()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("till"))
    parser.add_argument("--enrol", nargs=3, metavar=("BASE_URL", "CODE", "SERIAL"))
    parser.add_argument("--mqtt", action="store_true", help="Over MQTT, with the library paho-mqtt, instead of a WebSocket.")
    asked = parser.parse_args()
    asked.folder.mkdir(exist_ok=True)
    if asked.enrol:
        base_url, code, serial = asked.enrol
        enrol(base_url=base_url, code=code, serial=serial).save(asked.folder / "identity.json")
    asyncio.run(main(asked.folder, over_mqtt=asked.mqtt))
