"""Alert rules: their list, the page on which one is written, and its trial on history."""

from __future__ import annotations

from pos_monitor.admin.rules.rule_list import AlertRuleAdmin

__all__ = ["AlertRuleAdmin"]
