"""What leaves this folder: `python integrations/woocommerce/build.py [zip | pot]`.

`zip` writes dist/fsa-payments-<version>.zip, the same bytes from the same files; `pot` writes the template for translators.
"""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLUGIN = HERE / "fsa-payments"
POT = PLUGIN / "languages" / "fsa-payments.pot"
DIST = HERE / "dist"
SHIPPED = frozenset({".php", ".js", ".css", ".txt", ".pot", ".svg", ".png"})
TIME = (2026, 1, 1, 0, 0, 0)  # of every file: a zip tells what is in it, not when it was made
WORDS = (
    "__", "_e", "_n:1,2", "_x:1,2c", "_nx:1,2,4c", "_ex:1,2c", "esc_html__", "esc_attr__", "esc_html_e", "esc_attr_e", "esc_html_x:1,2c",
    "esc_attr_x:1,2c", "_n_noop:1,2",
)  # fmt: skip
HEADER = re.compile(r'"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Language): [^\n]*\n')


def version() -> str:
    """As the plugin's header says."""
    found = re.search(r"^ \* Version: (\S+)$", (PLUGIN / "fsa-payments.php").read_text(), re.MULTILINE)
    assert found
    return found.group(1)


def shipped_files() -> list[Path]:
    return sorted(
        file for file in PLUGIN.rglob("*") if file.is_file() and file.suffix in SHIPPED and not file.name.startswith(".")
    )


def write_zip(folder: Path = DIST) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"fsa-payments-{version()}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in shipped_files():
            entry = zipfile.ZipInfo((Path("fsa-payments") / file.relative_to(PLUGIN)).as_posix(), TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(entry, file.read_bytes(), compresslevel=9)
    return path


def template() -> str:
    """The texts of the plugin with their places, as gettext's own tool finds them, without the time of the day."""
    places = [str(file.relative_to(PLUGIN)) for file in shipped_files() if file.suffix == ".php"]
    made = subprocess.run(
        ["xgettext", "--language=PHP", "--from-code=UTF-8", "--add-comments=translators", "--sort-by-file", "--no-wrap", "--add-location=file",
         f"--package-name=FSA/HSA Payments {version()}", "--copyright-holder=FSA platform", "--output=-", *(f"--keyword={word}" for word in WORDS), *places],
        cwd=PLUGIN, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    about = re.search(r"^ \* Description: (.+)$", (PLUGIN / "fsa-payments.php").read_text(), re.MULTILINE)
    assert about
    head, _, texts = HEADER.sub("", made).partition("\n\n")
    head = "# Texts of FSA/HSA Payments.\n# This file is distributed under the GPL-2.0-or-later.\n" + head[
        head.index("msgid") :
    ].replace("CHARSET", "UTF-8")
    return f'{head}\n\n#. Description of the plugin\nmsgid "{about.group(1)}"\nmsgstr ""\n\n{texts}'


def main(arguments: list[str]) -> int:
    if arguments == ["pot"]:
        POT.parent.mkdir(exist_ok=True)
        POT.write_text(template())
        print(f"{POT}: {POT.read_text().count('msgid') - 1} texts")
    elif arguments in ([], ["zip"]):
        path = write_zip()
        print(f"{path}: {path.stat().st_size} bytes")
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
