"""A business applies: it begins with an address, comes back by a link, and hands in when nothing is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common.actors import become
from common.addresses import client_address, one_caller
from common.api.rate_limit import KeyThrottle
from common.errors import PlatformError
from merchants.onboarding import applying
from merchants.onboarding.models import Application
from merchants.onboarding.papers import MAX_BYTES, checked_paper
from merchants.onboarding.selectors import application_of_link, places_not_live
from people.models import User
from portal.application_forms import BusinessForm, DocumentForm, PersonForm, StartForm
from portal.application_rows import applicant_page

STARTS_PER_S, STARTS_AT_ONCE = 0.05, 5  # for each address: three a minute


@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """Begin, or ask for a new link. What is answered does not tell whether an address has applied before."""
    form = StartForm(request.POST or None)
    if request.method != "POST":
        return render(request, "apply/start.html", {"form": form})
    if not form.is_valid():
        return render(request, "apply/start.html", {"form": form}, status=400)
    if not KeyThrottle().allow(f"apply:{one_caller(client_address(request))}", per_s=STARTS_PER_S, burst=STARTS_AT_ONCE):
        return render(request, "errors/429.html", status=429)
    applying.begin(email=form.cleaned_data["email"], name=form.cleaned_data["name"])
    return render(request, "apply/sent.html", {"email": form.cleaned_data["email"]})


@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The application of the merchant that the signed-in person leads and that is not live."""
    assert isinstance(request.user, User)
    places = places_not_live(request.user)
    if not places:
        return render(request, "errors/403.html", status=403)
    return redirect("apply:form", applying.application_of(member=places[0]).public_id)


Page = Callable[..., HttpResponse]


def application_page(view: Page) -> Page:
    """A page of one application: whoever has its link, or leads its merchant. Anything else is a 404."""

    @never_cache
    def guarded(request: HttpRequest, key: str, **kwargs: str) -> HttpResponse:
        application = _of_leader(request, key) if key.startswith("app_") else application_of_link(key)
        if application is None:
            raise Http404
        if not key.startswith("app_"):
            become(kind="page", id=application.public_id)
        response = view(request, application, key, **kwargs)
        response["Referrer-Policy"] = (
            "same-origin"  # the address is a secret; with “no-referrer” its own form would come from nowhere
        )
        return response

    return guarded


def _of_leader(request: HttpRequest, key: str) -> Application | None:
    if not isinstance(request.user, User):
        return None
    led = [member.merchant_id for member in places_not_live(request.user)]
    return Application.objects.filter(public_id=key, merchant_id__in=led).first()


@application_page
def form(request: HttpRequest, application: Application, key: str) -> HttpResponse:
    if request.method != "POST":
        return _page(request, application, key)
    business = BusinessForm(request.POST)
    if not business.is_valid():
        return _page(request, application, key, business=business, status=400)
    return _do(
        request, application, key, lambda: _save(application, business), "Saved. Come back by the same link whenever you like."
    )


def _save(application: Application, business: BusinessForm) -> None:
    fields = {**business.cleaned_data, "name": business.cleaned_data["name"] or application.name}
    applying.save(application=application, fields=fields)


@require_POST
@application_page
def person_add(request: HttpRequest, application: Application, key: str) -> HttpResponse:
    person = PersonForm(request.POST)
    if not person.is_valid():
        return _page(request, application, key, person=person, status=400)
    try:
        applying.add_person(application=application, **person.cleaned_data)
    except PlatformError as refusal:
        person.add_error(refusal.param if refusal.param in person.fields else None, refusal.message)
        return _page(request, application, key, person=person, status=refusal.http_status)
    messages.success(request, "Added. The number is sealed.")
    return redirect("apply:form", key)


@require_POST
@application_page
def person_remove(request: HttpRequest, application: Application, key: str, public_id: str) -> HttpResponse:
    return _do(
        request, application, key, lambda: applying.remove_person(application=application, public_id=public_id), "Taken off."
    )


@require_POST
@application_page
def document_add(request: HttpRequest, application: Application, key: str) -> HttpResponse:
    document = DocumentForm(request.POST, request.FILES)
    given = request.FILES.get("file")
    if not document.is_valid() or not isinstance(given, UploadedFile):
        return _page(request, application, key, document=document, status=400)
    try:
        paper = checked_paper(str(given.name or ""), given.read(MAX_BYTES + 1))
        applying.add_document(application=application, kind=document.cleaned_data["paper_kind"], paper=paper)
    except PlatformError as refusal:
        document.add_error("file", refusal.message)
        return _page(request, application, key, document=document, status=refusal.http_status)
    messages.success(request, f"{paper.title} is kept, sealed.")
    return redirect("apply:form", key)


@require_POST
@application_page
def document_remove(request: HttpRequest, application: Application, key: str, public_id: str) -> HttpResponse:
    return _do(
        request, application, key, lambda: applying.remove_document(application=application, public_id=public_id), "Taken off."
    )


@require_POST
@application_page
def submit(request: HttpRequest, application: Application, key: str) -> HttpResponse:
    answer = request.POST.get("answer", "")
    done = "Submitted. We read it within two working days and write to you."
    return _do(request, application, key, lambda: applying.submit(application=application, answer=answer), done)


@require_POST
@application_page
def withdraw(request: HttpRequest, application: Application, key: str) -> HttpResponse:
    return _do(
        request, application, key, lambda: applying.withdraw(application=application), "Withdrawn. Apply again whenever you like."
    )


def _do(request: HttpRequest, application: Application, key: str, change: Callable[[], object], done: str) -> HttpResponse:
    try:
        change()
    except PlatformError as refusal:
        application.refresh_from_db()
        return _page(request, application, key, refusal=refusal, status=refusal.http_status)
    messages.success(request, done)
    return redirect("apply:form", key)


def _page(request: HttpRequest, application: Application, key: str, *, status: int = 200, **extra: Any) -> HttpResponse:
    context = applicant_page(application, key)
    business = BusinessForm(initial=context["typed"])
    context = {"business": business, "person": PersonForm(auto_id="person-%s"), "document": DocumentForm(), **context, **extra}
    return render(request, "apply/form.html", context, status=status)
