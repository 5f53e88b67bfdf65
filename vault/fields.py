"""Columns whose values are sealed before they reach the database.

They build on django-encrypted-model-fields and close what that library leaves open: it returns the ciphertext when a
key is wrong, opens ciphertext that somebody typed into a form, lets look-ups silently match nothing, and stores the
text of an SQL expression as if it were a value. Here each of these raises.
"""

from __future__ import annotations

from typing import Any

from cryptography.fernet import InvalidToken
from django.db import models
from django.db.models.expressions import BaseExpression, Case, Value
from django.db.models.functions import Cast
from encrypted_model_fields.fields import EncryptedMixin

from vault.errors import SealBroken, SealedColumnMisused
from vault.keys import field_crypter


class SealedMixin(EncryptedMixin):  # type: ignore[misc]  # the library ships no types
    """Seal with a key derived for this model and field, and fail closed."""

    @property
    def _label(self) -> str:
        field: Any = self
        return f"{field.model._meta.label}.{field.name}"

    def to_python(self, value: Any) -> Any:
        return models.TextField.to_python(self, value)  # input is never opened

    def from_db_value(self, value: str | None, *args: Any) -> str | None:
        if value is None:
            return None
        try:
            return field_crypter(self._label).decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise SealBroken(f"A value of {self._label} does not open with the keys in force.") from error

    def get_db_prep_save(self, value: Any, connection: Any) -> str | None:
        if value is None:
            return None
        if self._holds_values_alone(value):
            return value  # type: ignore[no-any-return]  # Django asks again for each value inside
        if isinstance(value, BaseExpression) or hasattr(value, "resolve_expression"):
            raise SealedColumnMisused(f"{self._label} is sealed: give it a value, not an SQL expression.")
        return field_crypter(self._label).encrypt(str(value).encode()).decode()

    def _holds_values_alone(self, expression: Any) -> bool:
        """Is it what `bulk_update` writes, a choice among values of this field? Each of them is sealed on its way out."""
        match expression:
            case Cast():
                return all(self._holds_values_alone(source) for source in expression.get_source_expressions())
            case Case(default=Value(value=None)):
                return all(self._holds_values_alone(case.result) for case in expression.cases)
            case Value():
                return expression.for_save and getattr(expression, "_output_field_or_none", None) is self
        return False

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise SealedColumnMisused(f"{self._label} is sealed: it cannot be searched, only tested for being empty.")
        return models.Field.get_lookup(self, lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        raise SealedColumnMisused(f"{self._label} is sealed: “{lookup_name}” cannot be asked of it.")

    def value_to_string(self, obj: models.Model) -> str:
        """What `dumpdata` writes: never the clear text."""
        return "sealed"


class SealedTextField(SealedMixin, models.TextField):  # type: ignore[type-arg]
    """A text that only a process with the keys can read. Clear text in Python, a Fernet token in the database."""
