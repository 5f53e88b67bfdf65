"""Judges a product by its title: `classify` gives a status, a category and a calibrated confidence.

title → normalise → MiniLM embedding + cues + hashed words → linear start + LightGBM → categories → status
"""

from eligibility.classifier.errors import ModelBroken, ModelMissing
from eligibility.classifier.predict import TitleItem, classify, model_version, neighbours_of
from eligibility.classifier.prediction import Prediction

__all__ = ["ModelBroken", "ModelMissing", "Prediction", "TitleItem", "classify", "model_version", "neighbours_of"]
