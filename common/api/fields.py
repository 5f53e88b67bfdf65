"""Fields of requests that every room parses alike."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from rest_framework import serializers

from common.money import MAX_CENTS


class CleanChar(serializers.CharField):
    """Text of any script; control characters, which no shop means, are taken out before it is measured.

    Too long is an error, not a cut: nothing is lost silently.
    """

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str):
            data = "".join(char if char.isprintable() or char in "\u200d\u200c" else " " for char in data).strip()
            if not data and not self.allow_blank:
                self.fail("blank")
        return str(super().to_internal_value(data))

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str) and data.strip():
            # ProhibitNullCharactersValidator would refuse what we mend.
            data = data.replace("\x00", " ")
        return super().run_validation(data)


class OptionalEmail(serializers.CharField):
    """An e-mail address, or nothing, which the description's “format: email” would forbid."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "default": "", "allow_blank": True, "max_length": 254, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        address = str(super().to_internal_value(data))
        try:
            validate_email(address)
        except ValidationError as error:
            raise serializers.ValidationError("Write an e-mail address, such as ann@example.com.") from error
        return address


class WebAddress(serializers.URLField):
    """An http or https address, to which a browser may be sent; `javascript:` and its like are refused."""

    def to_internal_value(self, data: Any) -> str:
        address = str(super().to_internal_value(data))
        if not address.lower().startswith(("http://", "https://")):
            raise serializers.ValidationError("Write a whole address that begins with https:// or http://.")
        return address


class Cents(serializers.IntegerField):
    """A whole number of cents, not negative. 12.5 and "12" are refused: a price must not be guessed."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", MAX_CENTS)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError("Write an amount as a whole number of cents, such as 1299 for $12.99.")
        return int(super().to_internal_value(data))


class WholeNumber(serializers.IntegerField):
    """A whole number, written as one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError("Write a whole number, such as 2.")
        return int(super().to_internal_value(data))
