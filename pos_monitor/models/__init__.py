"""What is kept of terminals, shards, alerts and incidents."""

from pos_monitor.models.alerts import (
    Alert,
    AlertRule,
    AlertRuleOverride,
    FleetNotice,
    FleetNoticeTold,
    Incident,
    IncidentEvent,
    Maintenance,
    Severity,
)
from pos_monitor.models.care import CaseEntry, DeskLetter, Playbook, SupportCase, WeeklyReport
from pos_monitor.models.commands import Command, CommandDelivery, CommandLog
from pos_monitor.models.estate import Distributor, EnrolmentCode, Store, Terminal, TerminalGroup, TerminalToken
from pos_monitor.models.history import ReportHour
from pos_monitor.models.importing import TerminalImport, TerminalImportChunk
from pos_monitor.models.sales import RefusedSale, TillDay, TillDayFailure, TillDayRefund, TillSale, TillSettings
from pos_monitor.models.stream import DeadLetter, FleetWord, ReportGap, ShardProgress
from pos_monitor.models.trials import RuleTrial
from pos_monitor.models.versions import VersionChange

__all__ = [
    "Alert",
    "AlertRule",
    "AlertRuleOverride",
    "CaseEntry",
    "Command",
    "CommandDelivery",
    "CommandLog",
    "DeadLetter",
    "DeskLetter",
    "Distributor",
    "EnrolmentCode",
    "FleetNotice",
    "FleetNoticeTold",
    "FleetWord",
    "Incident",
    "IncidentEvent",
    "Maintenance",
    "Playbook",
    "RefusedSale",
    "ReportGap",
    "ReportHour",
    "RuleTrial",
    "Severity",
    "ShardProgress",
    "Store",
    "SupportCase",
    "Terminal",
    "TerminalGroup",
    "TerminalImport",
    "TerminalImportChunk",
    "TerminalToken",
    "TillDay",
    "TillDayFailure",
    "TillDayRefund",
    "TillSale",
    "TillSettings",
    "VersionChange",
    "WeeklyReport",
]
