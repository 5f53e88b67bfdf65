"""Products, the eligible-product list, and what people decided about items."""

from eligibility.models.catalogue import (
    CatalogueChunk,
    CatalogueJob,
    CurrentDecision,
    ProductDecision,
    RedecisionRun,
    RedecisionTarget,
)
from eligibility.models.checker import Checker
from eligibility.models.clinicians import Clinician
from eligibility.models.consents import TrainingConsent
from eligibility.models.deeds import CatalogueDeed
from eligibility.models.disputes import DisputeFile, EligibilityDispute
from eligibility.models.feeds import CatalogueFeed, CatalogueFeedRun
from eligibility.models.letters import Letter, LetterEvent, LetterSignature
from eligibility.models.list_notices import ChangeDigest, ListNotice, ToldChange
from eligibility.models.lists import ListChange, ListItem, ListRowFault, ListSource, ListSync, ListVersion
from eligibility.models.model_versions import LabelVerdict, ModelChange, ModelPointer, ModelServing, ModelVersion
from eligibility.models.products import Product
from eligibility.models.reviews import Review, ReviewRequest
from eligibility.models.search import ProductSearch
from eligibility.models.traffic import DriftDay, DriftSample, ShadowDifference, ShadowTally, StreamPlace

__all__ = [
    "CatalogueChunk",
    "CatalogueDeed",
    "CatalogueFeed",
    "CatalogueFeedRun",
    "CatalogueJob",
    "ChangeDigest",
    "Checker",
    "Clinician",
    "CurrentDecision",
    "DisputeFile",
    "DriftDay",
    "DriftSample",
    "EligibilityDispute",
    "LabelVerdict",
    "Letter",
    "LetterEvent",
    "LetterSignature",
    "ListChange",
    "ListItem",
    "ListNotice",
    "ListRowFault",
    "ListSource",
    "ListSync",
    "ListVersion",
    "ModelChange",
    "ModelPointer",
    "ModelServing",
    "ModelVersion",
    "Product",
    "ProductDecision",
    "ProductSearch",
    "RedecisionRun",
    "RedecisionTarget",
    "Review",
    "ReviewRequest",
    "ShadowDifference",
    "ShadowTally",
    "StreamPlace",
    "ToldChange",
    "TrainingConsent",
]
