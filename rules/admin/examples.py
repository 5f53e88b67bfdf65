"""The examples of a rule: who should, and who should not, qualify; with what the draft says to each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from common import witness
from people.models import User
from rules.admin.editor import Context, require, rule_context, rule_or_404
from rules.builder.errors import BuilderRefused
from rules.builder.examples import ExampleSaid, fields_asked, remove_example, save_example
from rules.builder.names import names_in
from rules.builder.trials import trials
from rules.builder.unfinished import read_unfinished
from rules.builder.vocabulary import vocabulary
from rules.customers.refresh import fresh_values
from rules.customers.today import rules_today
from rules.fields.values import to_json
from rules.models import Customer, Rule, RuleExample


def examples_page(request: HttpRequest, pk: int, context: Context) -> HttpResponse:
    """GET ?edit=<id> to change one, ?customer=cus_… to begin from a real customer's values; POST saves or removes."""
    require(request, "view_rule")
    rule = rule_or_404(pk)
    witness.saw(rule)
    edited = _asked_for(rule, request.POST.get("example") or request.GET.get("edit"))
    if request.method != "POST":
        return _show(request, rule, context, edited, _typed_of(edited, request))
    by = require(request, "change_rule")
    if "remove" in request.POST and edited:
        remove_example(example=edited, by=by)
        messages.success(request, f"The example “{edited.name}” is taken away.")
        return HttpResponseRedirect(_url(rule))
    return _save(request, rule, context, edited, by)


def _url(rule: Rule) -> str:
    return reverse("admin:rules_rule_examples", args=[rule.pk])


def _asked_for(rule: Rule, key: str | None) -> RuleExample | None:
    return get_object_or_404(RuleExample, rule=rule, pk=key) if key and key.isdecimal() else None


def _save(request: HttpRequest, rule: Rule, context: Context, edited: RuleExample | None, by: User) -> HttpResponse:
    typed = _typed_in(request)
    try:
        saved = save_example(rule=rule, said=_said(typed), by=by, example=edited)
    except BuilderRefused as refused:
        return _show(request, rule, context, edited, typed, fault=str(refused))
    messages.success(request, f"The example “{saved.name}” is saved.")
    return HttpResponseRedirect(_url(rule))


def _typed_in(request: HttpRequest) -> dict[str, Any]:
    try:
        values = json.loads(request.POST.get("values", "{}"))
    except (ValueError, RecursionError):
        values = {}
    names = ("name", "should_qualify", "today", "lowest_score", "highest_score")
    return {**{name: request.POST.get(name, "") for name in names}, "values": values if isinstance(values, dict) else {}}


def _said(typed: Mapping[str, Any]) -> ExampleSaid:
    try:
        today = date.fromisoformat(typed["today"])
    except ValueError:
        raise BuilderRefused("Choose the day on which it is tried.") from None
    if typed["should_qualify"] not in {"yes", "no"}:
        raise BuilderRefused("Say whether this customer should qualify.")
    return ExampleSaid(
        typed["name"],
        typed["should_qualify"] == "yes",
        today,
        typed["values"],
        _score(typed["lowest_score"]),
        _score(typed["highest_score"]),
    )


def _score(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or len(text) > 6:
        raise BuilderRefused("A score is a whole number.")
    return int(text)


def _typed_of(example: RuleExample | None, request: HttpRequest) -> dict[str, Any]:
    """What the form begins with: the example that is changed, a real customer's values, or nothing."""
    if example:
        return {
            "name": example.name, "should_qualify": "yes" if example.should_qualify else "no", "today": example.today.isoformat(),
            "values": example.values, "lowest_score": "" if example.lowest_score is None else example.lowest_score,
            "highest_score": "" if example.highest_score is None else example.highest_score,
        }  # fmt: skip
    empty = {
        "name": "",
        "should_qualify": "",
        "today": rules_today().isoformat(),
        "values": {},
        "lowest_score": "",
        "highest_score": "",
    }
    return {**empty, **_from_customer(request.GET.get("customer", ""), request)}


def _from_customer(public_id: str, request: HttpRequest) -> dict[str, Any]:
    customer = Customer.objects.filter(public_id=public_id).first() if public_id else None
    if customer is None:
        if public_id:
            messages.warning(request, "There is no customer of this id.")
        return {}
    witness.saw(customer)
    return {"name": "Like a real customer", "values": to_json(fresh_values(customer))}


def _show(
    request: HttpRequest, rule: Rule, context: Context, edited: RuleExample | None, typed: dict[str, Any], fault: str = ""
) -> HttpResponse:
    read = read_unfinished(rule.draft)
    asked = fields_asked(read.definition) if read.definition else []
    if typed["values"] and "customer" in request.GET:
        typed["values"] = {name: value for name, value in typed["values"].items() if name in asked} or typed["values"]
    found = trials(rule, read)
    page = {
        **context, **rule_context(rule, request, "examples"), "trials": found, "failed": sum(not one.passed for one in found), "edited": edited,
        "typed": typed, "asked": asked, "vocabulary": vocabulary(), "names": names_in([rule.draft, typed["values"]]), "fault": fault,
        "is_whole": read.is_whole,
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/examples.html", page, status=400 if fault else 200)
