"""An entry of the audit trail as a sentence."""

from __future__ import annotations

from vault.audit.models import AuditEntry

# Actions whose words are not put together from verb and noun.
WHOLE = {
    "user.signed_in": "signed in",
    "user.signed_out": "signed out",
    "user.sign_in_failed": "failed to sign in",
    "user.locked_out": "was locked out after too many tries",
    "user.password.changed": "changed a password",
    "user.password.reset": "reset a password",
    "user.email.changed": "changed an e-mail address",
    "user.second_factor.added": "added a second factor",
    "user.second_factor.removed": "removed a second factor",
    "user.second_factor.reset": "reset the recovery codes",
    "card_token.numbers_erased": "erased card numbers past their time",
    "merchant.read": "looked at the merchant",
    "audit_entry.listed": "searched the audit trail",
    "audit.verified": "checked the audit trail",
    "audit.exported": "exported the audit trail",
    "sales.exported": "exported sales",
}
# What support does in a merchant's portal, with the page.
LOOKS = {
    "support_view.opened": "began to look into your portal",
    "support_view.used": "opened a page of your portal: {}",
    "support_view.refused": "was refused in your portal: {}",
    "support_view.ended": "ended the look into your portal",
}
VERBS = {"read": "looked at", "listed": "looked at a list of", "posted": "posted", "failed": "ended without success"}
NOUNS = {
    "item_day": "sold item",
    "api_key": "API key",
    "entry": "ledger entry",
    "checkout_session": "sale",
    "access_log": "sign-in",
    "access_attempt": "lock-out",
}


def what_happened(entry: AuditEntry) -> str:
    """What was done, without who and when: “opened the e-mail of shopper shp_…”."""
    if words := WHOLE.get(entry.action):
        return f"{words}: {', '.join(entry.fields)}" if entry.action == "merchant.read" and entry.fields else words
    if words := LOOKS.get(entry.action):
        return words.format(entry.details.get("page", ""))
    noun, *middle, verb = entry.action.split(".")
    thing = f"{NOUNS.get(noun, noun.replace('_', ' '))} {entry.subject_id}".strip()
    if verb == "read" and entry.fields:
        return f"opened {', '.join(entry.fields).replace('_', ' ')} of {thing}"
    if verb == "listed":
        return f"looked at a list of {_many(NOUNS.get(noun, noun.replace('_', ' ')))} ({entry.details.get('count', 0)} shown)"
    named = f", {', '.join(entry.fields)}" if entry.fields else ""
    return f"{VERBS.get(verb, ' '.join([*middle, verb]).replace('_', ' '))} {thing}{named}"


def _many(noun: str) -> str:
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else noun + "s"
