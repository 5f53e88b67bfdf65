"""What people are told about: one row for each topic, with who hears of it unless the caller names somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

OWNER, ADMIN, DEVELOPER, ACCOUNTANT = "owner", "admin", "developer", "accountant"
RISK, AUDITOR, CURATOR, LEAD_CURATOR = "risk", "auditor", "curator", "lead_curator"
SUPPORT, SUPPORT_LEAD = "support", "support_lead"
AT_ONCE, DAILY, WEEKLY, OFF = "at_once", "daily", "weekly", "off"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Topic:
    """headline: a Django template of one line, for the bell and the e-mail's subject; its words are resolved when it is shown.

    page: the name of the address where the reader can act. is_security: cannot be switched off, and is never put off into a digest.
    is_urgent: goes through quiet hours. window: within it, the same thing told again is one notice with a count.
    """

    code: str
    title: str
    explanation: str
    headline: str
    page: str
    merchant_roles: frozenset[str] = frozenset()
    staff_roles: frozenset[str] = frozenset()
    is_security: bool = False
    is_urgent: bool = False
    email: str = AT_ONCE
    window: timedelta = HOUR

    @property
    def template(self) -> str:
        return self.code.replace(".", "_")


def _topics(*topics: Topic) -> dict[str, Topic]:
    return {topic.code: topic for topic in topics}


TOPICS = _topics(
    Topic(
        "sign_in.new_device", "Sign-in from a new device", "Somebody signed in as you with a browser or from a network that we had not seen.",
        "New sign-in to your account", "portal:notices", is_security=True, is_urgent=True,
    ),
    Topic(
        "account.changed", "Your sign-in was changed", "Your password, address or second factor is another one than before.",
        "Your {{ change|default:'sign-in' }} was changed", "portal:notices", is_security=True, is_urgent=True, window=timedelta(minutes=5),
    ),
    Topic(
        "api_key.created", "New API key", "A key was made for one of your merchants.",
        "New API key for {{ merchant }}", "portal:keys", frozenset({OWNER, ADMIN, DEVELOPER}), is_security=True,
    ),
    Topic(
        "api_key.revoked", "API key revoked", "A key of one of your merchants stopped working.",
        "API key of {{ merchant }} revoked", "portal:keys", frozenset({OWNER, ADMIN, DEVELOPER}), is_security=True,
    ),
    Topic(
        "member.added", "New member", "Somebody was given access to one of your merchants.",
        "{{ person|default:'Somebody' }} now works for {{ merchant }}", "portal:team", frozenset({OWNER, ADMIN}), is_security=True,
    ),
    Topic(
        "member.removed", "Member removed", "Somebody lost access to one of your merchants.",
        "{{ person|default:'Somebody' }} no longer works for {{ merchant }}", "portal:team", frozenset({OWNER, ADMIN}), is_security=True,
    ),
    Topic(
        "merchant_key.revoked", "Encryption key locked", "The bank locked the key under which your shoppers’ data is sealed.",
        "The data of {{ merchant }} is locked", "portal:home", frozenset({OWNER, ADMIN}), frozenset({RISK, AUDITOR}),
        is_security=True, is_urgent=True,
    ),
    Topic(
        "merchant_key.restored", "Encryption key unlocked", "The bank unlocked it again.",
        "The data of {{ merchant }} is unlocked again", "portal:home", frozenset({OWNER, ADMIN}), frozenset({RISK, AUDITOR}),
        is_security=True, is_urgent=True,
    ),
    Topic(
        "webhook.paused", "Webhooks paused", "An address of yours kept failing, so we stopped calling it.",
        "Webhooks to one of {{ merchant }}’s addresses are paused", "portal:webhooks", frozenset({OWNER, ADMIN, DEVELOPER}),
        window=6 * HOUR,
    ),
    Topic(
        "catalogue_feed.failing", "Catalogue feed failing", "A feed of your products could not be fetched or taken three times in a row.",
        "A product feed of {{ merchant }} is failing", "portal:feeds", frozenset({OWNER, ADMIN, DEVELOPER}), window=6 * HOUR,
    ),
    Topic(
        "catalogue_feed.mended", "Catalogue feed works again", "A feed of your products that was failing works again.",
        "A product feed of {{ merchant }} works again", "portal:feeds", frozenset({OWNER, ADMIN, DEVELOPER}),
    ),
    Topic(
        "catalogue_feed.held", "Catalogue feed waits for you", "So many products vanished from a feed that nothing is switched off until somebody approves it.",
        "{{ vanished|default:'Many' }} products vanished from a feed of {{ merchant }}", "portal:feeds", frozenset({OWNER, ADMIN, DEVELOPER}),
        window=24 * HOUR,
    ),
    Topic(
        "eligibility.changes", "Changes to your catalogue", "Once a day, where there is something: products of yours that will change status, or have.",
        "{{ changes }} of {{ merchant }}’s products change{{ changes|pluralize:'s,' }} status{% if first_on %}, the first on {{ first_on }}{% endif %}",
        "portal:changes", frozenset({OWNER, ADMIN, DEVELOPER}), window=timedelta(minutes=5),
    ),
    Topic(
        "eligibility.dispute_answered", "Dispute answered", "People looked anew at a decision about one of your products.",
        "Your dispute of a decision is answered", "portal:disputes", frozenset({OWNER, ADMIN, DEVELOPER}),
    ),
    Topic(
        "dispute.opened", "Card dispute opened", "A cardholder’s bank disputes a charge of yours, or asks for documents.",
        "A charge of {{ merchant }} is disputed: answer by {{ due }}", "portal:chargebacks", frozenset({OWNER, ADMIN, ACCOUNTANT}),
    ),
    Topic(
        "dispute.due_soon", "Card dispute due soon", "A dispute of a charge of yours will be lost unless you answer it.",
        "A dispute of {{ merchant }} must be answered by {{ due }}", "portal:chargebacks", frozenset({OWNER, ADMIN, ACCOUNTANT}), is_urgent=True,
    ),
    Topic(
        "break_glass.opened", "Emergency access", "A member of staff opened an account’s data in an emergency.",
        "Emergency access was used", "portal:notices", frozenset({OWNER}), frozenset({RISK, AUDITOR}), is_security=True, is_urgent=True,
    ),
    Topic(
        "finding.assigned", "Finding assigned to you", "An auditor’s finding is yours to settle.",
        "Finding {{ finding }} is yours to settle", "admin:compliance_finding_changelist", window=HOUR,
    ),
    Topic(
        "finding.overdue", "Finding overdue", "A finding was not settled by its date.",
        "Finding {{ finding }} is overdue", "admin:compliance_finding_changelist", staff_roles=frozenset({RISK}), email=DAILY, window=24 * HOUR,
    ),
    Topic(
        "restore_drill.failed", "Restore drill failed", "A backup did not restore, or what it held did not agree.",
        "A restore drill failed", "admin:compliance_restoredrill_changelist", staff_roles=frozenset({RISK}), is_urgent=True,
    ),
    Topic(
        "access_review.due", "Access review due", "It is time to confirm who has access.",
        "The access review is due", "admin:compliance_accessreview_changelist", staff_roles=frozenset({AUDITOR, RISK}), window=24 * HOUR,
    ),
    Topic(
        "card_bins.stale", "Card ranges out of date", "The newest list of card ranges of an acquirer is older than a month, or there is none.",
        "Card ranges of {{ source }} are out of date", "admin:checkout_binimport_changelist", staff_roles=frozenset({RISK}), window=24 * HOUR,
    ),
    Topic(
        "card_files.late", "Files of the acquirer are late", "No clearing file has come for money that moved days ago, or no dispute file for a week.",
        "No {{ kind }} file for {{ days }} day{{ days|pluralize }}", "admin:checkout_clearingfile_changelist", staff_roles=frozenset({RISK}), window=24 * HOUR,
    ),
    Topic(
        "card_dispute.unknown", "Dispute about an unknown charge", "The acquirer disputes a charge that is not in the book; it is tried again until it is.",
        "Dispute {{ case }} is about no charge of ours", "admin:checkout_unknowndispute_changelist", staff_roles=frozenset({RISK}), is_urgent=True,
    ),
    Topic(
        "model.broken", "Model cannot be loaded", "An eligibility model that should decide could not be loaded; the one before stays in force.",
        "Model {{ version }} cannot be loaded", "admin:eligibility_modelversion_changelist", staff_roles=frozenset({CURATOR}), window=24 * HOUR,
    ),
    Topic(
        "list.broken", "List is not up to date", "An eligible-product list could not be fetched or read; the version before stays in force.",
        "The list {{ list }} is not up to date", "admin:eligibility_listsource_changelist", staff_roles=frozenset({CURATOR, LEAD_CURATOR}), window=24 * HOUR,
    ),
    Topic(
        "list.held", "List waits for a person", "A new version of an eligible-product list changes more than is plausible; nothing of it holds yet.",
        "Version {{ version }} of {{ list }} waits for you", "admin:eligibility_listsync_changelist", staff_roles=frozenset({CURATOR, LEAD_CURATOR}),
    ),
    Topic(
        "rules.broken", "Rules cannot be taken up", "A published version of the Snoops could not be taken up by a process; the one before stays in force there.",
        "Version {{ version }} of the Snoops cannot be taken up", "admin:rules_rule_publish", staff_roles=frozenset({CURATOR, LEAD_CURATOR}), window=24 * HOUR,
    ),
    Topic(
        "rules.run_failed", "Run of the rules failed", "A run of the rules ended with a fault; the results of the run before stay in force.",
        "Run {{ run }} of the rules failed", "admin:rules_rulerun_changelist", staff_roles=frozenset({CURATOR, LEAD_CURATOR}), is_urgent=True,
    ),
    Topic(
        "rules.run_late", "Run of the rules is late", "At its pace a run of the rules will not be done by its deadline.",
        "Run {{ run }} of the rules will be late", "admin:rules_rulerun_changelist", staff_roles=frozenset({CURATOR, LEAD_CURATOR}), is_urgent=True, window=24 * HOUR,
    ),
    Topic(
        "terminals.incident", "Trouble at your terminals", "A till or an online store of yours is offline, or reports something that wants looking at.",
        "{{ title }}{% if others %} and {{ others }} more at your terminals{% endif %}", "portal:tills", frozenset({OWNER, ADMIN}),
    ),
    Topic(
        "terminals.resolved", "Trouble at your terminals is over", "What was wrong with a till or an online store of yours is well again.",
        "Over: {{ title }}{% if others %} and {{ others }} more{% endif %}", "portal:tills", frozenset({OWNER, ADMIN}),
    ),
    Topic(
        "terminals.case", "Support wrote to you", "Support wrote to you about terminals of yours.",
        "Support wrote to you about your terminals", "portal:till_support", frozenset({OWNER, ADMIN}), window=timedelta(minutes=1),
    ),
    Topic(
        "terminals.weekly", "Your terminals' week", "Each Monday: how available your terminals were, what went wrong, and which batteries to replace.",
        "Your terminals’ week: {{ availability }} available", "portal:till_support", frozenset({OWNER, ADMIN}), window=24 * HOUR,
    ),
    Topic(
        "fleet.incident", "Incident in the till fleet", "Terminals of a merchant or of many are in trouble. The desk's shared address gets the e-mail.",
        "{{ title }}{% if others %} and {{ others }} more{% endif %}", "admin:pos_monitor_incident_changelist", staff_roles=frozenset({SUPPORT}), email=OFF,
    ),
    Topic(
        "fleet.case", "A merchant answered", "A merchant answered in a case that you have, or that nobody has.", "A merchant answered in {{ case }}",
        "admin:pos_monitor_supportcase_changelist", staff_roles=frozenset({SUPPORT}), email=OFF, window=timedelta(minutes=1),
    ),
    Topic(
        "fleet.escalated", "Incident without an answer", "Nobody took an incident of the till fleet in time, or it is not repaired in time.",
        "Late: {{ title }}{% if others %} and {{ others }} more{% endif %}", "admin:pos_monitor_incident_changelist",
        staff_roles=frozenset({SUPPORT_LEAD}), is_urgent=True,
    ),
)  # fmt: skip


def topics_for(*, merchant_roles: frozenset[str], staff_roles: frozenset[str]) -> list[Topic]:
    """The topics that somebody with these roles may hear of; personal ones (no role) are everybody's."""
    staff_only = {"finding.assigned"}
    return [
        topic
        for topic in TOPICS.values()
        if topic.merchant_roles & merchant_roles
        or topic.staff_roles & staff_roles
        or (not topic.merchant_roles and not topic.staff_roles and (topic.code not in staff_only or staff_roles))
    ]
