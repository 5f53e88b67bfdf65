"""A file in a request: its body, or a part of a form, read as it streams and never whole in memory."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from rest_framework.request import Request

from eligibility.catalogue.errors import UploadEmpty, UploadOptionInvalid, UploadTooLarge
from eligibility.catalogue.jobs.reading import Options

IN_MEMORY: Final = 2_000_000
BLOCK: Final = 256 * 1024
SAID: Final = ("format", "encoding", "delimiter", "columns", "dry_run")
YES_NO: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}


@dataclass(slots=True)
class Upload:
    """The file, what was said about it, and a fingerprint of both."""

    file: IO[bytes]
    options: Options
    columns: dict[str, str]
    is_dry_run: bool
    digest: bytes


def received(request: Request) -> Upload:
    """The file of this request; a second call gives the same. Raises UploadEmpty, UploadTooLarge, UploadOptionInvalid."""
    http = request._request
    known: Upload | None = getattr(http, "_upload", None)
    if known is None:
        known = _receive(http)
        http._upload = known  # type: ignore[attr-defined]
    known.file.seek(0)
    return known


def _receive(http: HttpRequest) -> Upload:
    is_form = http.content_type == "multipart/form-data"
    if is_form:
        try:
            sent = http.FILES.get("file")
        except ValueError as error:  # what Django says of a broken form in some places
            raise BadRequest("The form cannot be read.") from error
        if sent is None:
            raise UploadEmpty("The form has no part named “file”.", param="file")
        said = {name: str(http.POST.get(name, http.GET.get(name, ""))) for name in SAID}
        source: Any = sent
        filename, kind = sent.name or "", sent.content_type or ""
    else:
        said = {name: http.GET.get(name, "") for name in SAID}
        source = http
        filename, kind = http.GET.get("filename", ""), http.content_type or ""
    file, digest = _spooled(source)
    options = Options(
        format=said["format"], encoding=said["encoding"], delimiter=said["delimiter"], filename=filename, content_type=kind
    )
    if said["dry_run"].lower() not in YES_NO:
        raise UploadOptionInvalid("Say true or false.", param="dry_run")
    digest.update(json.dumps([said, filename]).encode())
    return Upload(file, options, columns_said(said["columns"]), YES_NO[said["dry_run"].lower()], digest.digest())


def _spooled(source: Any) -> tuple[IO[bytes], Any]:
    """A copy of what can be read from a request or a part of a form, and its digest."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # read after this; closed with its last reference
    digest, size = hashlib.sha256(), 0
    while block := source.read(BLOCK):
        size += len(block)
        if size > settings.UPLOAD_MAX_BYTES:
            raise UploadTooLarge(
                f"The file has more than {settings.UPLOAD_MAX_BYTES:,} bytes: divide it, or compress it with gzip."
            )
        digest.update(block)
        file.write(block)
    return file, digest


def columns_said(written: str) -> dict[str, str]:
    """`{"title": "Product name"}`: our field -> column of the file. Raises UploadOptionInvalid."""
    if not written.strip():
        return {}
    try:
        said = json.loads(written)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise UploadOptionInvalid(
            'Write `columns` as a JSON object of our field and your column, such as {"title": "Product name"}.', param="columns"
        )
    return said
