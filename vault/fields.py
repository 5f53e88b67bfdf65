"""Columns whose values are sealed before they reach the database.

They build on django-encrypted-model-fields and close what that library leaves open: it returns the ciphertext when a
key is wrong, opens ciphertext that somebody typed into a form, lets look-ups silently match nothing, and stores the
text of an SQL expression as if it were a value. Here each of these raises; and each value is sealed with the key of the
row's merchant, opens in its own row only, and only when somebody looks at it.
"""

from __future__ import annotations

import json
from datetime import date
from operator import attrgetter
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import validate_email
from django.db import models
from django.db.models.expressions import Case, Value
from django.db.models.functions import Cast
from encrypted_model_fields.fields import EncryptedMixin

from vault import keyring, opened
from vault.ciphers import opened_text, sealed_token, split_token
from vault.errors import SealBroken, SealedColumnMisused
from vault.platform_keys import opening_key, sealing_key
from vault.sealed import Opened, Owner, Ready, Sealed, SealedAttribute, leaving_sealed
from vault.sealed_forms import Unopened, opening
from vault.sealed_sql import SealedCol, SealedIsNull


class SealedMixin(EncryptedMixin):  # type: ignore[misc]  # the library ships no types
    """row: the attribute that names the row and never changes. merchant: the one that names its merchant."""

    kind = "m1"

    def __init__(self, *args: Any, row: str = "public_id", merchant: str | None = "merchant_id", **kwargs: Any) -> None:
        self.row, self.merchant = row, merchant
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        usual = {"row": "public_id", "merchant": "merchant_id"}
        return name, path, args, kwargs | {key: getattr(self, key) for key in usual if getattr(self, key) != usual[key]}

    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, **kwargs)
        setattr(cls, self.attname, SealedAttribute(self))
        if not getattr(cls.refresh_from_db, "leaves_sealed", False):
            cls.refresh_from_db = leaving_sealed(cls.refresh_from_db)

    @property
    def label(self) -> str:
        field: Any = self
        return f"{field.model._meta.label}.{field.name}"

    # --- Between Python and text ---

    def to_python(self, value: Any) -> Any:
        return models.TextField.to_python(self, value)  # input is never opened

    def dump(self, value: Any) -> str:
        return str(value)

    def load(self, text: str) -> Any:
        return text

    # --- Sealing and opening ---

    def owner_of(self, instance: models.Model) -> Owner:
        merchant = attrgetter(self.merchant)(instance) if self.merchant else None
        row = attrgetter(self.row)(instance)
        if not row or (self.merchant and not merchant):
            raise SealedColumnMisused(
                f"{self.label} is sealed: set {self.row} and {self.merchant} of the row before it is saved."
            )
        return merchant, str(row)

    def seal(self, owner: Owner, text: str) -> str:
        ring = keyring.ring(owner[0])
        cipher = ring.cipher(ring.active, self.label)
        return sealed_token(cipher, kind=self.kind, version=ring.active, label=self.label, row=owner[1], text=text)

    def unseal(self, owner: Owner, token: str) -> str:
        version, body = split_token(token, kind=self.kind, label=self.label)
        ring = keyring.ring_with(owner[0], version)
        if version not in ring.wrapped:
            raise SealBroken(f"A value of {self.label} was not sealed for this merchant.")
        return opened_text(ring.cipher(version, self.label), body, version=version, label=self.label, row=owner[1])

    def is_current(self, owner: Owner, token: str) -> bool:
        """Was it sealed with the key that seals now?"""
        return split_token(token, kind=self.kind, label=self.label)[0] == keyring.ring(owner[0]).active

    def opened(self, instance: models.Model, sealed: Sealed) -> Opened:
        """What is inside, opened at most once for this row object."""
        owner = self.owner_of(instance)
        if sealed._opened is None or sealed._opened.owner != owner:
            text = self.unseal(owner, sealed._token)
            opened.note(instance, self.attname)
            sealed._opened = Opened(owner, self.load(text), text)
        return sealed._opened

    def pre_save(self, instance: models.Model, add: bool) -> Ready | None:
        value = instance.__dict__[self.attname] if self.attname in instance.__dict__ else getattr(instance, self.attname)
        if isinstance(value, Sealed):
            if not add and self._is_as_loaded(instance, value):
                return Ready(value._token)
            value = self.opened(instance, value).clear
        return None if value is None else self._sealed_on(instance, value)

    def _is_as_loaded(self, instance: models.Model, sealed: Sealed) -> bool:
        """Was it never looked at, or looked at and left alone? An old key's value is sealed anew once it was looked at."""
        if sealed._opened is None:
            return True
        inside = self.opened(instance, sealed)
        return self.dump(inside.clear) == inside.text and self.is_current(inside.owner, sealed._token)

    def _sealed_on(self, instance: models.Model, value: Any) -> Ready:
        if hasattr(value, "resolve_expression"):
            raise SealedColumnMisused(f"{self.label} is sealed: give it a value, not an SQL expression.")
        owner, clear = self.owner_of(instance), self.to_python(value)
        text = self.dump(clear)
        token = self.seal(owner, text)
        instance.__dict__[self.attname] = Sealed(token, Opened(owner, clear, text))
        return Ready(token)

    # --- The database's side ---

    def from_db_value(self, value: str | None, *args: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, Ready):
            return value.token
        if value is None or self._holds_nothing(value):
            return value
        raise SealedColumnMisused(
            f"{self.label} is sealed for one row: set it on the row and save that. An update, a bulk_update or a fixture can only empty it."
        )

    def _holds_nothing(self, expression: Any) -> bool:
        """Is it what `bulk_update` writes to empty this field of some rows?"""
        match expression:
            case Cast():
                return all(self._holds_nothing(source) for source in expression.get_source_expressions())
            case Case(default=Value(value=None)):
                return all(self._holds_nothing(case.result) for case in expression.cases)
            case Value(value=None):
                return True
        return False

    def get_col(self, alias: Any, output_field: Any = None) -> Any:
        return SealedCol(alias, self, output_field)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise SealedColumnMisused(f"{self.label} is sealed: it cannot be searched, only tested for being empty.")
        return SealedIsNull

    def get_transform(self, lookup_name: str) -> Any:
        raise SealedColumnMisused(f"{self.label} is sealed: “{lookup_name}” cannot be asked of it.")

    # --- Forms and dumps ---

    def value_from_object(self, obj: models.Model) -> Unopened | None:
        return None if obj.__dict__.get(self.attname, ...) is None else Unopened(obj, self.attname)

    def formfield(self, **kwargs: Any) -> Any:
        return opening(super().formfield(**kwargs))

    def value_to_string(self, obj: models.Model) -> str:
        """What `dumpdata` writes: the token, never the clear text."""
        value = obj.__dict__.get(self.attname)
        return value._token if isinstance(value, Sealed) else str(Sealed(""))


