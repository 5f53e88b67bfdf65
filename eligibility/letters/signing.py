"""Signing a letter: the checks, the exact words, their digests, and the document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from eligibility.letters import pdf
from eligibility.letters.checks import checks_of, stops
from eligibility.letters.content import Content, Provider, canonical_text, content_of, digest
from eligibility.letters.dates import last_day
from eligibility.letters.documents import packed, unpacked
from eligibility.letters.errors import ClinicianUnknown, LetterIncomplete, LetterNotYours
from eligibility.letters.icd10 import tidy
from eligibility.letters.moves import locked, move
from eligibility.letters.selectors import clinician_of
from eligibility.letters.states import after
from eligibility.letters.tables import states
from eligibility.models import Clinician, Letter, LetterSignature
from people.models import User


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter as it would be signed now. zone: where the day of the signature is reckoned."""

    content: Content
    today: date
    zone: str


def draft_of(letter: Letter, clinician: Clinician, now: datetime) -> Draft:
    """What would be signed at this moment.

    A letter of ours is the clinician's own and begins today; nobody can choose another day. One signed elsewhere has its own provider
    and its own day, as the clinician read them in it.
    """
    home = states()[clinician.licences[0]].zone
    today = now.astimezone(home).date()
    content = content_of(letter, icd10=tidy(letter.icd10))
    if letter.source == Letter.Source.UPLOAD:
        written = str(letter.provider.get("signed_on", ""))
        issued_on = date.fromisoformat(written) if written else None
        provider = content.provider
    else:
        issued_on = today
        provider = Provider(
            name=clinician.name, credential=clinician.credential, npi=clinician.npi, licence=clinician.licence_number,
            state=content.patient_state if content.patient_state in clinician.licences else clinician.licences[0],
        )  # fmt: skip
        if provider.state != clinician.licences[0]:
            provider = Provider(
                provider.name, provider.credential, provider.npi, provider.state
            )  # the number is of the main state
    expires_on = last_day(issued_on, content.months) if issued_on else None
    values = {name: getattr(content, name) for name in Content.__slots__}
    return Draft(Content(**{**values, "provider": provider, "issued_on": issued_on, "expires_on": expires_on}), today, str(home))


@transaction.atomic
def issue_letter(*, letter: Letter, by: User, factor: str, now: datetime | None = None, as_read: str | None = None) -> Letter:
    """Sign the letter as it stands, and let it count from today. factor: the second factor that the door has just asked for.
    as_read: the digest of the words that the clinician had before them, if the door showed them.

    Raises LetterIncomplete with what must be mended, ClinicianUnknown without a confirmed licence. An amendment replaces the letter
    that it amends in the same moment. Safe to repeat: a letter is signed once.
    """
    now = now or timezone.now()
    letter = locked(letter)
    if letter.reviewer_id != by.pk:
        raise LetterNotYours()
    if letter.status == Letter.Status.ISSUED:
        return letter
    after(letter, "issue")
    clinician = clinician_of(by)
    if clinician is None:
        raise ClinicianUnknown()
    draft = draft_of(letter, clinician, now)
    if wrong := stops(checks_of(draft.content, today=draft.today)):
        raise LetterIncomplete(wrong[0].words, missing=[check.code for check in wrong])
    if draft.content.issued_on is None:
        raise LetterIncomplete("Give the day on which the uploaded letter was signed.", missing=["issued_on"])
    text, is_ours = canonical_text(draft.content), letter.source != Letter.Source.UPLOAD
    if as_read is not None and as_read != digest(text):
        raise LetterIncomplete("The letter has changed since you read it: read it again, then sign.", missing=["as_read"])
    _replace_older(letter)
    made = (
        pdf.render(draft.content, signed_at=now, signer=draft.content.provider.name, zone=draft.zone)
        if is_ours
        else unpacked(letter.document)
    )
    LetterSignature.objects.create(
        letter=letter, merchant_id=letter.merchant_id, signer=by, signed_at=now, zone=draft.zone, factor=factor, text=text,
        kind=LetterSignature.Kind.SIGNED if is_ours else LetterSignature.Kind.VERIFIED, text_sha256=digest(text), pdf_sha256=digest(made),
    )  # fmt: skip
    return move(
        letter, "issue", icd10=draft.content.icd10, provider=draft.content.provider.as_json(), issued_on=draft.content.issued_on,
        expires_on=draft.content.expires_on, pdf=packed(made), decided_at=now,
    )  # fmt: skip


def _replace_older(letter: Letter) -> None:
    """The letter that this one amends ends as this one begins; one that is over already stays what it was."""
    if letter.supersedes:
        older = locked(letter.supersedes)
        if older.status == Letter.Status.ISSUED:
            move(older, "supersede", decided_at=timezone.now())


def is_as_signed(letter: Letter) -> bool:
    """Do text and document still have the digests of the signature? For whoever doubts a letter."""
    signature = letter.signature
    return digest(signature.text) == signature.text_sha256 and digest(unpacked(letter.pdf)) == signature.pdf_sha256
