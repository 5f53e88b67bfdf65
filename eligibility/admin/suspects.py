"""Corpus rows whose label looks wrong: a person says which is right, and the corpus gets the answers as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.template.response import TemplateResponse

from eligibility.admin.evidence import status_badge
from eligibility.admin.model_report import name_of_category, share
from eligibility.models import LabelVerdict, ModelVersion
from eligibility.registry.errors import ModelUnusable
from eligibility.registry.labels import mark_label, newest_verdicts, suspects_of
from people.models import User

PER_PAGE = 25
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = ("title", "category", "guess", "verdict", "better", "note", "model", "by", "at")
VERDICT_WORDS = {"right": "Label right", "wrong": "Label wrong"}


def suspects_view(request: HttpRequest, row: ModelVersion, context: dict[str, Any]) -> HttpResponse:
    """GET lists the suspects; POST keeps one answer: title, category, verdict (right, guess, neither)."""
    try:
        suspects, fault = suspects_of(row), ""
    except ModelUnusable as error:
        suspects, fault = [], str(error)
    if request.method == "POST":
        return _answered(request, row, suspects)
    said = newest_verdicts([one["title"] for one in suspects])
    show = request.GET.get("show", "open")
    chosen = [one for one in suspects if show == "all" or (one["title"], one["category"]) not in said]
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    context |= {
        "title": f"Suspected labels of {row.version}", "row": row, "fault": fault, "page": page, "show": show, "total": len(suspects), "n_open": _open(suspects, said),
        "may_mark": request.user.has_perm("eligibility.add_labelverdict"), "lines": [_line(one, said) for one in page],
    }  # fmt: skip
    return TemplateResponse(request, "admin/eligibility/suspects.html", context)


def suspects_csv() -> HttpResponse:
    """Every answer, newest for each title: what the corpus's keeper works through."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    rows = LabelVerdict.objects.select_related("version").order_by("title", "category", "-pk").distinct("title", "category")
    for one in rows:
        cells = (
            one.title,
            one.category,
            one.guess,
            one.verdict,
            one.better,
            one.note,
            one.version.version,
            one.by,
            one.at.isoformat(),
        )
        writer.writerow([f"'{cell}" if str(cell).startswith(FORMULA_STARTS) else cell for cell in cells])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="label-verdicts.csv"'
    return response


def _answered(request: HttpRequest, row: ModelVersion, suspects: Sequence[dict[str, Any]]) -> HttpResponse:
    if not request.user.has_perm("eligibility.add_labelverdict"):
        raise PermissionDenied
    named = (request.POST.get("title", ""), request.POST.get("category", ""))
    one = next((one for one in suspects if (one["title"], one["category"]) == named), None)
    answer = request.POST.get("verdict", "")
    if one is None or answer not in {"right", "guess", "neither"}:
        return HttpResponseBadRequest("This title is not among the suspects, or the answer is none of right, guess, neither.")
    assert isinstance(request.user, User)
    mark_label(
        version=row,
        suspect=one,
        is_right=answer == "right",
        better=one["guess"] if answer == "guess" else "",
        by=request.user.public_id,
    )
    messages.success(request, f"Kept: {one['title']}")
    return HttpResponseRedirect(f"{request.path}?show={'all' if request.POST.get('show') == 'all' else 'open'}")


def _open(suspects: Sequence[dict[str, Any]], said: dict[tuple[str, str], LabelVerdict]) -> int:
    return sum((one["title"], one["category"]) not in said for one in suspects)


def _line(one: dict[str, Any], said: dict[tuple[str, str], LabelVerdict]) -> dict[str, Any]:
    verdict = said.get((one["title"], one["category"]))
    return {
        **one, "category_name": name_of_category(one["category"]), "guess_name": name_of_category(one["guess"]), "badge": status_badge(one["status"]),
        "guess_badge": status_badge(one["guessed_status"]), "share": share(one["confidence"]), "said": VERDICT_WORDS[verdict.verdict] if verdict else "",
        "better": name_of_category(verdict.better) if verdict and verdict.better else "",
    }  # fmt: skip
