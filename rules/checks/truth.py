"""What can never be true, what always is, and what says nothing new. Nothing is claimed that is not proved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from rules.checks.findings import Finding, error, hint, warning
from rules.checks.formulas import Formula, can_be_true
from rules.checks.space import CustomerSpace, all_of, formula_of, has_no_value
from rules.checks.walk import ROOT, children, fields_of, groups, leaves
from rules.definition.sentences import condition_sentence
from rules.definition.texts import placeholders
from rules.definition.tree import Condition, Definition, Group
from rules.fields.catalogue import BY_NAME, KINDS
from rules.fields.types import Audience

MAX_PAIRS = 200  # of conditions that are looked at for a contradiction


def is_impossible(formula: Formula, kinds: Sequence[Audience]) -> bool:
    """Proved false for every customer of these kinds."""
    return all(can_be_true(formula, CustomerSpace(kind)) is False for kind in kinds)


def check_truth(definition: Definition) -> Iterator[Finding]:
    """Whether anybody can qualify at all, and whom the rule leaves out though it names them."""
    root = formula_of(definition.conditions)
    shut_out = [kind for kind in definition.audience if is_impossible(root, [kind])]
    if len(shut_out) == len(definition.audience):
        yield _never(definition)
    else:
        yield from (_never_for(definition, kind) for kind in shut_out)
        if is_impossible(formula_of(definition.conditions, holds=False), definition.audience):
            yield warning(
                ROOT, "Every customer of the audience qualifies.", "Add a condition, unless everybody is meant to see it."
            )
        yield from _idle_conditions(definition)


def check_placeholders(definition: Definition) -> Iterator[Finding]:
    """A value that a text names must be known in every way in which the rule can be true."""
    root = formula_of(definition.conditions)
    for path, text in (("title", definition.title), ("body", definition.body)):
        for name in placeholders(text):
            field = BY_NAME.get(name)
            if field is None or (field.missing == "zero" and field.type != "date"):
                continue
            if not is_impossible(all_of(root, has_no_value(field)), definition.audience):
                yield error(
                    path, f"The text names {field.label}, of which nothing may be known although the rule qualifies.",
                    f"Add the condition “{field.label} is known”, or take it out of the text.",
                )  # fmt: skip


def _never(definition: Definition) -> Finding:
    path, reason = _culprit(definition, definition.audience)
    return error(path, f"No customer can ever qualify: {reason}", "Change or remove one of the conditions.")


def _never_for(definition: Definition, kind: Audience) -> Finding:
    path, reason = _culprit(definition, [kind])
    return warning(
        path, f"No {KINDS[kind]} can ever qualify, though the rule is for them: {reason}",
        f"Take “{KINDS[kind]}” out of the audience, or ask for something that is known of them.",
    )  # fmt: skip


def _culprit(definition: Definition, kinds: Sequence[Audience]) -> tuple[str, str]:
    """The smallest part that explains it: one condition, two that contradict each other, or the whole."""
    needed = list(_needed(ROOT, definition.conditions))
    for path, one in needed:
        if is_impossible(formula_of(one), kinds):
            return path, _why_alone(one, kinds)
    for (_, one), (path, other) in list(combinations(needed, 2))[:MAX_PAIRS]:
        if is_impossible(all_of(formula_of(one), formula_of(other)), kinds):
            return path, f"“{condition_sentence(one)}” and “{condition_sentence(other)}” contradict each other."
    return ROOT, "its conditions contradict each other."


def _needed(path: str, condition: Condition) -> Iterator[tuple[str, Condition]]:
    """What must be true for the whole to be: an `all` group stands for its conditions."""
    if isinstance(condition, Group) and condition.match == "all":
        for below, one in children(path, condition):
            yield from _needed(below, one)
    else:
        yield path, condition


def _why_alone(condition: Condition, kinds: Sequence[Audience]) -> str:
    if not isinstance(condition, Group):
        for name in fields_of(condition):
            if (field := BY_NAME.get(name)) and not field.audiences & set(kinds):
                whose = " and ".join(f"each {KINDS[kind]}" for kind in KINDS if kind in field.audiences)
                return f"{field.label} is known of {whose} only."
    return f"“{condition_sentence(condition)}” is true of nobody, as far as the field’s values go."


def _idle_conditions(definition: Definition) -> Iterator[Finding]:
    """Conditions that decide nothing where they stand: never true, always true, or said by their neighbours already."""
    kinds = definition.audience
    idle: set[str] = set()
    for path, group in groups(definition):
        for below, one in children(path, group):
            if (found := _idle_alone(below, one, group, kinds)) is not None:
                idle.add(below)
                yield found
    for path, group in groups(definition):
        listed = [(below, one) for below, one in children(path, group) if below not in idle]
        yield from _repeated(listed, group, kinds)


def _idle_alone(path: str, one: Condition, group: Group, kinds: Sequence[Audience]) -> Finding | None:
    if isinstance(one, Group) and not one.conditions:
        return hint(path, "This group is empty.", "Put a condition into it, or remove it.")
    words = condition_sentence(one)
    if is_impossible(formula_of(one, holds=False), kinds):
        return warning(path, f"“{words}” is always true{_so(group, True)}.", "Remove it, or check its value and unit.")
    if group.match != "all" and is_impossible(formula_of(one), kinds):
        return warning(path, f"“{words}” is never true{_so(group, False)}.", "Remove it, or check its value and unit.")
    return None


def _so(group: Group, is_true: bool) -> str:
    if group.match == "all":
        return " and decides nothing"
    if group.match == "any":
        return ", so the whole group is" if is_true else " and decides nothing"
    return ", so the group never is" if is_true else " and decides nothing"


def _repeated(listed: Sequence[tuple[str, Condition]], group: Group, kinds: Sequence[Audience]) -> Iterator[Finding]:
    """In `all`, what the others imply; in `any` and `none`, what implies another. The later of two that say the same is told."""
    left = list(listed)
    for path, one in reversed(listed):
        others = [formula_of(other, holds=group.match == "all") for at, other in left if at != path]
        if others and is_impossible(all_of(formula_of(one, holds=group.match != "all"), *others), kinds):
            left = [(at, other) for at, other in left if at != path]
            yield hint(path, f"“{condition_sentence(one)}” says nothing that the conditions beside it do not say.", "Remove it.")


def check_fields(definition: Definition) -> Iterator[Finding]:
    """Fields that ended, and fields of which nothing can be known for anybody of the audience."""
    for path, leaf in leaves(definition):
        for name in fields_of(leaf):
            if (field := BY_NAME.get(name)) and field.is_retired:
                yield error(path, f"The field “{field.label}” ended and is not computed any more.", "Take another field.")
    for at, term in enumerate(definition.score.terms):
        for name in (term.operand.field, term.operand.per):
            if (field := BY_NAME.get(name)) is None:
                continue
            if field.is_retired:
                yield error(
                    f"score.terms[{at}]", f"The field “{field.label}” ended and is not computed any more.", "Take another."
                )
            elif not field.audiences & set(definition.audience):
                yield warning(
                    f"score.terms[{at}]",
                    f"{field.label} is not known of this audience: the term never adds points.",
                    "Remove it.",
                )
