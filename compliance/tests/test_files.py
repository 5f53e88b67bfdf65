"""What is kept as evidence, and what is not, judged by what a file holds."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from compliance.errors import EvidenceRefused, StepNotAllowed
from compliance.files import MAX_BYTES, checked
from compliance.models import Evidence
from compliance.services.evidence import add_evidence
from compliance.tests.conftest import staff

PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def png(width, height):
    return PNG_START + struct.pack(">II", width, height) + b"\x08\x02\x00\x00\x00"


def jpeg(width, height):
    return b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00\xff\xd9"


def archive(*members, flags=0):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    content = out.getvalue()
    if flags:  # the bit of each central entry that says: locked
        at = content.index(b"PK\x01\x02")
        content = content[: at + 8] + bytes([flags]) + content[at + 9 :]
    return content


@pytest.mark.parametrize(
    ("name", "content", "kept_as", "kind"),
    [
        ("shot.png", png(800, 600), "shot.png", "image/png"), ("x.exe", png(8, 6), "x.png", "image/png"), ("photo.jpeg", jpeg(800, 600), "photo.jpg", "image/jpeg"),
        ("report.pdf", b"%PDF-1.7 x", "report.pdf", "application/pdf"), ("list.csv", b"a,b\n1,2\n", "list.csv", "text/csv"),
        ("log.txt", "Grüße".encode(), "log.txt", "text/plain"), ("all.zip", archive(("a.txt", "x")), "all.zip", "application/zip"),
    ],
)  # fmt: skip
def test_a_file_is_kept_as_what_it_is(name, content, kept_as, kind):
    file = checked(name, content)

    assert (file.name, file.content_type) == (kept_as, kind)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b""), ("page.html", b"<script>1</script>"), ("picture.svg", b"<svg/>"), ("a.txt", b"\xff\xfe"), ("a.txt", b"a\x00b"), ("run.exe", b"MZ"),
        ("big.txt", b"x" * (MAX_BYTES + 1)), ("bomb.png", png(100_000, 100_000)), ("none.png", png(0, 5)), ("short.png", PNG_START),
        ("bomb.jpg", jpeg(65_000, 65_000)), ("short.jpg", b"\xff\xd8\xff\xe0"), ("loop.jpg", b"\xff\xd8\xff\xe0\x00\x00" * 5),
        ("bomb.zip", archive(("a.txt", b"0" * 20_000_000))), ("many.zip", archive(*((f"{n}.txt", "x") for n in range(501)))),
        ("slip.zip", archive(("../../etc/passwd", "x"))), ("root.zip", archive(("/etc/passwd", "x"))), ("drive.zip", archive(("C:\\x.txt", "x"))),
        ("nested.zip", archive(("inner.zip", "x"))), ("page.zip", archive(("x.html", "x"))), ("locked.zip", archive(("a.txt", "x"), flags=1)),
        ("broken.zip", b"PK\x03\x04 and nothing"),
    ],
)  # fmt: skip
def test_what_could_hurt_a_reader_is_not_kept(name, content):
    with pytest.raises(EvidenceRefused):
        checked(name, content)


@pytest.mark.django_db
def test_evidence_is_kept_with_its_digest_and_never_changed(finding, owner):
    kept = add_evidence(by=owner, finding=finding, name="log.txt", content=b"masked")

    assert (kept.size_bytes, kept.sha256) == (6, hashlib.sha256(b"masked").hexdigest())
    for change in (lambda: Evidence.objects.update(name="x"), lambda: Evidence.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    [
        "http://x.example/",
        "javascript:alert(1)",
        "https://a:b@x.example/",
        "https://",
        "https://x.example/\nx",
        "",
        "file:///etc/passwd",
    ],
)
def test_a_link_that_is_not_plain_https_is_refused(finding, owner, url):
    with pytest.raises(EvidenceRefused):
        add_evidence(by=owner, finding=finding, url=url)
    assert not Evidence.objects.exists()


@pytest.mark.django_db
def test_only_those_whose_affair_it_is_add_evidence(finding):
    with pytest.raises(StepNotAllowed):
        add_evidence(by=staff("somebody", "support"), finding=finding, name="log.txt", content=b"x")


@pytest.mark.django_db
def test_a_file_is_only_ever_downloaded_and_only_by_who_may_see_it(signed_in, finding, owner, auditor):
    kept = add_evidence(by=owner, finding=finding, name="log.txt", content=b"<script>1</script>")
    url = reverse("admin:compliance_evidence_file", args=[kept.public_id])

    for person in (owner, auditor):
        answer = signed_in(person).get(url)
        assert answer.content == b"<script>1</script>"
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"] == 'attachment; filename="log.txt"'
        assert "sandbox" in answer["Content-Security-Policy"]
    assert signed_in(staff("somebody", "support")).get(url).status_code == 404
