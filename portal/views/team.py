"""The team: who works for the merchant, and joining it by an invitation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common.errors import PlatformError
from common.scopes import enter_merchant
from merchants.capabilities import may
from merchants.errors import InvitationOver, ReachInvalid
from merchants.models import Member
from merchants.team import services
from merchants.team.models import Invitation
from merchants.team.reach import reach_words
from merchants.team.selectors import assignable_roles, invitation_for, open_invitations, team_of
from people.letters import send_letter
from people.models import User
from people.selectors import user_with_email
from portal.access import member_page, page_context
from portal.reach_fields import WHOLE_CHAIN, Typed, fields, names_of_reach, reach_of, typed_reach
from portal.support_view import team_email
from vault.display import shown

ROLE_WORDS = {
    Member.Role.OWNER: "Everything, and who else is an owner", Member.Role.ADMIN: "Everything but owners and data exports",
    Member.Role.DEVELOPER: "Keys, webhooks, products; no money", Member.Role.ACCOUNTANT: "Sales, refunds, balance, payouts",
    Member.Role.VIEWER: "Looks, changes nothing",
}  # fmt: skip


@member_page(needs="team.view")
def team(request: HttpRequest, member: Member) -> HttpResponse:
    return _page(request, member)


@require_POST
@member_page(needs="team.manage")
def invite(request: HttpRequest, member: Member) -> HttpResponse:
    email, role = request.POST.get("email", "").replace("\x00", "").strip(), request.POST.get("role", "")
    where = typed_reach(request.POST)
    typed = {"email": email[:254], "role": role if role in Member.Role else ""}
    if where.is_search:
        return _page(request, member, typed=typed, where=where)
    try:
        validate_email(email)
    except ValidationError:
        return _page(request, member, status=400, errors={"email": "Type a whole e-mail address."}, typed=typed, where=where)
    if role not in Member.Role:
        return _page(request, member, status=400, errors={"role": "Choose a role."}, typed=typed, where=where)
    try:
        with transaction.atomic():
            reach = reach_of(member.merchant, where)
            invitation, token = services.invite(by=member, email=email, role=Member.Role(role), reach=reach)
            _send(invitation, token, member)
    except ReachInvalid as refusal:
        return _page(request, member, status=refusal.http_status, errors={"reach": refusal.message}, typed=typed, where=where)
    except PlatformError as refusal:
        return _page(request, member, status=refusal.http_status, errors={"email": refusal.message}, typed=typed, where=where)
    messages.success(request, "The invitation is on its way. It is good for seven days.")
    return redirect("portal:team")


def _send(invitation: Invitation, token: str, by: Member) -> None:
    send_letter(
        to=invitation.email, subject=f"Join {by.merchant.name} on FSA Platform", template="team/invitation",
        context={
            "merchant": by.merchant.name, "role": invitation.get_role_display(), "expires_at": invitation.expires_at,
            "by": by.user.get_full_name() or "Somebody there", "path": reverse("portal:join", args=[token]),
            "limited_to": names_of_reach(by.merchant, invitation.reach),
        },
        useful_for=services.LIFE,
    )  # fmt: skip


@require_POST
@member_page(needs="team.manage")
def withdraw(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    invitation = get_object_or_404(Invitation, merchant=member.merchant, public_id=public_id)
    return _do(request, partial(services.withdraw, by=member, invitation=invitation), "The invitation is withdrawn.")


@require_POST
@member_page(needs="team.manage")
def change(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    other, role = get_object_or_404(Member, merchant=member.merchant, pk=pk), request.POST.get("role", "")
    if role not in Member.Role:
        messages.error(request, "Choose a role.")
        return redirect("portal:team")
    done = f"The role is now {Member.Role(role).label}. They sign in again to use it."
    return _do(request, partial(services.change_role, by=member, member=other, role=Member.Role(role)), done)


@require_POST
@member_page(needs="team.manage")
def remove(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    other = get_object_or_404(Member, merchant=member.merchant, pk=pk)
    return _do(request, partial(services.remove, by=member, member=other), "They no longer work for this merchant.")


def _do(request: HttpRequest, change: Callable[[], object], done: str) -> HttpResponse:
    try:
        change()
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return redirect("portal:team")


def _page(
    request: HttpRequest,
    member: Member,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    where: Typed = WHOLE_CHAIN,
    **extra: object,
) -> HttpResponse:
    roles, manages, errors = assignable_roles(member), may(member, "team.manage"), errors or {}
    rows = [
        {
            "pk": row.pk, "name": row.user.get_full_name() or row.user.get_username(), "email": team_email(row.user.email), "role": row.role,
            "role_word": row.get_role_display(), "works_in": reach_words(row.reach), "since": row.created_at,
            "is_me": row.user_id == member.user_id, "may_limit": row.role != Member.Role.OWNER,
            "roles": [(role.value, role.label) for role in roles] if manages and row.role in roles else [],
        }
        for row in team_of(member.merchant)
    ]  # fmt: skip
    invited = [
        {"public_id": row.public_id, "email": team_email(shown(row, "email")), "role_word": row.get_role_display(),
         "works_in": reach_words(row.reach), "expires_at": row.expires_at, "may_withdraw": manages and row.role in roles}
        for row in open_invitations(member.merchant)
    ]  # fmt: skip
    context = page_context(
        member, "team", people=rows, invited=invited, can_edit=manages, errors=errors,
        where=fields(member.merchant, where, errors.get("reach", "")) if manages else None,
        roles=[(role.value, role.label, ROLE_WORDS[role]) for role in roles], **extra,
    )  # fmt: skip
    return render(request, "portal/team.html", context, status=status)


class JoinForm(forms.Form):
    """Who accepts an invitation says a name and chooses a password; the address is the one the letter reached."""

    first_name = forms.CharField(max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"}))
    last_name = forms.CharField(max_length=80, required=False, widget=forms.TextInput(attrs={"autocomplete": "family-name"}))
    password = forms.CharField(
        max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least twelve characters; a sentence that only you would say is good.",
    )  # fmt: skip

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password


@never_cache
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Looking uses nothing up, so that mail programs may look; only the button does."""
    try:
        invitation = invitation_for(token)
    except InvitationOver as refusal:
        return _said(render(request, "team/over.html", {"refusal": refusal}, status=refusal.http_status))
    enter_merchant(invitation.merchant)
    known = user_with_email(invitation.email)
    if known is None:
        return _said(_join_as_new(request, invitation))
    if not isinstance(request.user, User):
        messages.info(request, f"Sign in to join {invitation.merchant.name}.")
        return _said(redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}"))
    return _said(_join_as(request, invitation, request.user))


