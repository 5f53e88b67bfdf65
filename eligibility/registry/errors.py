"""What the registry refuses. Staff meet these in the admin and in commands; no API answers them."""

from __future__ import annotations


class RegistryRefused(ValueError):
    """A rule of the registry was broken; the message is for the person."""


class ModelUnusable(RegistryRefused):
    """The files are broken or missing, or were made for another taxonomy or feature version."""


class VersionUnknown(RegistryRefused):
    """No such version is registered."""


class WorseOnGolden(RegistryRefused):
    """The golden titles say that it is worse than the live model."""


class Overtaken(RegistryRefused):
    """Somebody else changed the live model meanwhile."""


class NothingBefore(RegistryRefused):
    """There is no earlier version to go back to."""


class ReasonMissing(RegistryRefused):
    """Who, or why, was not said."""
