"""What can happen to a draft: it begins, is saved, is copied, retires and returns. Submitting it is publishing's."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from people.models import User
from rules.builder.errors import BuilderRefused, DraftOvertaken, DraftUnreadable, NameTaken
from rules.definition.parse import DefinitionInvalid, parse, to_json
from rules.models import Rule, RuleExample, RuleSave
from vault.audit.services import record_about

MOST_BYTES: Final = 64_000  # the largest rule that anybody could read has a tenth of it
MOST_DEPTH: Final = 60  # groups lie at most six deep, each two steps of JSON; what lies deeper nobody's form has sent
NAME_LENGTH, FAMILY_LENGTH, SLUG_LENGTH = 120, 80, 80


def read_draft(text: str) -> dict[str, Any]:
    """The draft as the form sends it. It may be unfinished; it must be an object. Raises DraftUnreadable."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise DraftUnreadable("The rule is too large to be kept. Split it into several.")
    try:
        draft = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        json.dumps(draft, ensure_ascii=False).encode()  # half of a surrogate pair is a text here, and in no column
    except (ValueError, RecursionError):
        raise DraftUnreadable("The rule did not arrive whole. Save it again.") from None
    if not isinstance(draft, dict) or "\x00" in text or "\\u0000" in text or _depth(draft) > MOST_DEPTH:
        raise DraftUnreadable("The rule did not arrive whole. Save it again.")
    return draft


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):  # 1e400
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _depth(data: Any) -> int:
    """How deep it lies, counted layer by layer: whatever came is counted without going deep."""
    depth, layer = 0, [data]
    while layer:
        inner = [one.values() if isinstance(one, dict) else one for one in layer if isinstance(one, dict | list)]
        depth, layer = depth + 1, [each for one in inner for each in one]
    return depth


def canonical(draft: Mapping[str, Any]) -> dict[str, Any]:
    """A whole definition in its one written form, so that equal rules are equal rows; an unfinished one as it is."""
    try:
        return dict(to_json(parse(draft)))
    except DefinitionInvalid:
        return dict(draft)


@transaction.atomic
def create_rule(*, name: str, draft: Mapping[str, Any], by: User, family: str = "") -> Rule:
    """Begin a rule as a draft. Its name for programs is made from its name, and never changes. Raises NameTaken, BuilderRefused."""
    name, family = _named(name, family)
    slug = slugify(name)[:SLUG_LENGTH]
    if not slug:
        raise BuilderRefused("The name needs at least one letter or digit.")
    rule, is_new = Rule.objects.get_or_create(
        slug=slug, defaults={"name": name, "family": family, "draft": canonical(draft), "created_by": by, "changed_by": by}
    )
    if not is_new:
        raise NameTaken(f"There is a rule “{rule.name}” already. Give this one another name.")
    RuleSave.objects.create(rule=rule, number=rule.draft_number, draft=rule.draft, by=by)
    record_about(rule, "added", details={"slug": slug})
    return rule


def _named(name: str, family: str) -> tuple[str, str]:
    name, family = " ".join(name.split()), " ".join(family.split())
    if not name or len(name) > NAME_LENGTH:
        raise BuilderRefused(f"Give the rule a name of at most {NAME_LENGTH} characters.")
    if len(family) > FAMILY_LENGTH:
        raise BuilderRefused(f"The family's name is longer than {FAMILY_LENGTH} characters.")
    return name, family


@transaction.atomic
def save_draft(
    *, rule: Rule, draft: Mapping[str, Any], seen_number: int, by: User, name: str = "", family: str | None = None
) -> Rule:
    """Save what was typed, if nobody saved since `seen_number`; raises DraftOvertaken else, and nothing has changed.

    An unfinished draft is saved as it is: only a whole one can be submitted. A repeat of a save that got through, with the
    same content and by the same person, changes nothing and returns the rule.
    """
    name, family = _named(name or rule.name, rule.family if family is None else family)
    content = canonical(draft)
    saved = Rule.objects.filter(pk=rule.pk, draft_number=seen_number).update(
        draft=content, draft_number=F("draft_number") + 1, changed_by=by, changed_at=timezone.now(), name=name, family=family
    )
    now = Rule.objects.select_related("changed_by").get(pk=rule.pk)
    if saved:
        RuleSave.objects.create(rule=now, number=now.draft_number, draft=content, by=by)
        record_about(now, "changed", fields=["draft"], details={"draft_number": now.draft_number})
        return now
    if (
        now.draft_number == seen_number + 1
        and now.changed_by_id == by.pk
        and (now.draft, now.name, now.family) == (content, name, family)
    ):
        return now
    raise DraftOvertaken(now, dict(draft))


@transaction.atomic
def duplicate_rule(*, rule: Rule, name: str, by: User) -> Rule:
    """A new rule with this one's draft, family and examples; its history begins anew. Raises NameTaken."""
    copy = create_rule(name=name, draft=rule.draft, by=by, family=rule.family)
    examples = RuleExample.objects.filter(rule=rule).order_by("pk")
    for example in examples:
        example.pk, example.rule = None, copy
        example._state.adding = True
    RuleExample.objects.bulk_create(examples)
    return copy
