"""What is kept of customers, rules, published versions and runs."""

from rules.models.customers import CheapestProduct, Customer, CustomerChange, CustomerFeatures
from rules.models.definitions import Rule, RuleApproval, RuleComment, RuleExample, RuleRevision, RuleSave
from rules.models.feedback import SnoopAssignment, SnoopFeedback
from rules.models.learning import LearnedModel, LearnedModelChange, LearnedPointer, LearningShowing
from rules.models.push import CustomerToken, PushDevice, PushMessage, PushPlace, PushService
from rules.models.results import CurrentPair, FreshResult, RunRule
from rules.models.runs import CurrentRun, RulePart, RuleProblem, RuleRun
from rules.models.versions import RuleSetChange, RuleSetPointer, RuleSetServing, RuleSetVersion

__all__ = [
    "CheapestProduct",
    "CurrentPair",
    "CurrentRun",
    "Customer",
    "CustomerChange",
    "CustomerFeatures",
    "CustomerToken",
    "FreshResult",
    "LearnedModel",
    "LearnedModelChange",
    "LearnedPointer",
    "LearningShowing",
    "PushDevice",
    "PushMessage",
    "PushPlace",
    "PushService",
    "Rule",
    "RuleApproval",
    "RuleComment",
    "RuleExample",
    "RulePart",
    "RuleProblem",
    "RuleRevision",
    "RuleRun",
    "RuleSave",
    "RuleSetChange",
    "RuleSetPointer",
    "RuleSetServing",
    "RuleSetVersion",
    "RunRule",
    "SnoopAssignment",
    "SnoopFeedback",
]
