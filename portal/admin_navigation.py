"""The admin's sidebar: what a person may view, grouped as they think of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from common.admin_cells import list_url
from people.models import User
from people.roles import CLINICIAN, has_role
from people.staff_sections import sections_of
from pos_monitor.admin.shell import tabs_for

# Group -> (words, icon of Material Symbols, app.Model)
GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("Sales", (
        ("Sales", "shopping_cart", "checkout.CheckoutSession"), ("Items in sales", "list_alt", "checkout.LineItem"),
        ("Shoppers", "person_search", "shoppers.Shopper"), ("Receipts", "receipt_long", "checkout.Receipt"),
        ("Benefit accounts", "savings", "shoppers.BenefitAccount"), ("Claims", "request_quote", "claims.Claim"),
        ("Linked banks", "account_balance_wallet", "shoppers.BankConsent"),
    )),
    ("Eligibility", (
        ("Waiting for review", "rule", "eligibility.ReviewRequest"), ("Decided reviews", "fact_check", "eligibility.Review"),
        ("Products", "inventory_2", "eligibility.Product"), ("Merchants' files", "upload_file", "eligibility.CatalogueJob"),
        ("Re-decisions", "restart_alt", "eligibility.RedecisionRun"), ("Eligible-product lists", "checklist", "eligibility.ListSource"),
        ("Updates of lists", "sync", "eligibility.ListSync"), ("Versions of lists", "history", "eligibility.ListVersion"),
        ("Products on lists", "barcode_scanner", "eligibility.ListItem"), ("Clinicians", "clinical_notes", "eligibility.Clinician"),
        ("Models", "model_training", "eligibility.ModelVersion"), ("Differences in shadow", "compare", "eligibility.ShadowDifference"),
    )),
    ("Snoops", (
        ("Snoops", "campaign", "rules.Rule"), ("Runs", "play_circle", "rules.RuleRun"),
        ("Learned relevance", "model_training", "rules.LearnedModel"),
        ("Customers", "group_search", "rules.Customer"), ("What customers did", "touch_app", "rules.SnoopFeedback"),
        ("Shown and held out", "science", "rules.SnoopAssignment"), ("Pushes", "notifications_active", "rules.PushMessage"),
    )),
    ("Money", (
        ("Payments", "payments", "checkout.Payment"), ("Card charges", "credit_card", "checkout.Tender"),
        ("Messages to the network", "outbox", "checkout.NetworkAdvice"), ("Card entries", "add_card", "checkout.CardToken"),
        ("Card ranges", "sd_card", "checkout.BinRange"), ("Lists of card ranges", "upload_file", "checkout.BinImport"),
        ("Late answers", "schedule", "checkout.LateAnswer"), ("Clearing differences", "difference", "checkout.ClearingCase"),
        ("Clearing files", "description", "checkout.ClearingFile"), ("Card disputes", "gavel", "checkout.Dispute"),
        ("Checks of payment pages", "troubleshoot", "checkout.PageCheck"),
        ("Payouts", "outbound", "treasury.Payout"), ("How merchants are paid", "tune", "treasury.PayoutPolicy"),
        ("Bank accounts", "account_balance", "treasury.BankAccount"), ("Settlements", "task_alt", "treasury.Settlement"),
        ("Fees of sales", "percent", "treasury.FeeSchedule"), ("Fee proposals", "rate_review", "treasury.FeeProposal"),
        ("Rates of fees", "price_check", "treasury.FeeRate"),
        ("Adjustments", "edit_note", "treasury.Adjustment"),
        ("Ledger entries", "menu_book", "ledger.Entry"), ("Ledger accounts", "account_balance", "ledger.Account"),
        ("Ledger movements", "swap_vert", "ledger.Leg"),
    )),
    ("Bank", (
        ("Differences", "difference", "treasury.TreasuryCase"), ("Days of reconciliation", "event_available", "treasury.BankDay"),
        ("Bookings", "receipt_long", "treasury.BankLine"), ("Statements", "description", "treasury.BankStatement"),
        ("Transfers", "swap_horiz", "treasury.BankTransfer"), ("Batches", "outbox", "treasury.BankBatch"),
    )),
    ("Merchants", (
        ("Merchants", "storefront", "merchants.Merchant"), ("Members", "badge", "merchants.Member"),
        ("API keys", "key", "merchants.ApiKey"), ("Events", "notifications", "merchants.Event"),
        ("Webhook endpoints", "webhook", "webhooks.WebhookEndpoint"), ("Webhook deliveries", "send", "webhooks.WebhookDelivery"),
    )),
    ("Compliance", (
        ("Findings", "fact_check", "compliance.Finding"), ("Access reviews", "how_to_reg", "compliance.AccessReview"),
        ("Access under review", "rule", "compliance.AccessReviewLine"), ("Restore drills", "settings_backup_restore", "compliance.RestoreDrill"),
    )),
    ("Audit", (("Audit trail", "policy", "vault.AuditEntry"), ("Checks of the trail", "verified_user", "vault.AuditCheck"))),
    ("People", (
        ("People", "group", "people.User"), ("Roles of staff", "admin_panel_settings", "auth.Group"),
        ("Second factors", "phonelink_lock", "mfa.Authenticator"), ("Sign-ins", "login", "axes.AccessLog"),
        ("Lock-outs", "lock_clock", "axes.AccessAttempt"), ("Letters", "mail", "notices.Letter"),
        ("Readers of letters", "contact_mail", "notices.Recipient"),
    )),
)  # fmt: skip
COLLAPSED = {"People"}


def may_view(request: HttpRequest, label: str) -> bool:
    app, model = label.lower().split(".")
    return request.user.has_perms([f"{app}.view_{model}"]) or request.user.has_perm(f"{app}.change_{model}")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Named by `UNFOLD["SIDEBAR"]["navigation"]`."""
    home = {"title": "Home", "icon": "home", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"items": [home]}]
    for title, entries in GROUPS:
        items = [
            {"title": words, "icon": icon, "link": list_url(label), "active": request.path.startswith(list_url(label))}
            for words, icon, label in entries
            if may_view(request, label)
        ]
        if title == "Eligibility" and may_view(request, "eligibility.Product"):
            items = _with_try_title(request, _with_drift(request, _with_why(request, items)))
        if title == "Eligibility" and request.user.has_perm("eligibility.add_review"):
            items = [{"title": "Decide the queue", "icon": "gavel", "link": reverse("staff:reviews"), "active": False}, *items]
        if title == "Eligibility" and isinstance(request.user, User) and has_role(request.user, CLINICIAN):
            items = [
                *items,
                {"title": "Letters to review", "icon": "stethoscope", "link": reverse("staff:letters"), "active": False},
            ]
        if title == "Snoops" and may_view(request, "rules.Rule"):
            items = _with_rule_pages(request, items)
        if title == "Sales" and isinstance(request.user, User) and "money" in sections_of(request.user):
            items = [
                {"title": "Where is my money?", "icon": "travel_explore", "link": reverse("staff:money"), "active": False},
                *items,
            ]
        if title == "Merchants" and isinstance(request.user, User):
            items = [*_merchant_pages(request.user), *items]
        if title == "Sales" and may_view(request, "people.BreakGlassGrant"):
            items = [
                *items,
                {"title": "Emergency access", "icon": "emergency", "link": reverse("staff:emergency"), "active": False},
            ]
        if items:
            groups.append({"title": title, "separator": True, "collapsible": title in COLLAPSED, "items": items})
        if title == "Sales" and (tills := _till_pages(request)):
            groups.append({"title": "Tills", "separator": True, "collapsible": False, "items": tills})
    return groups


