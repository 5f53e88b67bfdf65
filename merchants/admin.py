"""Merchants, their people, their keys, and what they were told."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import ReadOnlyAdmin, Related, SuperuserAdmin, in_pairs, recent_filter, state_filter
from common.admin_cells import (  # fmt: skip
    NOTHING,
    as_json,
    badge,
    badge_column,
    column,
    copyable,
    id_column,
    id_link,
    link_column,
    list_links,
    list_url,
    row_link,
    time_column,
    when,
)
from merchants.keys.services import revoke_api_key
from merchants.models import ApiKey, Event, Member, Merchant
from merchants.services import open_merchant
from merchants.team.reach import reach_words
from people.models import User, email_index
from people.staff_sections import sections_of

ONWARD = (
    ("Sales", "checkout.CheckoutSession"), ("Payments", "checkout.Payment"), ("Products", "eligibility.Product"),
    ("Reviews waiting", "eligibility.ReviewRequest"), ("Ledger accounts", "ledger.Account"), ("Ledger entries", "ledger.Entry"),
    ("Shoppers", "shoppers.Shopper"), ("Events", "merchants.Event"),
)  # fmt: skip
ACTIVE_WORDS = {True: ("Active", "good"), False: ("Switched off", "fault")}
KIND_WORDS = {
    ApiKey.Kind.SECRET: ("Secret", "warn"), ApiKey.Kind.RESTRICTED: ("Restricted", "info"), ApiKey.Kind.PUBLISHABLE: ("Publishable", "silent"),
}  # fmt: skip


def key_badge(key: ApiKey) -> SafeString:
    if key.revoked_at:
        return badge("Revoked", "fault")
    return badge("Expired", "silent") if key.is_expired else badge("Active", "good")


def _may_view(user: User, label: str) -> bool:
    app, model = label.lower().split(".")
    return user.has_perm(f"{app}.view_{model}") or user.has_perm(f"{app}.change_{model}")


def _over() -> Q:
    return Q(expires_at__isnull=False, expires_at__lte=timezone.now())


@admin.register(Merchant)
class MerchantAdmin(SuperuserAdmin):
    """Support looks; superusers change: the category code and the certifications decide what a benefit card may pay."""

    list_display = ("name", "mcc", "state", "certification", "legal_name", "created")
    list_filter = ("is_active", "is_iias_certified", "is_ninety_percent")
    search_fields = (
        "name__icontains",
        "legal_name__icontains",
        "public_id__exact",
        "card_acceptor_id__exact",
        "support_email__iexact",
    )
    search_help_text = "Name, mer_… id, card acceptor id, support e-mail"
    ordering = ("name",)
    readonly_fields = ("id_text", "created", "onward")
    fieldsets = (
        (None, {"fields": in_pairs("name", "legal_name", "id_text", "is_active", "created", "onward")}),
        ("On receipts and in talks", {"fields": in_pairs("address", "support_email", "time_zone")}),
        (
            "What benefit cards may pay",
            {"fields": in_pairs("mcc", "is_iias_certified", "is_ninety_percent", "shipping_rule", "letter_hold_days")},
        ),
        ("Card network", {"fields": ("card_acceptor_id", "network_terminal_id")}),
    )
    state = badge_column("is_active", "state", ACTIVE_WORDS)
    id_text = id_column("public_id")
    created = time_column("created_at", "since")

    @admin.display(description="certification")
    def certification(self, merchant: Merchant) -> str:
        marks = [
            word for word, holds in (("IIAS", merchant.is_iias_certified), ("90% rule", merchant.is_ninety_percent)) if holds
        ]
        return ", ".join(marks) or "none"

    def save_model(self, request: HttpRequest, obj: Merchant, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            open_merchant(merchant=obj)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """With the links onward that this person may follow: a display of a row knows no request."""
        merchant = super().get_object(request, object_id, from_field)
        if merchant is not None:
            merchant.links_onward = list_links(*self._onward(request, merchant))
        return merchant

    @admin.display(description="go to")
    def onward(self, merchant: Any) -> str:
        return str(getattr(merchant, "links_onward", NOTHING))

    def _onward(self, request: HttpRequest, merchant: Merchant) -> list[tuple[str, str]]:
        assert isinstance(request.user, User)
        mine = {"merchant__id__exact": merchant.pk}
        has_file = "merchants" in sections_of(request.user)
        file = [("File", reverse("staff:merchant", args=[merchant.public_id]))] if has_file else []
        return [*file, *((text, list_url(label, **mine)) for text, label in ONWARD if _may_view(request.user, label))]

    def related(self, request: HttpRequest, row: Merchant) -> list[Related]:
        """Whoever may not open the list of people or of keys does not see them here either."""
        tables = {"merchants.view_member": self._people, "merchants.view_apikey": self._keys}
        return [table(row) for permission, table in tables.items() if request.user.has_perm(permission)]

    def _people(self, row: Merchant) -> Related:
        members = row.members.select_related("user").order_by("pk")
        return Related(
            "People", ("Person", "E-mail", "Role", "Since"), empty="Nobody may sign in for this merchant yet.",
            rows=[(row_link(m.user), m.user.email, m.get_role_display(), when(m.created_at)) for m in members],
        )  # fmt: skip

    def _keys(self, row: Merchant) -> Related:
        return Related(
            "API keys", ("Key", "Kind", "Name", "State", "Last used"), empty="No key yet: the merchant makes one in its portal.",
            rows=[(row_link(k), k.get_kind_display(), k.name, key_badge(k), when(k.last_used_at)) for k in row.api_keys.all()],
        )  # fmt: skip


@admin.register(Member)
class MemberAdmin(SuperuserAdmin):
    list_display = ("person", "email", "merchant", "role", "since")
    list_filter = (("merchant", AutocompleteSelectFilter), "role")
    list_select_related = ("merchant", "user")
    list_title = "Merchant members"
    search_fields = ("user__username__icontains", "user__email_index__exact", "merchant__name__icontains")
    search_help_text = "Username, whole e-mail address or merchant"
    autocomplete_fields = ("merchant", "user")
    ordering = ("merchant__name", "pk")
    fields = ("merchant", "user", "role", "works_in", "since")
    readonly_fields = ("works_in", "since")
    since = time_column("created_at", "since")

    @admin.display(description="works in")
    def works_in(self, member: Member) -> str:
        return reach_words(member.reach)

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        obj.reach = None if obj.role == Member.Role.OWNER else obj.reach  # an owner is limited no more
        super().save_model(request, obj, form, change)

    @admin.display(description="person", ordering="user__username")
    def person(self, member: Member) -> str:
        return member.user.get_full_name() or member.user.get_username()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        whole = search_term.strip()
        found: tuple[QuerySet[Any], bool] = super().get_search_results(
            request, queryset, email_index(whole) or "" if "@" in whole else whole
        )
        return found

    @admin.display(description="e-mail")
    def email(self, member: Member) -> str:
        return str(member.user.email)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys are known by their ends alone; the rest is nowhere. A key that leaked can be revoked here."""

    list_display = ("key", "merchant", "kind_badge", "name", "state", "last_used", "created")
    list_filter = (
        state_filter("state", "state", {
            "active": ("Active", lambda: Q(revoked_at=None) & ~_over()), "expired": ("Expired", lambda: Q(revoked_at=None) & _over()),
            "revoked": ("Revoked", lambda: ~Q(revoked_at=None)),
        }),
        "kind", ("merchant", AutocompleteSelectFilter),
    )  # fmt: skip
    list_select_related = ("merchant",)
    list_title = "API keys"
    search_fields = ("last4__exact", "public_id__exact", "merchant__name__icontains", "name__icontains")
    search_help_text = "Last four characters, merchant or name"
    ordering = ("-pk",)
    actions = ("revoke",)
    fields = (
        *in_pairs("key", "kind_badge", "name", "merchant_link", "id_text", "state", "created", "created_by", "last_used", "last_used_from"),
        *in_pairs("expires", "revoked"), "permissions", "networks", "sites",
    )  # fmt: skip
    permissions = column(
        "scopes",
        "permissions",
        lambda scopes: ", ".join(f"{name}: {level}" for name, level in scopes.items()) or "all of its kind",
    )
    networks = column("allowed_networks", "allowed addresses", lambda entries: ", ".join(entries) or "any")
    sites = column("allowed_origins", "allowed sites", lambda entries: ", ".join(entries) or "any")
    expires = time_column("expires_at", "works until")
    kind_badge = badge_column("kind", "kind", KIND_WORDS)
    id_text = id_column("public_id")
    merchant_link = link_column("merchant", "merchant")
    created = time_column("created_at", "made")
    last_used = time_column("last_used_at", "last used")
    revoked = time_column("revoked_at", "revoked")

    @admin.display(description="key")
    def key(self, key: ApiKey) -> SafeString:
        return copyable(str(key))

    @admin.display(description="state", ordering="revoked_at")
    def state(self, key: ApiKey) -> SafeString:
        return key_badge(key)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("merchants.change_apikey")

    @admin.action(description="Revoke: the key stops working at once and for ever", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        keys = list(queryset.filter(revoked_at=None))
        for key in keys:
            revoke_api_key(key=key)
            self.log_change(request, key, "Revoked.")
        messages.success(request, f"{len(keys)} key{'s' * (len(keys) != 1)} revoked.")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("type", "object_text", "merchant", "happened")
    list_filter = (recent_filter("created_at", "happened"), ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant",)
    search_fields = ("object_id__exact", "public_id__exact", "type__exact")
    search_help_text = "Id of sale, payment or event; or a type"
    empty_hint = "No event yet: each is written when a sale is authorised, captured or released."
    ordering = ("-pk",)
    fields = (*in_pairs("type", "object_link", "merchant_link", "id_text", "happened", "request_id"), "payload")
    object_text = column("object_id", "about", copyable)
    object_link = column("object_id", "about", id_link)
    merchant_link = link_column("merchant", "merchant")
    id_text = id_column("public_id")
    happened = time_column("created_at", "happened", ordering="id")
    payload = column("data", "as the merchant got it", as_json)
