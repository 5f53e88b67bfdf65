"""Columns by terminal number that grow with the fleet, and that can be written down and brought back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Column:
    dtype: str
    fill: float = 0
    depth: int = 0  # of a ring: so many values for each terminal; 0: one


class Memory:
    """Declares COLUMNS; each becomes an attribute, an array [size] or [depth, size]."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {}

    def __init__(self, size: int) -> None:
        self.size = 0
        self.grow(size)

    def columns(self) -> Mapping[str, Column]:
        return self.COLUMNS

    def grow(self, size: int) -> None:
        """Make room for terminals below `size`; what is known stays. It never shrinks."""
        if size <= self.size and self.size:
            return
        for name, column in self.columns().items():
            grown = _filled(column, size)
            if self.size:
                grown[..., : self.size] = getattr(self, name)
            setattr(self, name, grown)
        self.size = size

    def forget(self, terminals: NDArray[Any]) -> None:
        """These start anew."""
        for name, column in self.columns().items():
            getattr(self, name)[..., terminals] = column.fill

    def adopt(self, other: Memory, terminals: NDArray[Any]) -> None:
        """Take over what another one of the same columns knows of these."""
        for name in self.columns():
            getattr(self, name)[..., terminals] = getattr(other, name)[..., terminals]

    def dump(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self, name) for name in self.columns()}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Take up what was written down, of as many terminals as there were. False, and nothing changed, where the layout differs."""
        columns = self.columns()
        if set(arrays) != set(columns):
            return False
        if any(
            arrays[name].dtype != column.dtype or arrays[name].shape[:-1] != _shape(column) for name, column in columns.items()
        ):
            return False
        for name in columns:
            known = arrays[name]
            self.grow(known.shape[-1])
            getattr(self, name)[..., : known.shape[-1]] = known
        return True


def _shape(column: Column) -> tuple[int, ...]:
    return (column.depth,) if column.depth else ()


def _filled(column: Column, size: int) -> NDArray[Any]:
    shape = (*_shape(column), size)
    # Zeros are asked for as such: the system hands out their pages only when somebody writes on them.
    return np.full(shape, column.fill, column.dtype) if column.fill else np.zeros(shape, column.dtype)
