"""What can be refused about learned relevance."""

from __future__ import annotations


class LearningRefused(Exception):
    """A sentence for whoever asked; nothing was changed."""


class TooFewData(LearningRefused):
    """Fewer showings, customers or acts than a comparison needs."""


class NotBetter(LearningRefused):
    """It does not order better than the plain score, or not surely so."""


class NoEvidence(LearningRefused):
    """The shadow has not shown yet, on live feeds, that it would do better."""


class ModelUnreadable(LearningRefused):
    """Its file is missing, is not what was registered, or is of other features."""
