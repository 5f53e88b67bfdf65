"""The plugin's files: safe habits, one version in every place, texts that translators get, and a zip with nothing else in it."""

from __future__ import annotations

import re
import zipfile
from hashlib import sha256

import pytest

from integrations.woocommerce import build
from integrations.woocommerce.tests.source_checks import RULES, faults, faults_in

README = (build.PLUGIN / "readme.txt").read_text()
MAIN = (build.PLUGIN / "fsa-payments.php").read_text()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_finds_its_example_and_lets_the_good_one_pass(rule):
    assert [fault.rule for fault in faults_in("bad.php", rule.bad)] == [rule.name]
    assert list(faults_in("good.php", rule.good)) == []


def test_an_excuse_counts_for_its_own_line_alone():
    source = "// phpcs:ignore WordPress.Security -- made above.\necho $html;\necho $html;"

    assert [fault.line for fault in faults_in("a.php", source)] == [3]


def test_the_plugin_has_no_such_fault():
    assert [f"{fault.file}:{fault.line} {fault.rule}: {fault.text}" for fault in faults(build.PLUGIN)] == []


def test_no_file_answers_alone():
    """Each file ends where it is not loaded by WordPress."""
    bare = [
        str(file.relative_to(build.PLUGIN))
        for file in build.PLUGIN.rglob("*.php")
        if "defined( 'ABSPATH' ) || exit;" not in (text := file.read_text()) and "WP_UNINSTALL_PLUGIN" not in text
    ]
    assert bare == []


def test_every_file_has_strict_types():
    assert [file.name for file in build.PLUGIN.rglob("*.php") if "declare(strict_types=1);" not in file.read_text()] == []


def header(text: str, name: str) -> str:
    found = re.search(rf"^(?: \* )?{re.escape(name)}: (.+)$", text, re.MULTILINE)
    assert found, name
    return found.group(1).strip()


@pytest.mark.parametrize(
    "name", ["Requires at least", "Requires PHP", "Requires Plugins", "WC requires at least", "WC tested up to"]
)
def test_readme_and_header_agree(name):
    assert header(README, name) == header(MAIN, name)


def test_one_version_in_every_place():
    version = build.version()

    assert header(README, "Stable tag") == version
    assert f"define( 'FSA_PAYMENTS_VERSION', '{version}' );" in MAIN
    assert re.search(r"== Changelog ==\s+= (\S+) =", README)[1] == version


def test_the_readme_says_what_is_sent_and_to_whom():
    assert re.search(r"^== External services ==$", README, re.MULTILINE)
    assert "privacy policy" in README
    assert "terms of service" in README


@pytest.mark.needs("xgettext")
def test_the_template_for_translators_holds_every_text():
    assert build.POT.read_text() == build.template(), "python integrations/woocommerce/build.py pot"


def test_the_zip_holds_what_is_shipped_and_nothing_else(tmp_path):
    with zipfile.ZipFile(build.write_zip(tmp_path)) as archive:
        names = archive.namelist()

    assert names == sorted(names)
    assert {
        "fsa-payments/fsa-payments.php",
        "fsa-payments/readme.txt",
        "fsa-payments/uninstall.php",
        "fsa-payments/languages/fsa-payments.pot",
    } <= set(names)
    assert [name for name in names if not name.startswith("fsa-payments/") or "test" in name.lower() or "/." in name] == []
    assert len(names) == sum(1 for file in build.PLUGIN.rglob("*") if file.is_file())


def test_the_same_files_make_the_same_zip(tmp_path):
    first, second = (build.write_zip(tmp_path / name) for name in ("a", "b"))

    assert first.name == f"fsa-payments-{build.version()}.zip"
    assert sha256(first.read_bytes()).digest() == sha256(second.read_bytes()).digest()
