"""The decision table of a family: rows are rules, columns what differs; all drafts are saved together or none."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from common import witness
from common.admin_cells import badge
from rules.admin.editor import Context, require, seen_number
from rules.builder.errors import BuilderRefused, DraftOvertaken, TableUneven
from rules.builder.states import states
from rules.builder.table import Column, Table, cell_text, read_cell, save_table, table_of, value_at, with_cell
from rules.models import Rule


@dataclass(frozen=True, slots=True)
class Cell:
    name: str
    column: Column
    text: str
    is_edited: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    rule: Rule
    number: str
    badges: list[Any]
    cells: list[Cell]


def table_page(request: HttpRequest, context: Context) -> HttpResponse:
    """?family=: its table. ?all=1: also the columns in which its rules agree."""
    require(request, "view_rule")
    families = list(
        Rule.objects.exclude(family="").filter(is_retired=False).order_by("family").values_list("family", flat=True).distinct()
    )
    family = request.GET.get("family", "") or _first_even(families)
    rules = list(Rule.objects.filter(family=family, is_retired=False).order_by("name", "pk")) if family else []
    witness.saw_list(Rule, count=len(rules), filters={"family": family})
    page = {
        **context,
        "title": f"Family “{family}”" if family else "Families",
        "families": families,
        "family": family,
        "with_all": "all" in request.GET,
    }
    try:
        table = table_of(rules, with_all=page["with_all"])
    except TableUneven as uneven:
        return TemplateResponse(request, "admin/rules/table.html", {**page, "uneven": str(uneven), "rules": rules})
    if request.method == "POST":
        return _save(request, table, page)
    return _show(request, table, page)


def _first_even(families: list[str]) -> str:
    """The first family that makes a table of several rules; else the first there is."""
    rules: dict[str, list[Rule]] = {}
    for rule in Rule.objects.filter(family__in=families, is_retired=False).order_by("name", "pk"):
        rules.setdefault(rule.family, []).append(rule)
    for family in families:
        with suppress(TableUneven):
            if len(rules.get(family, [])) > 1 and table_of(rules[family]).columns:
                return family
    return families[0] if families else ""


def _show(
    request: HttpRequest, table: Table, page: Context, faults: dict[str, str] | None = None, fault: str = ""
) -> HttpResponse:
    found = states(Rule.objects.filter(pk__in=[rule.pk for rule in table.rules]))
    rows = [
        Row(rule, request.POST.get(f"{rule.pk}-number", str(rule.draft_number)), [badge(*one) for one in found[rule.pk].badges],
            [_cell(request, rule, column, faults or {}) for column in table.columns])
        for rule in table.rules
    ]  # fmt: skip
    more = {"rows": rows, "columns": table.columns, "fault": fault, "may_change": request.user.has_perm("rules.change_rule")}
    return TemplateResponse(request, "admin/rules/table.html", {**page, **more}, status=400 if fault else 200)


def _cell(request: HttpRequest, rule: Rule, column: Column, faults: dict[str, str]) -> Cell:
    """With what was typed, where something was."""
    name = f"{rule.pk}-{column.key}"
    kept = cell_text(column, value_at(rule.draft, column.path))
    typed = request.POST.get(name, kept)
    return Cell(name, column, typed, typed != kept, faults.get(name, ""))


def _save(request: HttpRequest, table: Table, page: Context) -> HttpResponse:
    by = require(request, "change_rule")
    changes, faults = [], {}
    for rule in table.rules:
        draft = rule.draft
        for column in table.columns:
            name = f"{rule.pk}-{column.key}"
            kept = value_at(rule.draft, column.path)
            typed = request.POST.get(name, cell_text(column, kept))
            try:
                if typed != cell_text(column, kept):
                    draft = with_cell(draft, column.path, read_cell(column, typed))
            except BuilderRefused as refused:
                faults[name] = str(refused)
        if draft != rule.draft:
            changes.append((rule, seen_number(request, f"{rule.pk}-number"), draft))
    if faults:
        return _show(request, table, page, faults, "Nothing is saved yet: mend the marked cells.")
    try:
        saved = save_table(changes=changes, by=by)
    except DraftOvertaken as overtaken:
        link = f"“{overtaken.rule.name}”"
        return _show(
            request,
            table,
            page,
            {},
            f"Nothing is saved: {link} was changed by somebody else meanwhile. What you typed is still here; open that rule to see theirs.",
        )
    except BuilderRefused as refused:
        return _show(request, table, page, {}, f"Nothing is saved. {refused}")
    messages.success(
        request, f"{len(saved)} {'draft is' if len(saved) == 1 else 'drafts are'} saved." if saved else "Nothing was different."
    )
    return HttpResponseRedirect(
        f"{reverse('admin:rules_rule_table')}?{urlencode({'family': page['family']})}{'&all=1' if page['with_all'] else ''}"
    )
