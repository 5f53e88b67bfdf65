"""The applicant's side: beginning, coming back, writing, showing papers, submitting, answering, withdrawing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.card_numbers import hide_card_numbers
from common.tokens import digest_of, new_token
from merchants.errors import ApplicationIncomplete, ApplicationState, ApplicationTextRefused, PaperRefused
from merchants.models import Member
from merchants.onboarding import letters
from merchants.onboarding.checklist import CHECKS, OWNS_A_QUARTER, missing
from merchants.onboarding.models import (
    Application,
    ApplicationCheck,
    ApplicationDocument,
    ApplicationMessage,
    ApplicationPerson,
)
from merchants.onboarding.papers import MOST, Paper
from people.models import email_index
from vault.audit.services import record_about

Status = Application.Status
OVER: Final = [Status.APPROVED, Status.DECLINED, Status.WITHDRAWN]
FIELDS: Final = (
    "name", "legal_name", "kind", "ein", "address", "website", "mcc", "sells", "monthly_volume_cents", "largest_sale_cents",
    "claims_iias", "claims_ninety_percent", "bank_name",
)  # fmt: skip
MOST_PEOPLE: Final = 8
# What the Social Security Administration never gives out.
SSN: Final = re.compile(r"^(?!000|666|9\d\d)\d{3}(?!00)\d{2}(?!0000)\d{4}$")


@transaction.atomic
def begin(*, email: str, name: str) -> Application:
    """Start an application, or, where one of this address is open, send a new link to that: the one before opens nothing any more."""
    index = email_index(email)
    if index is None:
        raise ApplicationTextRefused("Type a whole e-mail address.", param="email")
    application = Application.objects.filter(~Q(status__in=OVER), email_index=index, merchant=None).order_by("-pk").first()
    token = new_token()
    if application is None:
        application = Application.objects.create(email=email.strip(), email_index=index, name=name, digest=digest_of(token))
        record_about(application, "begun")
    else:
        Application.objects.filter(pk=application.pk).update(digest=digest_of(token))
        record_about(application, "link_sent")
    letters.send_link(application, token)
    return application


@transaction.atomic
def application_of(*, member: Member) -> Application:
    """The application of a merchant that is not live, made if there is none."""
    merchant = member.merchant
    application, is_new = Application.objects.get_or_create(
        merchant=merchant,
        defaults={
            "email": member.user.email, "email_index": email_index(str(member.user.email)) or "", "name": merchant.name,
            "legal_name": merchant.legal_name, "address": merchant.address, "mcc": merchant.mcc, "time_zone": merchant.time_zone,
        },
    )  # fmt: skip
    if is_new:
        record_about(application, "begun")
    return application


@transaction.atomic
def save(*, application: Application, fields: Mapping[str, Any]) -> Application:
    """Keep what was written so far; what is not given stays."""
    locked = _editable(application)
    changed = [name for name in FIELDS if name in fields and fields[name] != getattr(locked, name)]
    for name in changed:
        setattr(locked, name, fields[name])
    if changed:
        locked.save()
        record_about(locked, "written", fields=changed)
        _look_again(locked, changed)
    return locked


@transaction.atomic
def add_person(
    *,
    application: Application,
    full_name: str,
    born_on: str,
    address: str,
    ssn: str,
    title: str,
    owned_percent: int,
    is_control: bool,
) -> ApplicationPerson:
    """Name an owner of a quarter or more, or the person who controls the business; somebody may be both."""
    locked = _editable(application)
    digits = re.sub(r"[\s-]", "", ssn)
    if not SSN.match(digits):
        raise ApplicationTextRefused("A social security number has nine digits, such as 123-45-6789.", param="ssn")
    if not is_control and not OWNS_A_QUARTER <= owned_percent <= 100:
        raise ApplicationTextRefused(
            "Name owners of 25% or more, and one person who controls the business.", param="owned_percent"
        )
    if locked.people.count() >= MOST_PEOPLE:
        raise ApplicationTextRefused(f"There are at most {MOST_PEOPLE} people: four owners, and who controls the business.")
    if is_control and locked.people.filter(is_control=True).exists():
        raise ApplicationTextRefused("Somebody controls the business already: take them off first.", param="is_control")
    person = ApplicationPerson.objects.create(
        application=locked, full_name=full_name, born_on=born_on, address=address, ssn=digits, title=title,
        owned_percent=owned_percent, is_control=is_control,
    )  # fmt: skip
    record_about(person, "added", details={"application": locked.public_id, "is_control": is_control, "percent": owned_percent})
    _look_again(locked, ["people"])
    return person


@transaction.atomic
def remove_person(*, application: Application, public_id: str) -> None:
    """Take somebody off. Safe to repeat."""
    locked = _editable(application)
    person = ApplicationPerson.objects.filter(application=locked, public_id=public_id).first()
    if person is not None:
        record_about(person, "removed", details={"application": locked.public_id})
        person.delete()
        _look_again(locked, ["people"])


@transaction.atomic
def add_document(*, application: Application, kind: str, paper: Paper) -> ApplicationDocument:
    """Keep a paper. The same file a second time is the first one."""
    locked = _editable(application)
    known = locked.documents.filter(sha256=paper.sha256).first()
    if known is not None:
        return known
    if locked.documents.count() >= MOST:
        raise PaperRefused(f"There are {MOST} documents already: take one off first.", param="file")
    document = ApplicationDocument.objects.create(
        application=locked, kind=ApplicationDocument.Kind(kind), title=paper.title, content_type=paper.content_type,
        size_bytes=len(paper.content), sha256=paper.sha256, content=paper.base64,
    )  # fmt: skip
    record_about(document, "added", details={"application": locked.public_id, "kind": kind, "bytes": len(paper.content)})
    return document


@transaction.atomic
def remove_document(*, application: Application, public_id: str) -> None:
    """Take a paper off that nobody has looked at: once submitted, papers stay. Safe to repeat."""
    locked = _editable(application)
    if locked.submitted_at is not None:
        raise ApplicationState("Documents that were submitted stay. Add the right one beside it.")
    document = locked.documents.filter(public_id=public_id).first()
    if document is not None:
        record_about(document, "removed", details={"application": locked.public_id})
        document.delete()


@transaction.atomic
def submit(*, application: Application, answer: str = "") -> Application:
    """Hand it in, or hand it in again with what was asked for. Raises ApplicationIncomplete with what is missing."""
    locked = _editable(application)
    if lacks := missing(locked):
        raise ApplicationIncomplete(f"Not submitted yet. Still missing: {'; '.join(lacks)}.", missing=lacks)
    words = hide_card_numbers(answer.replace("\x00", "").strip())[:4000]
    if words:
        ApplicationMessage.objects.create(application=locked, body=words)
    now = timezone.now()
    locked.status = Status.IN_REVIEW if locked.reviewer_id else Status.SUBMITTED
    locked.submitted_at = locked.submitted_at or now
    locked.save(update_fields=["status", "submitted_at"])
    for check in CHECKS:
        if check.is_due(locked):
            ApplicationCheck.objects.get_or_create(application=locked, kind=check.kind)
    record_about(locked, "submitted")
    letters.send_receipt(locked)
    return locked


@transaction.atomic
def withdraw(*, application: Application) -> None:
    """The applicant does not want it any more. Safe to repeat; one that was decided stays so."""
    if Application.objects.filter(pk=application.pk).exclude(status__in=OVER).update(status=Status.WITHDRAWN, verdict=""):
        record_about(application, "withdrawn")


def _look_again(locked: Application, changed: Collection[str]) -> None:
    """What was checked and then changed by the applicant, while more was asked for, is open again."""
    kinds = [check.kind for check in CHECKS if set(check.about) & set(changed)]
    checked = ApplicationCheck.objects.filter(application=locked, kind__in=kinds).exclude(status=ApplicationCheck.Status.OPEN)
    if checked.update(status=ApplicationCheck.Status.OPEN, reason="", by=None, second=None):
        record_about(locked, "checks_reopened", details={"checks": kinds})


def _editable(application: Application) -> Application:
    """The row as it is now, locked, while its applicant may write."""
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if not locked.is_editable:
        raise ApplicationState(f"The application is {locked.get_status_display()}: it cannot be changed now.")
    return locked
