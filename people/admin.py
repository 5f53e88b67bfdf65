"""People who sign in: who they are, their second factor, and who is locked out."""

from __future__ import annotations

from typing import Any, ClassVar

import allauth.account.admin  # these three register first,
import allauth.mfa.admin  # noqa: F401
import axes.admin  # noqa: F401  # so that what they register can be replaced
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from common.admin import ReadOnlyAdmin, Related, SuperuserAdmin, in_pairs, recent_filter, state_filter
from common.admin_cells import badge, badge_column, id_column, list_links, list_url, time_column, when
from people.lockout import account_name, unlock
from people.models import BreakGlassGrant, User, email_index
from people.roles import BANK, RISK, SUPPORT, has_role, is_of_the_bank
from people.sessions import end_sign_ins

# The admin has no sign-in of its own: the platform's asks for the second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

for replaced in (Group, EmailAddress, Authenticator, AccessAttempt, AccessLog, AccessFailureLog):
    admin.site.unregister(replaced)

SIGN_INS_SHOWN = 5
RIGHTS = {"is_active", "is_staff", "is_superuser", "groups"}
FACTOR_WORDS = {True: ("On", "good"), False: ("Off", "warn")}
ACTIVE_WORDS = {True: ("May sign in", "good"), False: ("Switched off", "fault")}
TYPE_WORDS = {
    Authenticator.Type.TOTP: ("Authenticator app", "good"),
    Authenticator.Type.WEBAUTHN: ("Passkey", "good"),
    Authenticator.Type.RECOVERY_CODES: ("Recovery codes", "info"),
}


def second_factor() -> Exists:
    return Exists(Authenticator.objects.filter(user=OuterRef("pk")))


