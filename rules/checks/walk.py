"""Conditions with their paths, as the definition's JSON has them: `conditions.all[2].any[0]`."""

from __future__ import annotations

from collections.abc import Iterator

from rules.definition.tree import Condition, Definition, Group, Leaf, NumberCondition, Operand

ROOT = "conditions"


def children(path: str, group: Group) -> Iterator[tuple[str, Condition]]:
    for at, one in enumerate(group.conditions):
        yield f"{path}.{group.match}[{at}]", one


def every(condition: Condition, path: str = ROOT) -> Iterator[tuple[str, Condition]]:
    """A condition and all below it, from left to right."""
    yield path, condition
    if isinstance(condition, Group):
        for below, one in children(path, condition):
            yield from every(one, below)


def leaves(definition: Definition) -> Iterator[tuple[str, Leaf]]:
    for path, one in every(definition.conditions):
        if not isinstance(one, Group):
            yield path, one


def groups(definition: Definition) -> Iterator[tuple[str, Group]]:
    for path, one in every(definition.conditions):
        if isinstance(one, Group):
            yield path, one


def operands(definition: Definition) -> Iterator[tuple[str, Operand]]:
    """Each number that a condition or a score looks at."""
    for path, leaf in leaves(definition):
        if isinstance(leaf, NumberCondition):
            yield path, leaf.operand
    for at, term in enumerate(definition.score.terms):
        yield f"score.terms[{at}]", term.operand


def fields_of(leaf: Leaf) -> tuple[str, ...]:
    if isinstance(leaf, NumberCondition):
        return tuple(name for name in (leaf.operand.field, leaf.operand.per) if name)
    return (leaf.field,)
