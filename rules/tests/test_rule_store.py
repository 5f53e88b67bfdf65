"""The object store: a folder, or a bucket of S3, which moto stands in for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from moto import mock_aws

from rules.publishing import files
from rules.publishing.errors import RuleFileUnusable

CONTENT = b'{"format":1}'


@pytest.fixture
def bucket(monkeypatch, settings):
    for name, value in {"ACCESS_KEY_ID": "testing", "SECRET_ACCESS_KEY": "testing", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="snoops")
        settings.RULES_STORE = "s3://snoops/rules/live"
        files._store.cache_clear()
        yield client
    files._store.cache_clear()


@pytest.fixture(params=["folder", "bucket"])
def store(request, settings, tmp_path):
    """Damages a kept file."""
    if request.param == "bucket":
        client = request.getfixturevalue("bucket")
        return lambda sha256, content: client.put_object(Bucket="snoops", Key=f"rules/live/{files.name_of(sha256)}", Body=content)
    settings.RULES_STORE = str(tmp_path / "rules")
    return lambda sha256, content: (tmp_path / "rules" / files.name_of(sha256)).write_bytes(content)


def test_what_is_kept_is_read_back(store):
    sha256 = files.keep(CONTENT)

    assert sha256 == files.digest(CONTENT)
    assert files.read(sha256) == CONTENT


def test_keeping_it_again_and_at_once_is_one_file(store):
    with ThreadPoolExecutor(6) as pool:
        digests = set(pool.map(files.keep, [CONTENT] * 6))

    assert digests == {files.digest(CONTENT)}
    _, names = files.rule_store().listdir(files.digest(CONTENT)[:2])
    assert names == [f"{files.digest(CONTENT)}.json"]


def test_a_file_that_was_altered_is_not_read_and_is_written_anew(store):
    sha256 = files.keep(CONTENT)
    store(sha256, b'{"format":2}')

    with pytest.raises(RuleFileUnusable, match="altered"):
        files.read(sha256)
    files.keep(CONTENT)

    assert files.read(sha256) == CONTENT


def test_a_file_that_is_not_there_is_unusable(store):
    with pytest.raises(RuleFileUnusable, match="cannot be read"):
        files.read("0" * 64)


def test_a_bucket_that_is_gone_is_told_by_name(bucket, settings):
    settings.RULES_STORE = "s3://nowhere/rules"

    with pytest.raises(RuleFileUnusable, match="NoSuchBucket"):
        files.keep(CONTENT)


def test_in_a_bucket_a_file_lies_under_its_prefix_with_its_type(bucket):
    sha256 = files.keep(CONTENT)

    kept = bucket.get_object(Bucket="snoops", Key=f"rules/live/{files.name_of(sha256)}")
    assert (kept["Body"].read(), kept["ContentType"]) == (CONTENT, "application/json")


@pytest.mark.parametrize("place", ["s3://", "ftp://host/rules", "S3:bucket"])
def test_a_store_that_is_neither_folder_nor_bucket_is_refused(settings, place):
    settings.RULES_STORE = place

    with pytest.raises(ImproperlyConfigured):
        files.rule_store()
