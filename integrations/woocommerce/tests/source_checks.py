"""Habits that get a plugin hacked or refused, found by reading its lines. Each has an example that must be found and one that must not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

# What makes text safe to show, or is safe by itself.
ESCAPES = re.compile(
    r"\b(esc_\w+|wp_kses\w*|wp_json_encode|wc_price|absint|intval|wp_nonce_field|checked|selected|disabled|paginate_links)\s*\(|\(int\)"
)
SANITISES = re.compile(
    r"\b(sanitize_\w+|absint|intval|wc_clean|isset|empty|wp_verify_nonce|check_\w+_referer|array_map|is_array)\s*\(|\(int\)|\(array\)"
)
NONCE = re.compile(r"check_ajax_referer|check_admin_referer|wp_verify_nonce|NonceVerification")
TRANSLATES = re.compile(r"\b(?:__|_e|_x|_ex|_n|_nx|esc_html__|esc_html_e|esc_html_x|esc_attr__|esc_attr_e|esc_attr_x|_n_noop)\(")
EXCUSED = "phpcs:"  # with its reason, as WordPress's own checker reads it


@dataclass(frozen=True, slots=True)
class Fault:
    rule: str
    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    finds: Callable[[str, str], bool]
    """(line, the whole file) -> is this line at fault"""
    bad: str
    good: str


def _echoes_bare(line: str, _: str) -> bool:
    found = re.match(r"\s*(?:echo|print)\b(.*)", line)
    if not found:
        return False
    said = re.sub(r"'(?:\\.|[^'\\])*'", "", found.group(1))  # literal text
    return "$" in said and not ESCAPES.search(said)


def _reads_post_without_nonce(line: str, whole: str) -> bool:
    return "$_POST" in line and not NONCE.search(whole)


def _reads_raw(line: str, _: str) -> bool:
    return bool(re.search(r"\$_(POST|GET|REQUEST|COOKIE)\[", line)) and not SANITISES.search(line)


def _meta_of_orders(line: str, _: str) -> bool:
    return bool(re.search(r"\b(get|update|add|delete)_post_meta\s*\(\s*\$(order|refund|this->order)\w*", line))


def _another_domain(line: str, _: str) -> bool:
    """Every call names the text domain, on its own line: calls that span lines are not written here."""
    return len(TRANSLATES.findall(line)) > line.count("'fsa-payments'")


RULES = [
    Rule("echo without escaping", _echoes_bare, "echo '<b>' . $title . '</b>';", "echo '<b>' . esc_html( $title ) . '</b>';"),
    Rule("$_POST without a nonce", _reads_post_without_nonce, "$a = absint( $_POST['a'] );", "check_ajax_referer( 'x' ); $a = absint( $_POST['a'] );"),
    Rule("request read raw", _reads_raw, "$a = $_GET['a'];", "$a = sanitize_text_field( wp_unslash( $_GET['a'] ) );"),
    Rule("post meta of an order", _meta_of_orders, "get_post_meta( $order_id, '_x', true );", "$order->get_meta( '_x' );"),
    Rule("text domain", _another_domain, "__( 'Paid', 'woocommerce' );", "__( 'Paid', 'fsa-payments' );"),
    Rule("short tag", lambda line, _: bool(re.search(r"<\?(?!php|xml|=)", line)), "<? echo 1;", "<?php echo 1;"),
    Rule("debug output", lambda line, _: bool(re.search(r"\b(var_dump|print_r|error_log|var_export)\s*\(", line)), "var_dump( $a );", "Log::info( 'a' );"),
    Rule("code from text", lambda line, _: bool(re.search(r"\b(eval|create_function|assert|unserialize)\s*\(", line)), "eval( $a );", "evaluate( $a );"),
]  # fmt: skip


def faults_in(name: str, source: str) -> Iterator[Fault]:
    lines = source.splitlines()
    for number, line in enumerate(lines, 1):
        above = lines[number - 2] if number > 1 else ""
        if line.lstrip().startswith(("*", "//", "/*")) or EXCUSED in line or (EXCUSED in above and "ignore" in above):
            continue
        for rule in RULES:
            if rule.finds(line, source) and not _is_within_excuse(lines, number):
                yield Fault(rule.name, name, number, line.strip()[:120])


def _is_within_excuse(lines: list[str], number: int) -> bool:
    for line in reversed(lines[: number - 1]):
        if "phpcs:enable" in line:
            return False
        if "phpcs:disable" in line:
            return True
    return False


def faults(folder: Path) -> list[Fault]:
    found: list[Fault] = []
    for file in sorted(folder.rglob("*.php")):
        found += faults_in(str(file.relative_to(folder)), file.read_text())
    return found
