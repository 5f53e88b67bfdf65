"""What the register refuses. Staff meet these in the admin; no API answers them."""

from __future__ import annotations


class ComplianceRefused(ValueError):
    """A rule of the register was broken; the message is for the person."""


class StepNotAllowed(ComplianceRefused):
    """The finding is not where this step starts, or the person's role may not take it."""


class ApproverIsOwner(ComplianceRefused):
    """Nobody accepts the risk of a finding that is theirs to settle."""


class EvidenceRefused(ComplianceRefused):
    """The file or link cannot be kept as evidence."""


class ImportRefused(ComplianceRefused):
    """A row of the file cannot be read; nothing of the file was taken."""


class ReviewClosed(ComplianceRefused):
    """The access review is closed, or not all of it is decided."""


class DrillImpossible(ComplianceRefused):
    """A restore drill cannot run here; the message says what is missing."""
