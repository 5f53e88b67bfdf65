"""Buttons above a list or beside a row: Unfold's decorator, with types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from unfold.decorators import action

F = TypeVar("F", bound=Callable[..., Any])
button: Callable[..., Callable[[F], F]] = action
