"""What people are told: in the bell, by e-mail, at once or gathered. Rows hold ids; words are found when they are shown."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import PUBLIC_ID_LENGTH, public_id_field
from notices.topics import AT_ONCE, DAILY, OFF, WEEKLY

EMAIL_MODES = [(AT_ONCE, "at once"), (DAILY, "once a day"), (WEEKLY, "once a week"), (OFF, "never")]


class Letter(models.Model):
    """One e-mail to one person, written with what it tells of and sent afterwards. It knows no address: that is opened to send."""

    class Kind(models.TextChoices):
        SINGLE = "single"
        DAILY = "daily"
        WEEKLY = "weekly"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENDING = "sending", "being sent"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"
        DROPPED = "dropped", "not sent"

    public_id = public_id_field("ltr")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.SINGLE)
    topic = models.CharField(max_length=40, blank=True, help_text="Of a single letter.")
    is_urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    next_attempt_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, help_text="Until then whoever sends it is taken to be alive.")
    attempts = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True, help_text="The mail server's number, or our word. Never its text.")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index("next_attempt_at", name="letter_due", condition=Q(state="waiting")),
            models.Index("leased_until", name="letter_leased", condition=Q(state="sending")),
        ]
        constraints = [
            models.CheckConstraint(name="letter_sent_has_a_time", condition=Q(sent_at__isnull=False) | ~Q(state="sent")),
            models.CheckConstraint(name="letter_sending_has_a_lease", condition=Q(leased_until__isnull=False) | ~Q(state="sending")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.public_id)


class Notice(models.Model):
    """One thing that one person is told. Told again within its topic's window, it is the same row with a higher count."""

    public_id = public_id_field("ntc")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    topic = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, help_text="What it is about: a public id, or a short name.")
    merchant_public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, blank=True)
    template = models.CharField(max_length=60)
    context = models.JSONField(default=dict, help_text="Ids and numbers; nothing personal.")
    window_at = models.DateTimeField(help_text="Start of the span within which repeats are counted here.")
    count = models.PositiveIntegerField(default=1)
    email_mode = models.CharField(max_length=8, choices=EMAIL_MODES, help_text="As the person had chosen when it was written.")
    letter = models.ForeignKey(Letter, on_delete=models.SET_NULL, null=True, related_name="notices")
    is_shown = models.BooleanField(default=True, help_text="Stands in the bell; else it goes by e-mail alone.")
    created_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "topic", "subject", "window_at"], name="notice_once_a_window")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_newest"),
            models.Index("user", name="notice_unread", condition=Q(read_at=None, is_shown=True)),
            models.Index("email_mode", "created_at", name="notice_to_gather", condition=Q(letter=None, email_mode__in=[DAILY, WEEKLY])),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.topic} {self.subject}"


class Preference(models.Model):
    """How one person wants to hear of one topic. Without a row, the topic's own way holds."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preferences")
    topic = models.CharField(max_length=40)
    in_app = models.BooleanField(default=True)
    email = models.CharField(max_length=8, choices=EMAIL_MODES)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "topic"], name="preference_once"),
            models.CheckConstraint(name="preference_email_known", condition=Q(email__in=[mode for mode, _ in EMAIL_MODES])),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.topic}"


class Recipient(models.Model):
    """When one person may be written to, and whether their address takes letters. Made when first needed."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recipient", primary_key=True)
    time_zone = models.CharField(max_length=40, blank=True, help_text="Empty: that of their first merchant.")
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    digest_hour = models.PositiveSmallIntegerField(default=8)
    bouncing_since = models.DateTimeField(null=True)
    bouncing_code = models.CharField(max_length=40, blank=True)
    bouncing_mark = models.CharField(max_length=64, blank=True, help_text="Keyed fingerprint of the address that bounced.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="quiet_hours_have_two_ends", condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False)
            ),
            models.CheckConstraint(name="digest_hour_of_a_day", condition=Q(digest_hour__lte=23)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.user_id)


class KnownDevice(models.Model):
    """A browser and network from which a person has signed in, as a keyed fingerprint: what it was cannot be read back."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="known_devices")
    fingerprint = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "fingerprint"], name="device_once")]

    def __str__(self) -> str:
        return self.fingerprint[:8]


class Bookmark(models.Model):
    """How far a reader of the audit trail has come. One row for each reader."""

    reader = models.CharField(max_length=40, primary_key=True)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.reader} {self.position}"