def _said(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = (
        "same-origin"  # this page’s address is a secret; with “no-referrer” its own form would come from nowhere
    )
    return response


def _join_as(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    if request.method == "POST":
        try:
            services.join(invitation=invitation, user=user)
        except PlatformError as refusal:
            return render(request, "team/over.html", {"refusal": refusal}, status=refusal.http_status)
        request.session["merchant"] = invitation.merchant.public_id
        messages.success(request, f"You now work for {invitation.merchant.name}.")
        return redirect("portal:home")
    return render(request, "team/join.html", _invited_to(invitation))


def _join_as_new(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.join_as_new(invitation=invitation, **form.cleaned_data)
        except PlatformError as refusal:
            return render(request, "team/over.html", {"refusal": refusal}, status=refusal.http_status)
        messages.success(
            request,
            f"You now work for {invitation.merchant.name}. Sign in with the address that the letter came to, and your new password.",
        )
        return redirect("account_login")
    return render(request, "team/join.html", {**_invited_to(invitation), "form": form}, status=400 if form.errors else 200)


def _invited_to(invitation: Invitation) -> dict[str, object]:
    return {
        "invitation": invitation, "role_words": ROLE_WORDS[Member.Role(invitation.role)],
        "limited_to": names_of_reach(invitation.merchant, invitation.reach),
    }  # fmt: skip
