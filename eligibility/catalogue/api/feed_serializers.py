"""What doors of feeds take and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api.fields import CleanChar, WholeNumber
from common.api.requests import RequestBody
from common.outgoing.urls import MAX_URL_LENGTH
from eligibility.models import CatalogueFeed, CatalogueFeedRun
from eligibility.models.feeds import EVERY_HOURS

FORMATS = [value for value in CatalogueFeed.Format.values if value]
RHYTHM = f"Every so many hours: {', '.join(map(str, EVERY_HOURS))}."
AT_HOUR = "An hour of the merchant's zone from which the others are counted; within its first ten minutes."


def check_rhythm(value: int) -> None:
    if value not in EVERY_HOURS:
        raise serializers.ValidationError(f"Give one of {', '.join(map(str, EVERY_HOURS))} hours.")


class FeedAuthRequest(RequestBody):
    """What the feed's server is told. Left out of a change, `secret` stays as it is."""

    kind = serializers.ChoiceField(CatalogueFeed.Auth.choices)
    name = CleanChar(max_length=120, required=False, allow_blank=True, help_text="User name, or name of the header.")
    secret = serializers.CharField(
        max_length=2_000, required=False, allow_blank=True, write_only=True, trim_whitespace=False, help_text="Never shown again."
    )


class FeedChange(RequestBody):
    """What of a feed shall change; what is left out stays."""

    name = CleanChar(max_length=80, required=False)
    url = CleanChar(max_length=MAX_URL_LENGTH, required=False, help_text="https://, public, on port 443 or 8443.")
    format = serializers.ChoiceField(FORMATS, required=False, allow_null=True, help_text="Null: found out.")
    columns = serializers.DictField(
        child=CleanChar(max_length=200),
        required=False,
        help_text="Which column is which, as for a file. Usual headings are known.",
    )
    every_hours = WholeNumber(required=False, validators=[check_rhythm], help_text=RHYTHM)
    at_hour = WholeNumber(min_value=0, max_value=23, required=False, help_text=AT_HOUR)
    switches_off_missing = serializers.BooleanField(
        required=False, help_text="Switch off products that the feed no longer names."
    )
    auth = FeedAuthRequest(required=False)
    state = serializers.ChoiceField(CatalogueFeed.State.choices, required=False)


class FeedRequest(FeedChange):
    """A feed to be fetched from now on."""

    name = CleanChar(max_length=80)
    url = CleanChar(max_length=MAX_URL_LENGTH, help_text="https://, public, on port 443 or 8443.")
    state = None  # type: ignore[assignment]  # a new one is on


class FeedAuthResponse(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(CatalogueFeed.Auth.choices)
    name = serializers.CharField()


class FeedRunResponse(serializers.Serializer[Any]):
    """One time that the feed was fetched."""

    id = serializers.CharField()
    state = serializers.ChoiceField(CatalogueFeedRun.State.choices)
    outcome = serializers.ChoiceField(CatalogueFeedRun.Outcome.choices, allow_null=True, help_text="Null while it is open.")
    cause = serializers.ChoiceField(CatalogueFeedRun.Cause.choices)
    message = serializers.CharField(help_text="What is to be said about it, for people.")
    http_status = serializers.IntegerField(allow_null=True)
    size_bytes = serializers.IntegerField(allow_null=True)
    job = serializers.CharField(
        allow_null=True, help_text="The file that was taken, as `GET /v1/eligibility/jobs/{id}` tells it."
    )
    rows_total = serializers.IntegerField(allow_null=True)
    rows_done = serializers.IntegerField(allow_null=True)
    rows_failed = serializers.IntegerField(allow_null=True)
    vanished_count = serializers.IntegerField(help_text="Products that the feed no longer names.")
    approved_by = serializers.CharField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class FeedRunPage(serializers.Serializer[Any]):
    data = FeedRunResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class FeedResponse(serializers.Serializer[Any]):
    """An address from which products are fetched by themselves."""

    id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField()
    format = serializers.ChoiceField(FORMATS, allow_null=True)
    columns = serializers.DictField(child=serializers.CharField())
    every_hours = serializers.IntegerField()
    at_hour = serializers.IntegerField()
    time_zone = serializers.CharField()
    switches_off_missing = serializers.BooleanField()
    auth = FeedAuthResponse()
    state = serializers.ChoiceField(CatalogueFeed.State.choices)
    paused_by = serializers.CharField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    failures_in_a_row = serializers.IntegerField()
    next_at = serializers.DateTimeField(allow_null=True, help_text="Null while it is paused.")
    last_success_at = serializers.DateTimeField(allow_null=True)
    last_run = FeedRunResponse(allow_null=True)
    created_at = serializers.DateTimeField()


class FeedPage(serializers.Serializer[Any]):
    data = FeedResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class FeedDeleted(serializers.Serializer[Any]):
    id = serializers.CharField()
    is_deleted = serializers.BooleanField()


def fields_said(asked: dict[str, Any]) -> dict[str, Any]:
    """The request's fields as services know them."""
    said = dict(asked)
    if "format" in said:
        said["format"] = said["format"] or ""
    if "auth" in said:
        said |= {f"auth_{name}": value for name, value in said.pop("auth").items()}
    return said


def render_run(run: CatalogueFeedRun) -> dict[str, Any]:
    job = run.job
    return {
        "id": run.public_id, "state": run.state, "outcome": run.outcome or None, "cause": run.cause, "message": run.words,
        "http_status": run.http_status, "size_bytes": run.size_bytes, "job": job.public_id if job else None,
        "rows_total": job.rows_total if job else None, "rows_done": job.rows_done if job else None,
        "rows_failed": job.rows_failed if job else None, "vanished_count": run.vanished_count,
        "approved_by": run.approved_by or None, "approved_at": run.approved_at, "created_at": run.created_at,
        "finished_at": run.finished_at,
    }  # fmt: skip


def render_feed(feed: CatalogueFeed, last_run: CatalogueFeedRun | None) -> dict[str, Any]:
    return {
        "id": feed.public_id, "name": feed.name, "url": feed.url, "format": feed.format or None, "columns": feed.columns,
        "every_hours": feed.every_hours, "at_hour": feed.at_hour, "time_zone": feed.merchant.time_zone,
        "switches_off_missing": feed.switches_off_missing, "auth": {"kind": feed.auth_kind, "name": feed.auth_name},
        "state": feed.state, "paused_by": feed.paused_by or None, "paused_at": feed.paused_at,
        "failures_in_a_row": feed.failures_in_a_row, "next_at": feed.next_at if feed.state == feed.State.ACTIVE else None,
        "last_success_at": feed.last_success_at, "last_run": render_run(last_run) if last_run else None, "created_at": feed.created_at,
    }  # fmt: skip
