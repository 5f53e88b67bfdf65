"""Support sees what a merchant was told, and what its server answered; nobody changes it here."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import ReadOnlyAdmin, Related, in_pairs, recent_filter, word_filter
from common.admin_cells import (
    badge,
    badge_column,
    column,
    copyable,
    id_column,
    link_column,
    list_links,
    list_url,
    time_column,
    when,
)
from webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint

ENDPOINT_WORDS = {"enabled": ("On", "good"), "paused": ("Paused", "warn"), "disabled": ("Off", "fault")}
DELIVERY_WORDS = {
    "waiting": ("Waiting", "warn"), "delivered": ("Delivered", "good"), "failed": ("Given up", "fault"), "cancelled": ("Not sent", "silent"),
}  # fmt: skip
NEWEST = 20


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    list_display = ("address", "merchant", "state_badge", "failing", "last_success")
    list_filter = (word_filter("state", "state", ENDPOINT_WORDS), ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant",)
    list_title = "Webhook endpoints"
    search_fields = ("url__icontains", "public_id__exact", "merchant__name__icontains")
    search_help_text = "Address, we_… id or merchant"
    empty_hint = "No endpoint yet: a merchant adds one in its portal, under Webhooks."
    ordering = ("-pk",)
    fields = (
        *in_pairs("address", "merchant_link", "id_text", "description", "state_badge", "reason", "listens", "api_version", "failing",
                  "failures_in_a_row", "throttled", "last_success", "created", "deleted"),
        "onward",
    )  # fmt: skip
    address = column("url", "address", copyable)
    state_badge = badge_column("state", "state", ENDPOINT_WORDS)
    merchant_link = link_column("merchant", "merchant")
    id_text = id_column("public_id")
    failing = time_column("failing_since", "failing since")
    throttled = time_column("throttled_until", "wants quiet until")
    last_success = time_column("last_success_at", "last success")
    created = time_column("created_at", "made")
    deleted = time_column("deleted_at", "deleted")

    @admin.display(description="why")
    def reason(self, endpoint: WebhookEndpoint) -> str:
        return WebhookEndpoint.Reason(endpoint.state_reason).label if endpoint.state_reason else ""

    @admin.display(description="listens to")
    def listens(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(endpoint.event_types) or "everything"

    @admin.display(description="go to")
    def onward(self, endpoint: WebhookEndpoint) -> str:
        return list_links(("Deliveries", list_url("webhooks.WebhookDelivery", endpoint__id__exact=endpoint.pk)))

    def related(self, request: HttpRequest, row: WebhookEndpoint) -> list[Related]:
        newest = row.deliveries.select_related("event").order_by("-pk")[:NEWEST]
        return [
            Related(
                "Newest deliveries", ("Event", "State", "#Attempts", "Last answer", "When"), empty="Nothing was to be told yet.",
                rows=[(d.event.type, state_of(d), d.attempts_count, d.last_status or d.last_error, when(d.created_at)) for d in newest],
                more_url=list_url("webhooks.WebhookDelivery", endpoint__id__exact=row.pk),
            )
        ]  # fmt: skip


def state_of(delivery: WebhookDelivery) -> SafeString:
    return badge(*DELIVERY_WORDS[delivery.state])


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("type", "endpoint", "state_badge", "attempts_count", "last_answer", "made")
    list_filter = (word_filter("state", "state", DELIVERY_WORDS), recent_filter("created_at", "made"))
    list_select_related = ("endpoint", "event")
    list_title = "Webhook deliveries"
    search_fields = ("public_id__exact", "event__public_id__exact", "event__object_id__exact", "endpoint__public_id__exact")
    search_help_text = "Id of delivery, event, endpoint, sale or payment"
    empty_hint = "No delivery yet: each is made when something happens that an endpoint listens to."
    ordering = ("-pk",)
    fields = in_pairs(
        "type",
        "event_link",
        "endpoint_link",
        "id_text",
        "state_badge",
        "attempts_count",
        "last_answer",
        "next_one",
        "delivered",
        "made",
    )
    state_badge = badge_column("state", "state", DELIVERY_WORDS)
    event_link = link_column("event", "event")
    endpoint_link = link_column("endpoint", "endpoint")
    id_text = id_column("public_id")
    next_one = time_column("next_attempt_at", "next attempt")
    delivered = time_column("delivered_at", "delivered")
    made = time_column("created_at", "made", ordering="id")

    @admin.display(description="event")
    def type(self, delivery: WebhookDelivery) -> str:
        return delivery.event.type

    @admin.display(description="last answer")
    def last_answer(self, delivery: WebhookDelivery) -> str:
        return str(delivery.last_status or delivery.last_error)

    def related(self, request: HttpRequest, row: WebhookDelivery) -> list[Related]:
        return [
            Related(
                "Attempts", ("#No.", "When", "Answer", "#Took", "What came back"), empty="Not tried yet.",
                rows=[(a.number, when(a.at), answer_of(a), f"{a.duration_ms} ms", a.response_excerpt) for a in row.attempts.all()],
            )
        ]  # fmt: skip


def answer_of(attempt: WebhookAttempt) -> SafeString:
    return badge(str(attempt.status or attempt.error), "fault" if attempt.error else "good")
