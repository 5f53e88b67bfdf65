"""What can go wrong with the shipped model, by name."""

from __future__ import annotations


class ModelMissing(RuntimeError):
    """There is no trained model in eligibility/data/model: run `manage.py train_eligibility`."""


class ModelBroken(RuntimeError):
    """A file of the model is not the one its manifest names, or was made for another taxonomy or feature set."""


class CorpusBroken(ValueError):
    """A row of the training corpus cannot be used."""
