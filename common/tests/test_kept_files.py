from __future__ import annotations

import pytest

from common.kept_files import safe_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.txt"), ("C:\\Users\\ann\\report.txt", "report.txt"), ("a\r\nSet-Cookie: x.txt", "a_Set-Cookie_ x.txt"),
        ("..", "evidence.txt"), ("", "evidence.txt"), ("x" * 500, "x" * 90 + ".txt"), ('"; rm -rf.txt', "rm -rf.txt"), ("\u202etxt.exe", "txt.txt"),
        (".htaccess", "htaccess.txt"),
    ],
)  # fmt: skip
def test_a_name_is_made_safe(given, kept):
    name = safe_name(given, "txt", otherwise="evidence", longest=90)

    assert name.replace("__", "_").replace("_ ", "_ ").lstrip("_ ") == kept or name == kept
    assert not set(name) & set('/\\:"\r\n\x00')
