"""A merchant's colour and logo: what is taken, what is refused, and that nothing of a file but its picture is ever shown."""

from __future__ import annotations

import struct
import zlib

import pytest
from django.test import Client

from merchants.branding.colours import contrast_with_white, read_colour, readable
from merchants.branding.logos import MAX_BYTES, redrawn
from merchants.branding.selectors import looks_of
from merchants.branding.services import set_brand
from merchants.errors import ColourRefused, LogoRefused
from vault.models import AuditEntry

pytestmark = pytest.mark.django_db


def png(width: int, height: int, *, text: bytes = b"") -> bytes:
    """A red image, with a comment where `text` is given."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xc0\x10\x10" * width for _ in range(height))
    comment = chunk(b"tEXt", b"Comment\0" + text) if text else b""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + comment + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_logo_is_drawn_anew_to_fit_its_box_and_loses_all_else():
    logo = redrawn(png(960, 160, text=b"<script>alert(1)</script>"))

    assert (logo.width, logo.height) == (240, 40)
    assert struct.unpack(">II", logo.png[16:24]) == (480, 80)
    assert b"script" not in logo.png


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not empty"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * MAX_BYTES, "at most 1 MB"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "SVG is not taken"),
        (b"GIF89a" + b"0" * 40, "PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\njunk", "cannot be read"),
        (png(40, 40)[:-30], "cannot be read"),
        (png(4097, 16), "at most 4096"),
        (png(20, 8), "too small"),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + b"0" * 20, "65535 × 65535"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff", "at most 4096"),
    ],
)
def test_what_is_no_small_picture_is_refused_with_what_would_mend_it(acme, content, words):
    with pytest.raises(LogoRefused, match=words):
        set_brand(merchant=acme, colour="", logo=content)

    assert not looks_of(acme).has_logo


def test_a_colour_that_white_can_be_read_on_stays_and_a_lighter_one_is_darkened():
    assert readable("#1d4ed8") == "#1d4ed8"
    for light in ("#ffcc00", "#ffffff", "#7fd1ae"):
        assert contrast_with_white(readable(light)) >= 4.5


def test_colours_are_read_as_people_write_them():
    assert [read_colour(text) for text in ("#1D4ED8", "1d4ed8", "#14d", "red", "#12345", "url(x)")] == [
        "#1d4ed8", "#1d4ed8", "#1144dd", None, None, None,
    ]  # fmt: skip


def test_setting_the_brand_is_written_down_and_versioned_by_its_content(acme, globex):
    first = set_brand(merchant=acme, colour="#ffcc00", logo=png(100, 50))
    again = set_brand(merchant=acme, colour="#ffcc00")
    without = set_brand(merchant=acme, colour="#ffcc00", drops_logo=True)

    assert first.darkened_from == "#ffcc00"
    assert first.brand.version == again.brand.version != without.brand.version
    assert looks_of(globex).version == ""
    assert AuditEntry.objects.filter(action="merchant.brand_changed").count() == 3


def test_a_word_that_is_no_colour_changes_nothing(acme):
    set_brand(merchant=acme, colour="#1d4ed8")

    with pytest.raises(ColourRefused):
        set_brand(merchant=acme, colour="javascript:")

    assert looks_of(acme).colour == "#1d4ed8"


def test_style_sheet_and_image_are_kept_by_browsers_under_their_version_alone(acme):
    version = set_brand(merchant=acme, colour="#123456", logo=png(100, 50)).brand.version

    css = Client().get(f"/looks/{acme.public_id}/{version}.css")
    logo = Client().get(f"/looks/{acme.public_id}/{version}.png")

    assert css.content == b":root { --brand: #123456; --on-brand: #ffffff; }\n"
    assert (logo.headers["Content-Type"], logo.content[:4]) == ("image/png", b"\x89PNG")
    assert css.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert Client().get(f"/looks/{acme.public_id}/0000000000000000.css").status_code == 404
