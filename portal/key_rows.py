"""API keys as their page shows them, and the choices that its forms offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from common.api.resources import READ, WRITE, resources
from merchants.models import ApiKey, Merchant

KIND_WORDS = {
    ApiKey.Kind.SECRET: "Secret: for your server only",
    ApiKey.Kind.RESTRICTED: "Restricted: for one task of a server",
    ApiKey.Kind.PUBLISHABLE: "Publishable: may be seen in pages",
}
OVERLAP_WORDS = (("now", "at once"), ("hour", "for one more hour"), ("day", "for 24 more hours"), ("week", "for 7 more days"))
LEVEL_WORDS = {READ: "Read", WRITE: "Read and write"}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key: its row, its kind in words, and its state as a word with a tone and an icon."""

    key: ApiKey
    kind: str
    state: str
    tone: str
    icon: str

    @property
    def limits(self) -> list[str]:
        """What holds it in, in a few words each."""
        networks, origins = self.key.allowed_networks, self.key.allowed_origins
        return [
            *([f"{len(networks)} network{'s' * (len(networks) != 1)}"] if networks else []),
            *([f"{len(origins)} site{'s' * (len(origins) != 1)}"] if origins else []),
            *([f"{len(self.key.scopes)} permission{'s' * (len(self.key.scopes) != 1)}"] if self.key.scopes else []),
        ]


@dataclass(frozen=True, slots=True)
class Choice:
    """One resource of the permissions' table; levels: (value, words), whether it is the present one."""

    name: str
    words: str
    levels: list[tuple[str, str, bool]]


def key_rows(merchant: Merchant) -> list[KeyRow]:
    """The merchant's keys: those in force first, each group newest first."""
    keys = list(ApiKey.objects.filter(merchant=merchant).select_related("created_by", "rolled_to").order_by("-pk"))
    return [key_row(key) for key in sorted(keys, key=lambda key: not key.is_active)]


def key_row(key: ApiKey) -> KeyRow:
    state = ("Active", "good", "check")
    if key.revoked_at:
        state = ("Revoked", "", "minus")
    elif key.is_expired:
        state = ("Expired", "", "minus")
    elif key.expires_at:
        state = ("Being replaced", "warn", "clock")
    return KeyRow(key, KIND_WORDS[ApiKey.Kind(key.kind)], *state)


def choices(granted: Mapping[str, str]) -> list[Choice]:
    """Every resource of the API with the levels that it knows."""
    return [
        Choice(
            name, name.replace("_", " ").capitalize(),
            [("", "None", name not in granted), *((level, LEVEL_WORDS[level], granted.get(name) == level) for level in levels)],
        )
        for name, levels in resources().items()
    ]  # fmt: skip
