"""Those who sell: their account, their people, their keys, and what we tell them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pgtrigger
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager

ACCEPTOR_ID, TERMINAL_ID = r"^[A-Za-z0-9-]{1,15}$", r"^[A-Za-z0-9]{8}$"


class Merchant(models.Model):
    """One business that sells through the platform."""

    class ShippingRule(models.TextChoices):
        PRO_RATA = "pro_rata", "eligible items carry their share"
        ALL_OR_NOTHING = "eligible_only_if_all_eligible", "only if every item is eligible"
        NEVER = "never", "never on a benefit card"

    class ThreeDSecure(models.TextChoices):
        OFF = "off", "never"
        ORDINARY = "ordinary", "for each ordinary card that is typed"

    public_id = public_id_field("mer")
    name = models.CharField(max_length=80, help_text="As shoppers know it.")
    legal_name = models.CharField(max_length=120, help_text="As it stands on receipts.")
    address = models.TextField(help_text="Postal address, one part a line; stands on receipts.")
    support_email = models.EmailField(blank=True)
    time_zone = models.CharField(max_length=40, default="America/New_York")
    mcc = models.CharField("merchant category code", max_length=4, validators=[RegexValidator(r"^\d{4}$", "Four digits.")])
    card_acceptor_id = models.CharField(
        max_length=15, unique=True, validators=[RegexValidator(ACCEPTOR_ID, "1 to 15 letters, digits or hyphens.")],
        help_text="ISO 8583 field 42.",
    )  # fmt: skip
    network_terminal_id = models.CharField(
        max_length=8, default="00000001", validators=[RegexValidator(TERMINAL_ID, "Exactly 8 letters or digits.")],
        help_text="ISO 8583 field 41.",
    )  # fmt: skip
    is_iias_certified = models.BooleanField("IIAS certified", default=False)
    is_ninety_percent = models.BooleanField("90% merchant", default=False)
    shipping_rule = models.CharField(max_length=40, choices=ShippingRule.choices, default=ShippingRule.PRO_RATA)
    minimum_charge_cents = models.PositiveIntegerField(
        default=50, db_default=50, help_text="The smallest amount that a card is asked for; the processor says which."
    )
    three_d_secure = models.CharField(
        "3-D Secure", max_length=10, choices=ThreeDSecure.choices, default=ThreeDSecure.OFF, db_default=ThreeDSecure.OFF,
        help_text="Whether the banks of ordinary cards are asked to authenticate their holders before a charge.",
    )  # fmt: skip
    letter_hold_days = models.PositiveSmallIntegerField(
        default=0, db_default=0, validators=[MaxValueValidator(30)],
        help_text="How long an order may wait for a letter of medical necessity while the benefit card holds the money; 0: it does not wait.",
    )  # fmt: skip
    embed_origins = models.JSONField(
        default=list, blank=True, help_text="Sites whose pages may show the hosted page in a frame; none by default."
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(mcc__regex=r"^\d{4}$"), name="merchant_mcc_is_four_digits"),
            models.CheckConstraint(condition=models.Q(card_acceptor_id__regex=ACCEPTOR_ID), name="merchant_acceptor_id_formed"),
            models.CheckConstraint(
                condition=models.Q(network_terminal_id__regex=TERMINAL_ID), name="merchant_terminal_id_formed"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Member(models.Model):
    """One person's role at one merchant, and where there it holds."""

    class Role(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        DEVELOPER = "developer"
        ACCOUNTANT = "accountant"
        VIEWER = "viewer"

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices)
    reach = models.JSONField(
        null=True, blank=True, editable=False, help_text="Empty: the whole chain. Else the regions and stores (public ids) to which it is limited."
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "user"], name="member_once"),
            models.CheckConstraint(
                name="member_owner_is_not_limited", condition=~models.Q(role="owner") | models.Q(reach__isnull=True)
            ),
            models.CheckConstraint(
                name="member_reach_formed",
                condition=models.Q(reach__isnull=True) | models.Q(reach__has_keys=["regions", "stores"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.role}"


class ApiKey(models.Model):
    """One key of a merchant. Only its SHA-256 is kept: 192 random bits need no slow hash."""

    class Kind(models.TextChoices):
        SECRET = "secret"
        PUBLISHABLE = "publishable"
        RESTRICTED = "restricted"

    public_id = public_id_field("key")
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="api_keys")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=60, blank=True)
    prefix = models.CharField(max_length=16, help_text="The readable start, such as sk_test_.")
    last4 = models.CharField(max_length=4)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=dict, blank=True, help_text="Of a restricted key: resource -> read or write.")
    allowed_networks = models.JSONField(default=list, blank=True, help_text="Whence it may be used; empty: from anywhere.")
    allowed_origins = models.JSONField(default=list, blank=True, help_text="Sites whose pages may use it; empty: any.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_from = models.CharField(
        max_length=43, blank=True, help_text="The neighbourhood of the address, such as 203.0.113.0/24."
    )
    rolled_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                name="key_scopes_are_of_restricted", condition=models.Q(kind="restricted") ^ models.Q(scopes={})
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…{self.last4}"

    @property
    def is_expired(self) -> bool:
        """Was it rolled, and is the overlap with its successor over?"""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None and not self.is_expired


class Event(models.Model):
    """One thing that happened to a merchant's objects, as webhooks will tell it. Written with the fact, never changed."""

    public_id = public_id_field("evt")
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="events")
    type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=40, db_index=True)
    data = models.JSONField(encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["merchant", "-id"], name="event_merchant_newest")]
        triggers: list[pgtrigger.Trigger] = [
            *append_only("event"),
            # By the database, so that no event is untold whoever wrote it, and in the same transaction.
            pgtrigger.Trigger(
                name="event_is_to_be_told",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="INSERT INTO merchants_untoldevent (event_id) VALUES (NEW.id); RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id}"


class UntoldEvent(models.Model):
    """An event whose deliveries have not been laid out yet. Made with the event, taken away with their making.

    A queue and not a mark of how far one came: events get their numbers in one order and become visible in another.
    """

    event = models.OneToOneField(Event, on_delete=models.CASCADE, primary_key=True, db_constraint=False, related_name="untold")
    objects = ScopedManager(merchant="event__merchant")

    def __str__(self) -> str:
        return str(self.event_id)


from merchants.branding.models import Brand  # noqa: E402, F401
from merchants.limits.models import Control, ControlChange  # noqa: E402, F401
from merchants.notes.models import MerchantNote  # noqa: E402, F401
from merchants.onboarding.models import (  # noqa: E402, F401
    Application,
    ApplicationCheck,
    ApplicationDocument,
    ApplicationMessage,
    ApplicationPerson,
)
from merchants.support.models import SupportAccess, SupportView  # noqa: E402, F401
from merchants.team.models import Invitation  # noqa: E402, F401  (its room is its own; Django looks here)
