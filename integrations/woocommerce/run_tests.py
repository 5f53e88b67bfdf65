"""The plugin's PHP tests: `python integrations/woocommerce/run_tests.py [options of PHPUnit]`.

Without FSA_WP_ROOT a shop of Debian's WordPress and our double of WooCommerce is made for the run. With it, the double's contract
tests run in that shop, against the real WooCommerce; each is undone by a rollback.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from integrations.woocommerce.shop import TESTS, a_shop, program


def main(arguments: list[str]) -> int:
    command = [
        program("php"),
        "-d",
        "memory_limit=512M",
        program("phpunit"),
        "--configuration",
        str(TESTS / "phpunit.xml"),
        *arguments,
    ]
    if root := os.environ.get("FSA_WP_ROOT"):
        return subprocess.run(
            [*command, "--testsuite", "contract"], check=False, env={**os.environ, "FSA_TEST_ROOT": root}
        ).returncode
    with a_shop() as shop:
        return subprocess.run(command, check=False, env=shop.environment()).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
