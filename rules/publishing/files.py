"""Where rule files lie: a folder of this machine or a bucket, each file under its SHA-256, never changed (RULES_STORE).

What is read is hashed first, and the very bytes that were hashed are what rules are read from.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage

from rules.publishing.errors import RuleFileUnusable

LARGEST_BYTES: Final = 64_000_000  # a thousand rules with their examples are some two


class DurableFolder(FileSystemStorage):
    """A folder whose files appear whole and are on the disk when `save` returns. A name is its content's, so that a second writer writes the same."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: File[Any]) -> str:
        place = Path(self.path(name))
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as scratch, (Path(scratch) / "file").open("wb") as written:
            written.write(content.read())
            written.flush()
            os.fsync(written.fileno())
            os.replace(written.name, place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name


def rule_store() -> Storage:
    """The store that RULES_STORE names: empty for a folder of the data folder, a path, or `s3://bucket/prefix`."""
    return _store(settings.RULES_STORE, str(settings.DATA_DIR))


@lru_cache(maxsize=4)
def _store(place: str, data_dir: str) -> Storage:
    where = urlsplit(place)
    if where.scheme == "s3" and where.netloc:
        from storages.backends.s3 import S3Storage  # boto3 takes half a second to import: only who has a bucket pays

        return S3Storage(  # type: ignore[no-any-return]  # credentials and endpoint: boto3's own, from the environment or the machine's role
            bucket_name=where.netloc, location=where.path.strip("/"), default_acl=None, file_overwrite=True, querystring_auth=False,
            object_parameters={"ContentType": "application/json", "CacheControl": "immutable", "ChecksumAlgorithm": "SHA256"},
        )  # fmt: skip
    if where.scheme:
        raise ImproperlyConfigured(f"RULES_STORE is {place!r}: give a folder, or s3://bucket/prefix.")
    return DurableFolder(location=place or Path(data_dir) / "rules")


def keep(content: bytes) -> str:
    """Put a file into the store and return its SHA-256, read back and verified. Safe to repeat and beside itself.

    A file that is there stays as it is; one whose content is not what its name promises is replaced, and is never missing meanwhile.
    """
    sha256 = digest(content)
    if _is_whole(sha256):
        return sha256
    try:
        rule_store().save(name_of(sha256), ContentFile(content))
    except Exception as error:  # each store has errors of its own
        raise RuleFileUnusable(f"The rule store does not take the file ({type(error).__name__}: {error}).") from error
    read(sha256)
    return sha256


def read(sha256: str) -> bytes:
    """A file's content, checked against its name; raises RuleFileUnusable."""
    try:
        with rule_store().open(name_of(sha256)) as file:
            content: bytes = file.read(LARGEST_BYTES + 1)
    except Exception as error:  # each store has errors of its own, and all mean the same here
        raise RuleFileUnusable(f"Rule file {sha256[:12]}… cannot be read ({type(error).__name__}).") from error
    if digest(content) != sha256:
        raise RuleFileUnusable(f"Rule file {sha256[:12]}… was altered or is not whole: its SHA-256 is another.")
    return content


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def name_of(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}.json"


def _is_whole(sha256: str) -> bool:
    try:
        read(sha256)
    except RuleFileUnusable:
        return False
    return True
