"""A list call's filter that takes one of a few words."""

from __future__ import annotations

from collections.abc import Sequence

from rest_framework import serializers
from rest_framework.request import Request


def asked_choice(request: Request, name: str, known: Sequence[str]) -> str:
    """What the call asks for, "" for nothing. Another word is refused: a list that it empties would look like an answer."""
    word = request.query_params.get(name, "")
    if word and word not in known:
        raise serializers.ValidationError({name: f"There is no such {name} here: it is one of {', '.join(known)}."})
    return word
