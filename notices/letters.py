"""A letter as it goes out: subject, plain text, HTML, headers."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formataddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string

from common.mail import one_line
from notices.models import Letter, Notice
from notices.selectors import recipient_of, zone_of
from notices.topics import TOPICS
from notices.words import body_html, body_text, names_of, page_url, render_text, words_of
from people.models import User

UNSUBSCRIBE_SALT = "notices.unsubscribe"
DIGEST_SHOWN = 50  # a mail of more is read by nobody; the rest is counted and stands in the bell


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    data: bytes
    media_type: str


def unsubscribe_token(user: User, topic: str) -> str:
    """Names a person and a topic, signed; good for ever, since letters are kept for ever."""
    return signing.dumps([user.public_id, topic], salt=UNSUBSCRIBE_SALT)


def read_unsubscribe_token(token: str) -> tuple[str, str]:
    """(person's public id, topic); django.core.signing.BadSignature if it was not made here."""
    public_id, topic = signing.loads(token, salt=UNSUBSCRIBE_SALT)
    return public_id, topic


def message_for(letter: Letter, *, address: str) -> EmailMultiAlternatives:
    """The whole message. Its id is the letter's, so that a repeat after a crash can be told for what it is."""
    notices = list(letter.notices.order_by("pk"))
    user = letter.user
    names = names_of(notices)
    values = {
        "greeting": one_line(user.first_name), "base_url": settings.BASE_URL, "preferences_url": page_url("portal:notice_preferences"),
        "zone": str(zone_of(recipient_of(user))), "topic": TOPICS.get(letter.topic),
    }  # fmt: skip
    values |= _single(notices[0], names, user) if letter.kind == Letter.Kind.SINGLE else _digest(letter, notices, names)
    attached = attachment_of(notices[0], user) if letter.kind == Letter.Kind.SINGLE else None
    values["attached"] = attached.name if attached else ""
    headers = {"Message-ID": f"<{letter.public_id}@{_mail_domain()}>", "Auto-Submitted": "auto-generated"}
    topic = TOPICS.get(letter.topic)
    if letter.kind == Letter.Kind.SINGLE and topic is not None and not topic.is_security:
        url = f"{settings.BASE_URL}{reverse('portal:notice_unsubscribe', args=[unsubscribe_token(user, topic.code)])}"
        headers |= {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        values["unsubscribe_url"] = url
    elif letter.kind != Letter.Kind.SINGLE:
        headers["List-Unsubscribe"] = f"<{values['preferences_url']}>"
    kind = "single" if letter.kind == Letter.Kind.SINGLE else "digest"
    message = EmailMultiAlternatives(
        subject=str(values["subject"]), body=render_text([f"notices/email/{kind}.txt"], values), from_email=settings.DEFAULT_FROM_EMAIL,
        to=[formataddr((one_line(user.get_full_name()), address))], headers=headers,
    )  # fmt: skip
    message.attach_alternative(render_to_string(f"notices/email/{kind}.html", values), "text/html")
    if attached:
        message.attach(attached.name, attached.data, attached.media_type)
    return message


def attachment_of(notice: Notice, user: User) -> Attachment | None:
    """What goes with a letter of this topic, made at the moment of sending, for this reader; None: nothing, or nothing for them."""
    maker = settings.NOTICE_ATTACHMENTS.get(notice.topic)
    return import_string(maker)(user=user, subject=notice.subject) if maker else None


def _single(notice: Notice, names: dict[str, str], user: User) -> dict[str, Any]:
    words = words_of(notice, names)
    maker = settings.NOTICE_DETAILS.get(notice.topic)
    said = {**words, **import_string(maker)(user=user, subject=notice.subject)} if maker else words
    return {**words, "subject": words["headline"], "text": body_text(notice, said), "html": body_html(notice, said)}


def _digest(letter: Letter, notices: list[Notice], names: dict[str, str]) -> dict[str, Any]:
    span = "day" if letter.kind == Letter.Kind.DAILY else "week"
    count = len(notices)
    items = [words_of(notice, names) for notice in notices[:DIGEST_SHOWN]]
    return {
        "items": [{**item, "text": body_text(item["notice"], item)} for item in items], "more": max(0, count - DIGEST_SHOWN),
        "subject": f"{count} notice{'s' * (count != 1)} of the last {span}", "headline": f"What happened in the last {span}",
        "url": page_url("portal:notices"),
    }  # fmt: skip


def _mail_domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or urlsplit(settings.BASE_URL).hostname or "localhost"
