"""The environment, read so that a bad value names its variable."""

from __future__ import annotations

from typing import Any, Final

import environ
from django.core.exceptions import ImproperlyConfigured

KINDS: Final = {int: "a whole number, such as 30", float: "a number, such as 2.5", bool: "True or False"}
FALSE_WORDS: Final = frozenset({"", "false", "off", "no", "n", "0"})


class Environment(environ.Env):  # type: ignore[misc]  # the package has no types
    """As environ.Env, but a value of the wrong kind stops the start with a sentence that names it."""

    def get_value(self, var: str, cast: Any = None, *args: Any, **kwargs: Any) -> Any:
        text = self.ENVIRON.get(var)
        if cast is bool and text is not None and text.lower() not in {*self.BOOLEAN_TRUE_STRINGS, *FALSE_WORDS}:
            raise ImproperlyConfigured(f"{var} is “{text}”: it must be {KINDS[bool]}.")
        try:
            return super().get_value(var, cast, *args, **kwargs)
        except ValueError:
            raise ImproperlyConfigured(f"{var} is “{text}”: it must be {KINDS.get(cast, 'well formed')}.") from None