class SealedTextField(SealedMixin, models.TextField):  # type: ignore[type-arg, misc]
    """A text, sealed with the key of its merchant."""


class SealedEmailField(SealedTextField):
    """An e-mail address, sealed with the key of its merchant. Find it by a blind index."""

    default_validators = [validate_email]


class SealedDateField(SealedMixin, models.DateField):  # type: ignore[type-arg, misc]
    """A date, such as that of a birth, sealed with the key of its merchant."""

    def to_python(self, value: Any) -> date | None:
        found: date | None = models.DateField.to_python(self, value)
        return found

    def dump(self, value: date) -> str:
        return value.isoformat()

    def load(self, text: str) -> date:
        return date.fromisoformat(text)


class SealedJSONField(SealedMixin, models.TextField):  # type: ignore[type-arg, misc]
    """Data as JSON knows it, sealed with the key of its merchant. Changes inside it are noticed when the row is saved."""

    def to_python(self, value: Any) -> Any:
        return value

    def dump(self, value: Any) -> str:
        return json.dumps(value, cls=DjangoJSONEncoder, sort_keys=True)

    def load(self, text: str) -> Any:
        return json.loads(text)

    def formfield(self, **kwargs: Any) -> Any:
        raise SealedColumnMisused(f"{self.label} is sealed data: write a form for what is inside it.")


class PlatformSealedTextField(SealedTextField):
    """A text that belongs to no merchant, sealed with the platform's key list."""

    kind = "p1"

    def __init__(self, *args: Any, row: str = "public_id", **kwargs: Any) -> None:
        kwargs.pop("merchant", None)
        super().__init__(*args, row=row, merchant=None, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("merchant")
        return name, path, args, kwargs

    def seal(self, owner: Owner, text: str) -> str:
        version, cipher = sealing_key(self.label)
        return sealed_token(cipher, kind=self.kind, version=version, label=self.label, row=owner[1], text=text)

    def unseal(self, owner: Owner, token: str) -> str:
        version, body = split_token(token, kind=self.kind, label=self.label)
        return opened_text(opening_key(version, self.label), body, version=version, label=self.label, row=owner[1])

    def is_current(self, owner: Owner, token: str) -> bool:
        return split_token(token, kind=self.kind, label=self.label)[0] == sealing_key(self.label)[0]


class PlatformSealedEmailField(PlatformSealedTextField):
    """An e-mail address that belongs to no merchant."""

    default_validators = [validate_email]
