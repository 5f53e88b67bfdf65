"""Commands to one's own tills: sent to one, to a shop's or to what a filter finds; then followed, and cancelled."""

from __future__ import annotations

import secrets
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common import witness
from common.errors import PlatformError
from merchants.capabilities import may
from merchants.models import Member
from portal.access import member_page, page_context
from portal.till_commands import (
    DELIVERIES,
    FORMS,
    LEADS,
    WORDS,
    Of,
    command_row,
    command_rows,
    delivery_rows,
    is_theirs,
    own_people,
)
from portal.views.pages import older_page
from pos_monitor.commands.errors import CommandInvalid
from pos_monitor.commands.services import RECIPIENTS, Plan, Sender, cancel, send
from pos_monitor.estate.selectors import matching, terminals_of
from pos_monitor.models import Command, CommandDelivery, CommandLog, Terminal

FILTERS: Final = ("id", "store", "q", "model", "tag")
SAMPLE: Final = 8
MOST_KEY: Final = 60


@never_cache
@require_GET
@member_page(needs="tills.view")
def commands(request: HttpRequest, member: Member) -> HttpResponse:
    rows, next_url = older_page(request, Command.objects.filter(merchant=member.merchant))
    witness.saw_list(Command, count=len(rows), merchant_id=member.merchant.pk)
    context = page_context(member, "tills", commands=command_rows(rows, member.merchant), next_url=next_url)
    return render(request, "portal/till_commands.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@member_page(needs="tills.manage")
def send_one(request: HttpRequest, member: Member) -> HttpResponse:
    """The address says what and to which tills, so that what is sent is what was counted."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in FORMS else Command.Kind.MESSAGE.value
    asked = {name: said for name in FILTERS if (said := request.GET.get(name, "").replace("\x00", "").strip()[:200])}
    terminals = matching(terminals_of(member.merchant), asked).filter(state__in=RECIPIENTS)
    form = FORMS[kind](request.POST if request.method == "POST" else None)
    key = request.POST.get("request_key", "")[:MOST_KEY]
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                command = _sent(member, kind, form.parameters(), terminals, asked, key)
                messages.success(
                    request, f"On its way to {command.terminals:,} till{'s' * (command.terminals != 1)}. This page shows what comes of it."
                )  # fmt: skip
                return redirect("portal:till_command", command.public_id)
            except PlatformError as refused:
                form.add_error(None, refused.message)
                status = refused.http_status
    count = terminals.count()
    context = page_context(
        member, "tills", form=form, kind=kind, lead=LEADS[Command.Kind(kind)], words=WORDS[Command.Kind(kind)],
        count=count, asked=asked, address=urlencode({"kind": kind, **asked}),
        kinds=[(one, WORDS[Command.Kind(one)], urlencode({"kind": one, **asked})) for one in FORMS], sample=terminals.order_by("label", "pk")[:SAMPLE],
        more=max(0, count - SAMPLE), takes_two=count > settings.COMMAND_TAKES_TWO_ABOVE, request_key=key or secrets.token_hex(12),
    )  # fmt: skip
    return render(request, "portal/till_send.html", context, status=status)


def _sent(
    member: Member, kind: str, parameters: dict[str, Any], terminals: QuerySet[Terminal], asked: dict[str, str], key: str
) -> Command:
    if not key:
        raise CommandInvalid("This page is incomplete: open it again.")
    plan = Plan(selection=asked, request_key=f"portal:{member.user_id}:{key}")
    for _ in range(2):
        try:
            return send(
                kind=kind,
                parameters=parameters,
                terminals=terminals,
                sender=Sender(person=member.user, merchant=member.merchant),
                plan=plan,
            )
        except IntegrityError:
            continue  # the same form was sent beside this one: the next look finds what that made
    raise CommandInvalid("This command could not be written: send it again.")


@never_cache
@require_GET
@member_page(needs="tills.view")
def command(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = _command_of(member, public_id)
    rows, next_url = older_page(request, _deliveries(found))
    context = page_context(
        member, "tills", command=command_row(found, own_people(member.merchant, [found.created_by_id])), counts=_counts(found),
        deliveries=delivery_rows(rows, member.merchant), next_url=next_url,
        can_cancel=found.is_open and is_theirs(found, member.merchant) and may(member, "tills.manage"),
    )  # fmt: skip
    return render(request, "portal/till_command.html", context)


@never_cache
@require_GET
@member_page(needs="tills.view")
def command_now(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """The part of a command's page that changes by itself."""
    found = _command_of(member, public_id)
    row = command_row(found, own_people(member.merchant, [found.created_by_id]))
    return render(request, "portal/_till_command_now.html", {"command": row, "counts": _counts(found)})


@require_POST
@member_page(needs="tills.manage")
def command_cancel(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = _command_of(member, public_id)
    if not is_theirs(found, member.merchant):
        messages.error(request, "Our support sent this one: ask them to cancel it.")
        return redirect("portal:till_command", public_id)
    try:
        cancel(command=found)
        messages.success(request, "Cancelled. A till that had received it does it all the same.")
    except PlatformError as refused:
        messages.error(request, refused.message)
    return redirect("portal:till_command", public_id)


@never_cache
@require_GET
@member_page(needs="tills.manage")
def log(request: HttpRequest, member: Member, public_id: str, till: str) -> HttpResponse:
    """What a till sent when its log was fetched. Each look is written into the audit trail."""
    command = _command_of(member, public_id)
    found = CommandLog.objects.filter(delivery__command=command, delivery__terminal__public_id=till).select_related("delivery__terminal").first()  # fmt: skip
    if found is None or found.merchant_id != member.merchant.pk:
        raise Http404
    witness.saw(found, "content")
    context = page_context(member, "tills", log=found, content=str(found.content), command=command, till=found.delivery.terminal)
    return render(request, "portal/till_log.html", context)


def _command_of(member: Member, public_id: str) -> Command:
    return get_object_or_404(Command, merchant=member.merchant, public_id=public_id)


def _deliveries(command: Command) -> QuerySet[CommandDelivery]:
    return CommandDelivery.objects.filter(command=command).select_related("command", "terminal__store", "log")


def _counts(command: Command) -> list[tuple[str, int]]:
    """How many tills stand where, in the order of the way; what nobody stands at is left out."""
    found = dict(CommandDelivery.objects.filter(command=command).order_by().values_list("state").annotate(Count("pk")))
    return [(DELIVERIES[state][0], found[state]) for state in Of if found.get(state)]
