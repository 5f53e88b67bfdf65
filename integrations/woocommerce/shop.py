"""A WordPress with MariaDB for one run of the tests, in a temporary folder: Debian's WordPress, our double of WooCommerce, the plugin.

Nothing of WordPress is kept in this repository; it comes from the system's package, or from a shop that FSA_WP_ROOT names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE / "tests"
PLUGIN = HERE / "fsa-payments"
WORDPRESS = Path("/usr/share/wordpress")  # where Debian's package puts it
START_TIMEOUT_S = 60
SYSTEM_FOLDERS = "/usr/sbin:/usr/local/sbin:/sbin"  # servers live here, and are not on everybody's PATH

WP_CONFIG = """<?php
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:{socket}' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $name ) {{
	define( $name . '_KEY', 'of a test ' . $name );
	define( $name . '_SALT', 'of a test too ' . $name );
}}
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', true );
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', {block} );
define( 'FSA_PAYMENTS_TESTS', {tests!r} );
$GLOBALS['table_prefix'] = $table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) {{
	define( 'ABSPATH', __DIR__ . '/' );
}}
require_once ABSPATH . 'wp-settings.php';
"""
WOOCOMMERCE = """<?php
/**
 * Plugin Name: WooCommerce
 * Description: A double for tests.
 */
require FSA_PAYMENTS_TESTS . '/double/woocommerce.php';
"""
MUST_USE = "<?php\nrequire FSA_PAYMENTS_TESTS . '/support/must-use.php';\n"


@dataclass(frozen=True, slots=True)
class Shop:
    """root: the folder with wp-load.php."""

    root: Path
    socket: Path

    def environment(self) -> dict[str, str]:
        return {**os.environ, "FSA_TEST_ROOT": str(self.root)}


def program(name: str) -> str:
    """The path of a program, also where only administrators look for one."""
    found = shutil.which(name) or shutil.which(name, path=SYSTEM_FOLDERS)
    if found is None:
        raise SystemExit(f"{name} is not on this machine")
    return found


@contextmanager
def a_shop() -> Iterator[Shop]:
    """Start a database, install a shop into it; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fsa-shop-") as folder:
        root = Path(folder) / "wordpress"
        with a_database(Path(folder)) as socket:
            lay_out(root=root, socket=socket)
            subprocess.run(
                [program("php"), str(TESTS / "support" / "install.php"), str(root)], check=True, timeout=START_TIMEOUT_S
            )
            yield Shop(root=root, socket=socket)


@contextmanager
def a_database(folder: Path) -> Iterator[Path]:
    """A MariaDB of our own on a socket; GET_LOCK and transactions are real."""
    data, socket, log = folder / "data", folder / "sql", folder / "mariadb.log"
    as_who = ["--user=root"] if os.geteuid() == 0 else []
    with log.open("wb") as out:
        subprocess.run(
            [program("mariadb-install-db"), "--no-defaults", *as_who, f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db",
             "--skip-name-resolve"],
            check=True, stdout=out, stderr=out, timeout=START_TIMEOUT_S,
        )  # fmt: skip
        server = subprocess.Popen(
            [program("mariadbd"), "--no-defaults", *as_who, f"--datadir={data}", f"--socket={socket}", "--skip-networking", "--skip-grant-tables",
             "--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite"],
            stdout=out, stderr=out,
        )  # fmt: skip
    try:
        wait_for(socket, server, log)
        yield socket
    finally:
        server.terminate()
        server.wait(timeout=START_TIMEOUT_S)


def wait_for(socket: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    ask = [
        program("mariadb"),
        "--no-defaults",
        "--user=root",
        f"--socket={socket}",
        "--execute=CREATE DATABASE IF NOT EXISTS wordpress",
    ]
    while subprocess.run(ask, capture_output=True, check=False).returncode:
        if server.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"MariaDB did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def lay_out(*, root: Path, socket: Path) -> None:
    """Debian's WordPress with its links resolved, the plugin as a link, WooCommerce as our double."""
    shutil.copytree(WORDPRESS, root, symlinks=False, ignore=shutil.ignore_patterns("wp-config.php", ".htaccess", "akismet"))
    content = root / "wp-content"
    (content / "mu-plugins").mkdir(exist_ok=True)
    (content / "mu-plugins" / "tests.php").write_text(MUST_USE)
    (content / "plugins" / "woocommerce").mkdir(parents=True)
    (content / "plugins" / "woocommerce" / "woocommerce.php").write_text(WOOCOMMERCE)
    (content / "plugins" / "fsa-payments").symlink_to(PLUGIN)
    (content / "themes" / "plain").mkdir(parents=True)
    (content / "themes" / "plain" / "style.css").write_text("/*\nTheme Name: Plain\n*/\n")
    (content / "themes" / "plain" / "index.php").write_text("<?php wp_head(); wp_footer();\n")
    (root / "wp-config.php").write_text(WP_CONFIG.format(socket=socket, tests=str(TESTS), block="true"))
