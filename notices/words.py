"""A notice's rows hold ids; here they become words, at the moment somebody looks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.template import Context, engines
from django.template.loader import select_template
from django.urls import NoReverseMatch, reverse

from common.mail import one_line
from common.scopes import across_merchants
from merchants.models import ApiKey, Merchant
from notices.models import Notice
from notices.topics import TOPICS
from people.models import User

KINDS = ("usr_", "key_", "mer_")


def names_of(notices: Iterable[Notice]) -> dict[str, str]:
    """id -> name of every person, key and merchant that these notices tell of, in three queries."""
    ids = {str(value) for notice in notices for value in (*notice.context.values(), notice.merchant_public_id, notice.subject)}
    wanted = {kind: [one for one in ids if one.startswith(kind)] for kind in KINDS}
    names: dict[str, str] = {}
    if wanted["usr_"]:
        people = User.objects.filter(public_id__in=wanted["usr_"])
        names |= {person.public_id: person.get_full_name() or person.get_username() for person in people}
    if wanted["key_"]:
        with across_merchants("names the keys that a person's own notices tell of"):
            names |= {
                key.public_id: f"{key.name or 'Unnamed'} ({key})" for key in ApiKey.objects.filter(public_id__in=wanted["key_"])
            }
    if wanted["mer_"]:
        names |= dict(Merchant.objects.filter(public_id__in=wanted["mer_"]).values_list("public_id", "name"))
    return {one: one_line(name) for one, name in names.items()}


def words_of(notice: Notice, names: dict[str, str]) -> dict[str, Any]:
    """What a notice's templates are given; every value is one line, and a number stays one: to a template, a “0” of letters is something."""
    values = {
        name: value if isinstance(value, int) else names.get(str(value), one_line(str(value)))
        for name, value in notice.context.items()
        if value is not None
    }
    topic = TOPICS.get(notice.topic)
    merchant = names.get(notice.merchant_public_id, "")
    base = {**values, "merchant": merchant, "about": names.get(notice.subject, ""), "count": notice.count, "at": notice.last_at}
    headline = (
        one_line(_rendered_text(topic.headline, {**base, "merchant": merchant or "your account"})) if topic else notice.topic
    )
    return {
        **base,
        "notice": notice,
        "headline": headline,
        "url": page_url(topic.page if topic else ""),
        "topic_title": topic.title if topic else "",  # “title” is the thing's own, where the notice has one
    }


def page_url(page: str) -> str:
    try:
        return f"{settings.BASE_URL}{reverse(page)}"
    except NoReverseMatch:
        return settings.BASE_URL


def body_text(notice: Notice, words: dict[str, Any]) -> str:
    """The notice's own paragraphs, plain."""
    return render_text(_templates(notice, "txt"), words).strip()


def body_html(notice: Notice, words: dict[str, Any]) -> str:
    return str(_chosen(_templates(notice, "html")).render(words))


def _templates(notice: Notice, kind: str) -> list[str]:
    topic = TOPICS.get(notice.topic)
    names = [notice.template, topic.template if topic else "", "general"]
    return [f"notices/topics/{name}.{kind}" for name in dict.fromkeys(names) if name]


def _chosen(names: list[str]) -> Any:
    return select_template(names)


def render_text(names: list[str], values: dict[str, Any]) -> str:
    """A plain text: nothing is escaped in it, so it never goes into a page unescaped."""
    found = _chosen(names)
    return str(found.template.render(Context(values, autoescape=False)))


def _rendered_text(source: str, values: dict[str, Any]) -> str:
    return str(engines["django"].from_string(source).template.render(Context(values, autoescape=False)))  # type: ignore[attr-defined]
