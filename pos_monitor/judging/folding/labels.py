"""What groups are called: the key by which the database tells an incident apart, and the words of its title."""

from __future__ import annotations

from pos_monitor.estate.directory import Directory
from pos_monitor.models import FleetWord
from pos_monitor.wire.words import key_of

TITLE_AT_MOST = 160


class Labels:
    """Names from the directory; versions' names from what the engine keeps of words."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._words: dict[int, str] = {}

    def key(self, column: str, value: int) -> str:
        """`Incident.scope_key` of the group that has this value in this column."""
        if column in ("region", "operator"):
            return str(getattr(self.directory.names, column)[value])
        if column in ("app", "firmware"):
            return f"{column} {self._word(value)}"
        return "all" if column == "fleet" else str(value)

    def value(self, scope: str, key: str) -> tuple[str, int]:
        """The column and the value in it that a scope's key stands for; what `key` made is understood in every process."""
        names = self.directory.names
        if scope == "version":
            column, _, word = key.partition(" ")
            return column, int(word[1:]) if word.startswith("#") else key_of(word)
        if scope == "region":
            return "region", names.region.number(key)
        if scope == "network_operator":
            return "operator", names.operator.number(key)
        return ("fleet", 1) if scope == "fleet" else (scope, int(key))

    def title(self, rule_name: str, column: str, value: int, terminal: int) -> str:
        """Such as “No report: all of Oak Street, Globex”. terminal: one of the group."""
        names = self.directory.names
        merchant = names.merchants.get(int(self.directory.merchant[terminal]), "")
        where = {
            "store": f"{names.stores.get(value, '')}, {merchant}",
            "merchant": names.merchants.get(value, ""),
            "fleet": "many terminals at once",
        }.get(
            column
        ) or f"{column.capitalize().replace('Operator', 'Network')} {self.key(column, value).removeprefix(column + ' ')}"
        return f"{rule_name}: {where}"[:TITLE_AT_MOST]

    def single(self, rule_name: str, terminal: int) -> str:
        """Such as “Battery nearly empty: Till 3, Oak Street”."""
        names = self.directory.names
        store = names.stores.get(int(self.directory.store[terminal]), "")
        return f"{rule_name}: {names.label[terminal]}{', ' + store if store else ''}"[:TITLE_AT_MOST]

    def _word(self, key: int) -> str:
        if key not in self._words:
            word = FleetWord.objects.filter(key=key).values_list("word", flat=True).first()
            if word is None:
                return f"#{key}"
            self._words[key] = word
        return self._words[key]
