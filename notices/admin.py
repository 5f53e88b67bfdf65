"""Letters on their way, and addresses that take none. What they say stays between the platform and its reader."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from common.admin import ReadOnlyAdmin, in_pairs, recent_filter, word_filter
from common.admin_cells import badge, badge_column, column, id_column, link_column, time_column
from notices.models import Letter, Recipient
from notices.selectors import topic_title

STATE_WORDS = {
    "waiting": ("Waiting", "info"), "sending": ("Being sent", "info"), "sent": ("Sent", "good"), "failed": ("Failed", "fault"),
    "dropped": ("Not sent", "warn"),
}  # fmt: skip
CODE_WORDS = {
    "no_connection": "no connection to the mail server", "cut_off": "cut off in the middle", "no_address": "the person has no address",
    "bad_address": "that is no address", "bouncing": "the address refused letters before", "switched_off": "the person may not sign in",
    "bad_header": "a header would have been broken",
}  # fmt: skip


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "person", "about", "state_badge", "attempts", "why", "created", "sent")
    list_filter = (word_filter("state", "state", STATE_WORDS), "kind", recent_filter("created_at", "written"))
    list_select_related = ("user",)
    list_title = "Letters"
    search_fields = ("public_id__exact", "user__username__icontains", "user__public_id__exact")
    search_help_text = "ltr_… id or person"
    empty_hint = "No letter yet: each is written when somebody is to be told by e-mail."
    ordering = ("-pk",)
    actions = ("send_again",)
    fields = in_pairs("id_text", "person_link", "about", "state_badge", "attempts", "why", "created", "next_try", "sent")
    id_text = id_column("public_id")
    person = column("user.username", "person", str)
    person_link = link_column("user", "person")
    state_badge = badge_column("state", "state", STATE_WORDS)
    created = time_column("created_at", "written", ordering="id")
    next_try = time_column("next_attempt_at", "next try")
    sent = time_column("sent_at", "sent")
    why = column("error_code", "mail server’s answer", lambda code: CODE_WORDS.get(code, code))

    @admin.display(description="about")
    def about(self, letter: Letter) -> str:
        return topic_title(letter.topic) if letter.topic else f"{letter.get_kind_display()} digest".capitalize()

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    @admin.action(description="Send again what failed", permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Letter]) -> None:
        count = queryset.filter(state=Letter.State.FAILED).update(
            state=Letter.State.WAITING, attempts=0, error_code="", next_attempt_at=timezone.now()
        )
        messages.success(request, f"{count} letter{'s' * (count != 1)} will be tried again.")


@admin.register(Recipient)
class RecipientAdmin(ReadOnlyAdmin):
    """Where letters do not arrive, and why."""

    list_display = ("person", "state", "bouncing_code", "since", "zone")
    list_filter = (recent_filter("bouncing_since", "refused", "refused"),)
    list_select_related = ("user",)
    list_title = "Readers of letters"
    search_fields = ("user__username__icontains", "user__public_id__exact")
    search_help_text = "Person"
    empty_hint = "Nobody has said how to be written to, and no address has refused a letter."
    ordering = ("-bouncing_since",)
    fields = in_pairs("person_link", "state", "bouncing_code", "since", "zone", "quiet_from", "quiet_until", "digest_hour")
    person = column("user.username", "person", str)
    person_link = link_column("user", "person")
    since = time_column("bouncing_since", "refused since")

    @admin.display(description="address")
    def state(self, recipient: Recipient) -> SafeString:
        return badge("Refuses letters", "fault") if recipient.bouncing_since else badge("Takes letters", "good")

    @admin.display(description="zone")
    def zone(self, recipient: Recipient) -> str:
        return recipient.time_zone or "as their merchant"