def _merchant_pages(user: User) -> list[dict[str, Any]]:
    """Pages about merchants outside the admin: files for whoever looks after them, applications for risk."""
    files = {"title": "Files of merchants", "icon": "folder_shared", "link": reverse("staff:merchants"), "active": False}
    applications = {
        "title": "Applications",
        "icon": "approval_delegation",
        "link": reverse("staff:applications"),
        "active": False,
    }
    may_open = sections_of(user)
    return [page for section, page in (("merchants", files), ("applications", applications)) if section in may_open]


def _till_pages(request: HttpRequest) -> list[dict[str, Any]]:
    """The same pages as the tabs of the fleet; the inbox with its open incidents."""
    return [
        {
            "title": tab["words"],
            "icon": tab["icon"],
            "link": tab["url"],
            "active": tab["is_here"],
            "badge": str(tab["count"] or ""),
        }
        for tab in tabs_for(request)
    ]


RULE_PAGES = (
    ("Approvals", "approval", "waiting"),
    ("Publish and versions", "publish", "publish"),
    ("Families as tables", "table_chart", "table"),
)


def _with_rule_pages(request: HttpRequest, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    pages = [
        {
            "title": words,
            "icon": icon,
            "link": reverse(f"admin:rules_rule_{name}"),
            "active": request.path == reverse(f"admin:rules_rule_{name}"),
        }
        for words, icon, name in RULE_PAGES
    ]
    is_there = any(page["active"] for page in pages)
    snoops, *others = ({**item, "active": item["active"] and not is_there} for item in items)
    return [snoops, *pages, *others]  # in the order of the work: write, approve, publish, watch


def _with_drift(request: HttpRequest, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    url = reverse("admin:eligibility_drift")
    here = request.path.startswith(list_url("eligibility.DriftDay"))
    return (
        [*items, {"title": "Drift", "icon": "monitoring", "link": url, "active": here}]
        if may_view(request, "eligibility.DriftDay")
        else items
    )


def _with_why(request: HttpRequest, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A GTIN's story, below the products on lists."""
    if not may_view(request, "eligibility.ListItem"):
        return items
    url, below = reverse("admin:eligibility_listitem_why"), list_url("eligibility.ListItem")
    is_here, found = request.path == url, []
    for item in items:
        found.append({**item, "active": item["active"] and not (is_here and item["link"] == below)})
        if item["link"] == below:
            found.append({"title": "Why did a GTIN change", "icon": "manage_search", "link": url, "active": is_here})
    return found


def _with_try_title(request: HttpRequest, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    url = reverse("admin:eligibility_try_title")
    is_here = request.path == url
    others = [{**item, "active": item["active"] and not is_here} for item in items]
    return [*others, {"title": "Try a title", "icon": "labs", "link": url, "active": is_here}]