@admin.register(User)
class UserAdmin(SuperuserAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    """Support looks; superusers invite, change and switch off. Nobody is deleted: their reviews and changes stay theirs."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "full_name", "state", "staff", "factor", "signed_in")
    list_filter = (
        state_filter("role", "role", {"staff": ("Staff", lambda: Q(is_staff=True)), "merchants": ("Merchants’ people", lambda: Q(is_staff=False))}),
        state_filter("factor", "second factor", {"off": ("Off", lambda: ~Q(pk__in=Authenticator.objects.values("user"))),
                                                "on": ("On", lambda: Q(pk__in=Authenticator.objects.values("user")))}),
        "is_active", recent_filter("last_login", "signed in", "signed_in"),
    )  # fmt: skip
    list_title = "People"
    search_fields = (
        "username__icontains",
        "public_id__exact",
    )
    search_help_text = "Username, whole e-mail address or usr_… id"
    ordering = ("username",)
    autocomplete_fields = ("groups",)
    filter_horizontal = ()
    state = badge_column("is_active", "state", ACTIVE_WORDS)
    factor = badge_column("has_second_factor", "second factor", FACTOR_WORDS)
    signed_in = time_column("last_login", "last sign-in")
    joined = time_column("date_joined", "since")
    id_text = id_column("public_id")
    looked_at: ClassVar[tuple[Any, ...]] = (
        (
            None,
            {
                "fields": in_pairs(
                    "username", "email", "full_name", "state", "staff", "factor", "id_text", "signed_in", "joined", "onward"
                )
            },
        ),
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "username",
                    "password",
                    "email",
                    "first_name",
                    "last_name",
                    "factor",
                    "id_text",
                    "signed_in",
                    "joined",
                    "onward",
                )
            },
        ),
        ("What they may do", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),)
    readonly_fields = ("full_name", "state", "staff", "factor", "id_text", "signed_in", "joined", "onward")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        return users.annotate(has_second_factor=second_factor())

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[User], search_term: str) -> tuple[QuerySet[User], bool]:
        """An address is sealed and has no parts to search: it is found whole, by its index."""
        if "@" in search_term:
            return queryset.filter(email_index=email_index(search_term)), False
        found: tuple[QuerySet[User], bool] = super().get_search_results(request, queryset, search_term)
        return found

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The bank's people are not ours to change: whoever could set their password could unlock keys in their name."""
        return super().has_change_permission(request, obj) and not (isinstance(obj, User) and is_of_the_bank(obj))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["queryset"] = Group.objects.exclude(name=BANK)  # nor does anybody of ours become one of them here
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Whoever's rights change here signs in again, so that no open session keeps what was taken away."""
        super().save_related(request, form, formsets, change)
        if change and RIGHTS.intersection(form.changed_data):
            end_sign_ins(user=form.instance, reason="what they may do was changed")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Who may only look is not shown the password's hash."""
        if obj is not None and not self.has_change_permission(request, obj):
            return self.looked_at
        return super().get_fieldsets(request, obj)

    @admin.display(description="name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description="works for", ordering="is_staff")
    def staff(self, user: User) -> SafeString:
        return (
            badge("Superuser", "info") if user.is_superuser else badge("Staff", "info") if user.is_staff else badge("A merchant")
        )

    @admin.display(description="go to")
    def onward(self, user: User) -> SafeString:
        return list_links(
            ("Merchants they work for", list_url("merchants.Member", user__id__exact=user.pk)),
            ("Reviews they decided", list_url("eligibility.Review", reviewer__id__exact=user.pk)),
        )

    def related(self, request: HttpRequest, row: User) -> list[Related]:
        sign_ins = AccessLog.objects.filter(username=row.public_id).order_by("-pk")[:SIGN_INS_SHOWN]
        factors = Authenticator.objects.filter(user=row).order_by("pk")
        return [
            Related(
                "Second factor", ("Kind", "Since", "Last used"),
                rows=[(TYPE_WORDS.get(f.type, (f.type, ""))[0], when(f.created_at), when(f.last_used_at)) for f in factors],
                empty="None: this person signs in with a password alone.",
            ),
            Related(
                "Newest sign-ins", ("Signed in", "Signed out", "IP address", "Browser"),
                rows=[(when(s.attempt_time), when(s.logout_time), s.ip_address, s.user_agent) for s in sign_ins],
                empty="Never signed in.",
            ),
        ]  # fmt: skip


@admin.register(Group)
class GroupAdmin(SuperuserAdmin, DjangoGroupAdmin):
    list_title = "Roles of staff"

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (isinstance(obj, Group) and obj.name == BANK)


class LookAtFactorsAdmin(ReadOnlyAdmin):
    """Second factors, never with their secrets. A superuser removes one whose device is lost; its owner then makes a new one."""

    list_display = ("person", "kind", "created", "used")
    list_filter = ("type",)
    list_select_related = ("user",)
    list_title = "Second factors"
    search_fields = ("user__username__icontains", "user__public_id__exact")
    search_help_text = "Username or usr_… id"
    fields = in_pairs("person", "kind", "created", "used")
    exclude = ("data",)
    kind = badge_column("type", "kind", TYPE_WORDS)
    created = time_column("created_at", "since")
    used = time_column("last_used_at", "last used")

    @admin.display(description="person", ordering="user__username")
    def person(self, factor: Any) -> str:
        return str(factor.user.get_username())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser) and not (obj and is_of_the_bank(obj.user))


class ByAccountAdmin(ReadOnlyAdmin):
    """axes keeps a person's id, or the fingerprint of a name that nobody has; people read names."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        name = User.objects.filter(public_id=OuterRef("username")).values("username")[:1]
        found: QuerySet[Any] = super().get_queryset(request).annotate(person_name=Subquery(name))
        return found

    @admin.display(description="person", ordering="person_name")
    def person(self, row: Any) -> str:
        return row.person_name or "a name that nobody has"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """By username, whole e-mail address or usr_… id."""
        written = search_term.strip()
        return (queryset.filter(username=account_name(written)), False) if written else (queryset, False)


class LockOutAdmin(ByAccountAdmin):
    """Failed sign-ins that still count. To unlock lets their owner try again at once."""

    actions = ("unlock_people",)
    list_display = ("person", "state", "failures_since_start", "ip_address", "tried")
    list_filter = (
        state_filter(
            "state", "state", {"locked": ("Locked out", lambda: Q(failures_since_start__gte=settings.AXES_FAILURE_LIMIT))}
        ),
    )
    list_title = "Lock-outs"
    search_fields = ("username__exact",)
    search_help_text = "Username, whole e-mail address or usr_… id"
    empty_hint = "Nobody failed to sign in lately."
    fields = in_pairs("person", "state", "failures_since_start", "ip_address", "user_agent", "tried")
    tried = time_column("attempt_time", "last tried")

    @admin.display(description="state", ordering="failures_since_start")
    def state(self, attempt: Any) -> SafeString:
        return (
            badge("Locked out", "fault")
            if attempt.failures_since_start >= settings.AXES_FAILURE_LIMIT
            else badge("May try again")
        )

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and has_role(request.user, SUPPORT, RISK)

    @admin.action(description="Unlock: the person may try again at once", permissions=["unlock"])
    def unlock_people(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        accounts = set(queryset.values_list("username", flat=True))
        for account in accounts:
            unlock(account=account)
        messages.success(request, f"{len(accounts)} account{'s' * (len(accounts) != 1)} unlocked.")


class SignInAdmin(ByAccountAdmin):
    list_display = ("person", "signed_in", "signed_out", "ip_address", "user_agent")
    list_filter = (recent_filter("attempt_time", "signed in", "signed_in"),)
    list_title = "Sign-ins"
    search_fields = ("username__exact",)
    search_help_text = "Username, whole e-mail address or usr_… id"
    fields = in_pairs("person", "signed_in", "signed_out", "ip_address", "user_agent")
    signed_in = time_column("attempt_time", "signed in")
    signed_out = time_column("logout_time", "signed out")


admin.site.register(Authenticator, LookAtFactorsAdmin)
admin.site.register(AccessAttempt, LockOutAdmin)
admin.site.register(AccessLog, SignInAdmin)


@admin.register(BreakGlassGrant)
class BreakGlassAdmin(ReadOnlyAdmin):
    """Who saw shoppers' clear data, over what, when and why. Asked for and ended on a page of its own."""

    list_display = ("who", "asked_for", "reason", "state", "opened", "expires")
    list_filter = (recent_filter("opened_at", "opened"),)
    list_select_related = ("user",)
    list_title = "Emergency accesses"
    search_fields = ("user__username__icontains", "asked_for__exact", "covers__exact", "public_id__exact")
    search_help_text = "Person, mer_… or cs_… id"
    empty_hint = "Nobody needed to see a shopper’s clear data."
    fields = (*in_pairs("who", "state", "asked_for", "covers", "opened", "expires", "ended", "id_text"), "reason")
    id_text = id_column("public_id")
    opened = time_column("opened_at", "opened")
    expires = time_column("expires_at", "until")
    ended = time_column("ended_at", "ended early")

    @admin.display(description="who", ordering="user__username")
    def who(self, grant: Any) -> str:
        return str(grant.user.get_username())

    @admin.display(description="state")
    def state(self, grant: Any) -> SafeString:
        return badge("Open", "warn") if grant.is_active else badge("Over")
