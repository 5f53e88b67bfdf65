"""Who may do what: one row for every address and method of the platform.

A new page needs one line in TABLE: its address as the resolver writes it, and who gets what (`outcomes.py` has the areas).
An address with an id also needs a row of acme's behind it, in `samples.py`. The admin's models make their rows themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib import admin as django_admin

from fsa_platform.tests.access.callers import MEMBERS, OUTSIDE
from fsa_platform.tests.access.outcomes import (
    SET_UP_FACTOR,
    SHOPPER_SIGN_IN,
    SIGN_IN,
    TO_ADMIN,
    Who,
    admin,
    everybody,
    house,
    keys,
    members,
    shoppers,
    signed_in,
)

CARD = {"number": "9999490000000007", "exp_month": 12, "exp_year": 2030, "cvc": "123"}
ID = "<str:public_id>"
# Django writes the names of all apps into this one; here it goes by what it begins and ends with.
APP_LIST = "^(?P<app_label>…)/$"


@dataclass(frozen=True)
class Row:
    """One address and method; for each role (or kind of key) what it is answered."""

    address: str
    method: str
    who: Who
    body: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    is_json: bool = False
    is_thin: bool = False  # asked of a few roles only: it goes by the same permission as the row's own page

    def __str__(self) -> str:
        return f"{self.method.upper()} /{self.address}"


def get(address: str, who: Who, query: str = "") -> Row:
    return Row(address, "get", who, query=query)


def post(address: str, who: Who, **body: Any) -> Row:
    """Whoever lacks the second factor is led to it from a page, but refused a change."""
    return Row(address, "post", {role: 403 if outcome == SET_UP_FACTOR else outcome for role, outcome in who.items()}, body)


API = [
    post("v1/checkout/sessions", keys(400)),
    get(f"v1/checkout/sessions/{ID}", keys(other=404, level="read")),
    post(f"v1/checkout/sessions/{ID}/confirm", keys(402, other=404)),
    post(f"v1/checkout/sessions/{ID}/capture", keys(409, other=404)),
    post(f"v1/checkout/sessions/{ID}/expire", keys(other=404)),
    get("v1/payment_links", keys(level="read")),
    post("v1/payment_links", keys(400)),
    get(f"v1/payment_links/{ID}", keys(other=404, level="read")),
    post(f"v1/payment_links/{ID}/deactivate", keys(other=404)),
    post(f"v1/payment_links/{ID}/activate", keys(other=404)),
    post(f"v1/checkout/sessions/{ID}/void", keys(409, other=404)),
    post(f"v1/checkout/sessions/{ID}/refund_preview", keys(409, other=404, level="read")),
    post("v1/card_tokens", keys(201, browser=True), **CARD),
    get("v1/payments", keys(level="read")),
    get("v1/payments/declines", keys(level="read")),
    get(f"v1/payments/{ID}", keys(other=404, level="read")),
    get(f"v1/payments/{ID}/captures", keys(other=404, level="read")),
    get("v1/disputes", keys(level="read")),
    get(f"v1/disputes/{ID}", keys(other=404, level="read")),
    get(f"v1/disputes/{ID}/pack", keys(other=404, level="read")),
    post(f"v1/disputes/{ID}/evidence", keys(400, other=404)),
    post(f"v1/disputes/{ID}/accept", keys(other=404)),
    post(f"v1/disputes/{ID}/submit", keys(other=404)),
    get("v1/refunds", keys(level="read")),
    post("v1/refunds", keys(400)),
    post("v1/refunds/preview", keys(400, level="read")),
    get(f"v1/refunds/{ID}", keys(other=404, level="read")),
    post("v1/eligibility/check", keys(400, level="read")),
    get("v1/letters", keys(level="read")),
    post("v1/letters", keys(400)),
    get(f"v1/letters/{ID}", keys(other=404, level="read")),
    post(f"v1/letters/{ID}/cancel", keys(other=404)),
    get("v1/eligibility/disputes", keys(level="read")),
    post("v1/eligibility/disputes", keys(400)),
    get(f"v1/eligibility/disputes/{ID}", keys(other=404, level="read")),
    get("v1/products", keys(level="read")),
    post("v1/products", keys(400)),
    get("v1/public/products/<path:ref>/verdict", keys(other=404, level="read", browser=True)),
    get("v1/public/verdicts", keys(level="read", browser=True), query="?ref=IBU-1"),
    post("v1/public/split", keys(400, level="read", browser=True)),
    get("v1/account", {**keys(), "restricted_read": 200}),
    get("v1/products/search", keys(level="read", browser=True), query="?q=ibuprofen"),
    get(f"v1/products/{ID}", keys(other=404, level="read")),
    Row(f"v1/products/{ID}", "patch", keys(other=404)),
    get(f"v1/products/{ID}/decisions", keys(other=404, level="read")),
    get("v1/eligibility/changes", keys(level="read")),
    get("v1/eligibility/jobs", keys(level="read")),
    post("v1/eligibility/jobs", keys(400)),
    get(f"v1/eligibility/jobs/{ID}", keys(other=404, level="read")),
    post(f"v1/eligibility/jobs/{ID}/cancel", keys(other=404)),
    get(f"v1/eligibility/jobs/{ID}/rows", keys(other=404, level="read")),
    get(f"v1/eligibility/jobs/{ID}/file", keys(409, other=404, level="read")),
    post("v1/products/import", keys(400)),
    get("v1/products/feeds", keys(level="read")),
    post("v1/products/feeds", keys(400)),
    get(f"v1/products/feeds/{ID}", keys(other=404, level="read")),
    Row(f"v1/products/feeds/{ID}", "patch", keys(other=404)),
    Row(f"v1/products/feeds/{ID}", "delete", keys(other=404)),
    get(f"v1/products/feeds/{ID}/runs", keys(other=404, level="read")),
    post(f"v1/products/feeds/{ID}/pull", keys(202, other=404)),
    post(f"v1/products/feeds/{ID}/approve", keys(409, other=404)),
    get("v1/balance", keys(level="read")),
    get("v1/balance/entries", keys(level="read")),
    get("v1/settlements", keys(level="read")),
    get("v1/bank_accounts", keys(level="read")),
    get("v1/payouts", keys(level="read")),
    post("v1/payouts", keys(409)),  # there is no account to pay to
    get(f"v1/payouts/{ID}", keys(other=404, level="read")),
    post(f"v1/payouts/{ID}/cancel", keys(409, other=404)),  # the bank has it
    get("v1/events", keys(level="read")),
    get(f"v1/events/{ID}", keys(other=404, level="read")),
    get("v1/webhook_endpoints", keys(level="read")),
    post("v1/webhook_endpoints", keys(400)),
    get(f"v1/webhook_endpoints/{ID}", keys(other=404, level="read")),
    Row(f"v1/webhook_endpoints/{ID}", "patch", keys(other=404)),
    Row(f"v1/webhook_endpoints/{ID}", "delete", keys(other=404)),
    post(f"v1/webhook_endpoints/{ID}/rotate_secret", keys(other=404)),
    post(f"v1/webhook_endpoints/{ID}/test", keys(201, other=404)),
    get(f"v1/webhook_endpoints/{ID}/deliveries", keys(other=404, level="read")),
    post(f"v1/webhook_endpoints/{ID}/replay", keys(400, other=404)),
    post(f"v1/webhook_deliveries/{ID}/replay", keys(other=404)),
    post("v1/rules/evaluate", keys(400)),
    get("v1/customers", keys(level="read")),
    get(f"v1/customers/{ID}", keys(other=404, level="read")),
    get(f"v1/customers/{ID}/snoops", keys(other=404, level="read")),
    post(f"v1/customers/{ID}/snoops/<str:rule>/feedback", keys(400, other=404)),
    post(f"v1/customers/{ID}/tokens", keys(201, other=404)),
    get(f"v1/customers/{ID}/devices", keys(other=404, level="read")),
    post(f"v1/customers/{ID}/devices", keys(400, other=404)),
    Row(f"v1/customers/{ID}/devices/<str:device>", "delete", keys(404)),
    get(f"v1/customers/{ID}/payment_methods", keys(other=404, level="read")),
    get(f"v1/customers/{ID}/payment_methods/<str:card>", keys(404, level="read")),
    Row(f"v1/customers/{ID}/payment_methods/<str:card>", "delete", keys(404)),
    get("v1/subscriptions", keys(level="read")),
    post("v1/subscriptions", keys(400)),
    get(f"v1/subscriptions/{ID}", keys(other=404, level="read")),
    Row(f"v1/subscriptions/{ID}", "patch", keys(other=404)),
    get(f"v1/subscriptions/{ID}/renewals", keys(other=404, level="read")),
    post(f"v1/subscriptions/{ID}/pause", keys(other=404)),
    post(f"v1/subscriptions/{ID}/resume", keys(other=404)),
    post(f"v1/subscriptions/{ID}/skip", keys(other=404)),
    post(f"v1/subscriptions/{ID}/cancel", keys(other=404)),
    get("v1/push_service", keys(level="read")),
    post("v1/push_service", keys(400)),
    Row("v1/push_service", "delete", keys(204)),
    get("v1/stores", keys(level="read")),
    post("v1/stores", keys(400)),
    get(f"v1/stores/{ID}", keys(other=404, level="read")),
    Row(f"v1/stores/{ID}", "patch", keys(other=404)),
    get("v1/terminals", keys(level="read")),
    post("v1/terminals", keys(400)),
    get(f"v1/terminals/{ID}", keys(other=404, level="read")),
    Row(f"v1/terminals/{ID}", "patch", keys(other=404)),
    get(f"v1/terminals/{ID}/alerts", keys(other=404, level="read")),
    get("v1/terminal_incidents", keys(level="read")),
    get(f"v1/terminal_incidents/{ID}", keys(other=404, level="read")),
    get(f"v1/terminals/{ID}/history", keys(other=404, level="read")),
    get(f"v1/terminals/{ID}/sales", keys(other=404, level="read")),
    post(f"v1/terminals/{ID}/sales", keys(400, other=404)),
    post(f"v1/terminals/{ID}/sales/batch", keys(400, other=404)),
    post(f"v1/terminals/{ID}/sales/void_last", keys(400, other=404)),
    get(f"v1/terminals/{ID}/sales/number/<str:sale_number>", keys(404, other=404, level="read")),
    post(f"v1/terminals/{ID}/card_tokens", keys(400, other=404)),
    post(f"v1/terminals/{ID}/close_day", keys(200, other=404)),
    get(f"v1/terminals/{ID}/days", keys(other=404, level="read")),
    post(f"v1/terminals/{ID}/state", keys(400, other=404)),
    post(f"v1/terminals/{ID}/enrolment_code", keys(201, other=404)),
    post(f"v1/terminals/{ID}/rotate_token", keys(201, other=404)),
    post(f"v1/terminals/{ID}/revoke_token", keys(other=404)),
    get(f"v1/terminals/{ID}/commands", keys(other=404, level="read")),
    post(f"v1/terminals/{ID}/commands", keys(400, other=404)),
    get(f"v1/terminals/{ID}/commands/<str:command>", keys(other=404, level="read")),
    post(f"v1/terminals/{ID}/commands/<str:command>/cancel", keys(other=404)),
    get(f"v1/terminals/{ID}/commands/<str:command>/log", keys(other=404, level="read")),
    post("v1/terminal/commands/<str:command>/log", dict.fromkeys(keys(), 401)),  # the same
    post("v1/terminal/token", dict.fromkeys(keys(), 401)),  # a terminal's token alone opens it, and that is no merchant's key
]

OPEN = [
    get("healthz", everybody(200)),
    get("readyz", everybody(200)),
    get("metrics", everybody(404)),  # no token is set: nobody may look
    get("v1/openapi.json", everybody(200)),
    get("v1/docs/", everybody(200)),
    get("v1/docs/errors/", everybody(200)),
    get("docs/playground/", everybody(200)),
    post("docs/playground/session/", everybody(404)),  # there is no demo
    get("sdk/v<str:version>/<str:name>", everybody(200)),
    get("test-cards/", everybody(200)),
    get("sandbox-bank/", everybody(404)),  # without a signed question
    post("sandbox-bank/", everybody(404)),
    get("v1/docs/<slug:name>/", everybody(301)),
    get("docs/", everybody(200)),
    get("docs/search.json", everybody(200)),
    get("docs/<slug:name>/", everybody(200)),
    post("v1/terminals/enrol", everybody(400)),  # a code that was typed into the terminal is the key
]

# A shopper's unguessable id is the key: whoever has it sees that page and nothing else.
HOSTED = [
    get(f"pay/{ID}/", everybody(200)),
    get(f"pay/{ID}/status/", everybody(200)),
    Row(f"pay/{ID}/remind/", "post", everybody(403), is_json=True),  # without the page's own token
    get(f"pay/{ID}/challenged/<str:authentication>/", everybody(404)),
    post(f"pay/{ID}/challenged/<str:authentication>/", everybody(404)),
    get(f"card-frame/{ID}/", everybody(200)),
    get(f"l/{ID}/", everybody(200)),
    Row(f"l/{ID}/", "post", everybody(302), is_thin=True),
    get(f"l/{ID}/qr.svg", everybody(200)),
    get(f"l/{ID}/qr.png", everybody(200)),
    get(f"looks/{ID}/<str:version>.css", everybody(404)),
    get(f"looks/{ID}/<str:version>.png", everybody(404)),
    get("card-frame/bins/<str:version>.json", everybody(404)),
    Row(f"pay/{ID}/confirm/", "post", everybody(403), is_json=True),  # without the page's own token
    get(f"receipts/{ID}/", everybody(200)),
    get(f"check/{ID}/", everybody(200)),
    get(f"receipts/{ID}/receipt.pdf", everybody(200)),
]

PORTAL = [
    get("", members()),
    post("first-steps/end/", members(ok=302)),
    get("business/", members("settings.manage")),
    post("business/", members("settings.manage", ok=400)),
    get("insights/", members("sales.view")),
    get("insights/items.csv", members("sales.export")),
    get("stores/", members("sales.view")),
    get("stores/list.csv", members("sales.export")),
    get(f"stores/{ID}/", members("sales.view", other=404)),
    post("switch/", members(ok=302)),
    post("tips/<str:rule>/<str:verb>/", members(ok=404)),
    get("sales/", members("sales.view")),
    post("sales/views/", members("sales.view", ok=302)),
    post(f"sales/views/{ID}/", members("sales.view", ok=403, other=404)),  # a colleague made it
    get("sales/export.<str:kind>", members("sales.export")),
    get("sales/declines/", members("sales.view")),
    get(f"sales/{ID}/", members("sales.view", other=404)),
    post(f"sales/{ID}/capture/", members("sales.capture", ok=302, other=404)),
    post(f"sales/{ID}/void/", members("sales.capture", ok=302, other=404)),
    get(f"sales/{ID}/refund/", members("sales.refund", other=404)),
    post(f"sales/{ID}/refund/", members("sales.refund", ok=400, other=404)),
    get("subscriptions/", members("sales.view")),
    get(f"subscriptions/{ID}/", members("sales.view", other=404)),
    post(f"subscriptions/{ID}/<str:deed>/", members("sales.capture", ok=302, other=404)),
    get("tills/", members("tills.view")),
    get("tills/now/", members("tills.view")),
    get("tills/list.csv", members("tills.view")),
    get("tills/new/", members("tills.manage")),
    post("tills/new/", members("tills.manage", ok=400)),
    get("tills/codes/", members("tills.manage")),
    post("tills/codes/", members("tills.manage")),
    get("tills/shops/", members("tills.view")),
    get("tills/shops/new/", members("tills.manage")),
    post("tills/shops/new/", members("tills.manage", ok=400)),
    get(f"tills/shops/{ID}/", members("tills.manage", other=404)),
    post(f"tills/shops/{ID}/", members("tills.manage", ok=400, other=404)),
    get("tills/imports/", members("tills.manage")),
    get("tills/imports/example.csv", members("tills.manage")),
    post("tills/imports/send/", members("tills.manage", ok=400)),
    get(f"tills/imports/{ID}/", members("tills.manage", other=404)),
    get(f"tills/imports/{ID}/status/", members("tills.manage", other=404)),
    get(f"tills/imports/{ID}/rows.csv", members("tills.manage", other=404)),
    post(f"tills/imports/{ID}/do/", members("tills.manage", ok=302, other=404)),
    get("tills/commands/", members("tills.view")),
    get("tills/commands/send/", members("tills.manage")),
    post("tills/commands/send/", members("tills.manage", ok=400)),
    get(f"tills/commands/{ID}/", members("tills.view", other=404)),
    get(f"tills/commands/{ID}/now/", members("tills.view", other=404)),
    post(f"tills/commands/{ID}/cancel/", members("tills.manage", ok=302, other=404)),
    get(f"tills/commands/{ID}/logs/<str:till>/", members("tills.manage", other=404)),
    get("tills/support/", members("tills.view")),
    get(f"tills/support/cases/{ID}/", members("tills.view", other=404)),
    post(f"tills/support/cases/{ID}/reply/", members("tills.manage", ok=400, other=404)),
    get(f"tills/support/reports/{ID}.pdf", members("tills.view", other=404)),
    get("tills/unpaid/", members("sales.view")),
    post("tills/unpaid/limits/", members("settings.manage", ok=400)),
    post(f"tills/unpaid/{ID}/settle/", members("sales.refund", ok=302, other=404)),
    get(f"tills/days/{ID}/", members("sales.view", other=404)),
    get(f"tills/{ID}/days/", members("sales.view", other=404)),
    get(f"tills/{ID}/", members("tills.view", other=404)),
    get(f"tills/{ID}/now/", members("tills.view", other=404)),
    get(f"tills/{ID}/history/", members("tills.view", other=404)),
    get(f"tills/{ID}/change/", members("tills.manage", other=404)),
    post(f"tills/{ID}/change/", members("tills.manage", ok=400, other=404)),
    get(f"tills/{ID}/code/", members("tills.manage", other=404)),
    post(f"tills/{ID}/code/", members("tills.manage", other=404)),
    post(f"tills/{ID}/token/", members("tills.manage", ok=302, other=404)),
    post(f"tills/{ID}/revoke/", members("tills.manage", ok=302, other=404)),
    post(f"tills/{ID}/state/", members("tills.manage", ok=302, other=404)),
    get("branding/", members("settings.manage")),
    post("branding/", members("settings.manage", ok=302)),
    get("links/", members("links.view")),
    get("links/new/", members("links.manage")),
    post("links/new/", members("links.manage", ok=400)),
    get(f"links/{ID}/", members("links.view", other=404)),
    post(f"links/{ID}/switch/", members("links.manage", ok=302, other=404)),
    get("products/", members("products.view")),
    get("products/files/", members("products.view")),
    post("products/files/send/", members("products.manage", ok=400)),
    get(f"products/files/{ID}/", members("products.view", other=404)),
    get(f"products/files/{ID}/status/", members("products.view", other=404)),
    post(f"products/files/{ID}/cancel/", members("products.manage", ok=302, other=404)),
    get(f"products/files/{ID}/results.<str:kind>", members("products.view", ok=302, other=404)),
    get("products/coverage/", members("products.view")),
    get("products/list.csv", members("products.view")),
    get("products/changes/", members("products.view")),
    get("products/changes/list.csv", members("products.view")),
    get("products/deeds/", members("products.view")),
    post("products/deeds/ask/", members("products.manage", ok=302)),
    get(f"products/deeds/{ID}/", members("products.view", other=404)),
    get(f"products/deeds/{ID}/status/", members("products.view", other=404)),
    post(f"products/deeds/{ID}/stop/", members("products.manage", ok=302, other=404)),
    get("products/feeds/", members("products.view")),
    get("products/feeds/new/", members("products.manage")),
    post("products/feeds/new/", members("products.manage", ok=400)),
    get(f"products/feeds/{ID}/", members("products.view", other=404)),
    get(f"products/feeds/{ID}/status/", members("products.view", other=404)),
    get(f"products/feeds/{ID}/change/", members("products.manage", other=404)),
    post(f"products/feeds/{ID}/change/", members("products.manage", ok=400, other=404)),
    post(f"products/feeds/{ID}/do/<str:deed>/", members("products.manage", ok=302, other=404)),
    get(f"products/{ID}/", members("products.view", other=404)),
    get("checker/", members("products.view")),
    post("checker/switch/", members("products.manage", ok=302)),
    get("chargebacks/", members("sales.view")),
    get(f"chargebacks/{ID}/", members("sales.view", other=404)),
    get(f"chargebacks/{ID}/pack/<str:kind>/", members("sales.view", ok=404, other=404)),
    get(f"chargebacks/files/{ID}/", members("sales.view", other=404)),
    post(f"chargebacks/{ID}/evidence/", members("sales.refund", ok=302, other=404)),
    post(f"chargebacks/{ID}/submit/", members("sales.refund", ok=302, other=404)),
    post(f"chargebacks/{ID}/accept/", members("sales.refund", ok=302, other=404)),
    get("disputes/", members("products.view")),
    post("disputes/open/", members("products.manage", ok=400)),
    post("disputes/training/", members("settings.manage", ok=302)),
    get(f"disputes/files/{ID}/", members("products.view", other=404)),
    get(f"disputes/{ID}/", members("products.view", other=404)),
    get("balance/", members("balance.view")),
    get("balance/export/<str:kind>/", members("sales.export")),
    get("balance/fees/", members("balance.view")),
    get("balance/statements/", members("balance.view")),
    get(f"balance/statements/{ID}/", members("balance.view", other=404)),
    get("payouts/", members("payouts.view")),
    get("payouts/new/", members("payouts.manage")),
    post("payouts/new/", members("payouts.manage", ok=400)),
    get("payouts/schedule/", members("payouts.manage")),
    post("payouts/schedule/", members("payouts.manage", ok=400)),
    get(f"payouts/settlements/{ID}/", members("payouts.view", other=404)),
    get("payouts/bank/", members("payouts.view")),
    get("payouts/bank/new/", members("bank.manage")),
    post("payouts/bank/new/", members("bank.manage", ok=400)),
    get(f"payouts/bank/{ID}/", members("payouts.view", other=404)),
    post(f"payouts/bank/{ID}/amounts/", members("bank.manage", ok=400, other=404)),
    post(f"payouts/bank/{ID}/do/<str:deed>/", members("bank.manage", ok=404, other=404)),
    get(f"payouts/{ID}/", members("payouts.view", other=404)),
    post(f"payouts/{ID}/cancel/", members("payouts.manage", ok=302, other=404)),
    get("keys/", members("keys.view")),
    get("keys/create/", members("keys.manage")),
    post(f"keys/{ID}/", members("keys.manage", ok=400, other=404)),
    post("keys/create/", members("keys.manage"), name="Till", kind="secret"),
    get(f"keys/{ID}/", members("keys.manage", other=404)),
    post(f"keys/{ID}/roll/", members("keys.manage", ok=302, other=404)),
    post("keys/embedding/", members("settings.manage", ok=302)),
    get("access-log/", members("audit.view")),
    post("access-log/support/", members("audit.view", ok=302)),
    post(f"keys/{ID}/revoke/", members("keys.manage", ok=302, other=404)),
    get("team/", members("team.view")),
    post("team/invite/", members("team.manage", ok=400)),
    post("team/invitations/<str:public_id>/withdraw/", members("team.manage", ok=404)),
    post("team/<int:pk>/role/", members("team.manage", ok=302, other=404)),
    get("team/<int:pk>/reach/", members("team.manage", other=404)),
    post("team/<int:pk>/reach/", members("team.manage", ok=302, other=404)),
    post("team/<int:pk>/remove/", members("team.manage", ok=302, other=404)),
    get("team/join/<str:token>/", {**everybody(410), "no_factor": SET_UP_FACTOR}),
    get("webhooks/", members("webhooks.view")),
    post("webhooks/create/", members("webhooks.manage", ok=400)),
    get(f"webhooks/{ID}/", members("webhooks.view", other=404)),
    get(f"webhooks/deliveries/{ID}/", members("webhooks.view", other=404)),
    post(f"webhooks/deliveries/{ID}/replay/", members("webhooks.manage", ok=302, other=404)),
    *[
        post(f"webhooks/{ID}/{verb}/", members("webhooks.manage", ok=302, other=404))
        for verb in ("state", "test", "replay", "delete")
    ],
    post(f"webhooks/{ID}/change/", members("webhooks.manage", ok=400, other=404)),
    post(f"webhooks/{ID}/rotate/", members("webhooks.manage", other=404)),  # shows the new secret, this once
    get("notices/", signed_in(200)),
    post("notices/read/", signed_in(302)),
    get("notices/preferences/", signed_in(200)),
    post("notices/preferences/", signed_in(302)),
    post("notices/address/", signed_in(302)),
    get("notices/unsubscribe/<str:token>/", {**everybody(404), "no_factor": SET_UP_FACTOR}),
]

# The pages of one's own sign-in. Everybody here has a second factor and no password, so that some pages send them on.
ACCOUNTS = [
    *[
        get(f"accounts/{page}/", {**everybody(200), "no_factor": SET_UP_FACTOR})
        for page in ("inactive", "password/reset", "password/reset/done", "password/reset/key/done")
    ],
    *[
        get(address, {**everybody(404), "no_factor": SET_UP_FACTOR})
        for address in (
            r"accounts/^confirm-email/(?P<key>[-:\w]+)/$", "accounts/email/", "accounts/confirm-email/",
            r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        )
    ],
    *[
        get(f"accounts/{page}/", {**everybody(302), **dict.fromkeys(OUTSIDE, 200), "no_factor": SET_UP_FACTOR})
        for page in ("login", "signup")
    ],
    *[get(f"accounts/{page}/", signed_in(200)) for page in ("password/set", "sessions")],
    *[get(f"accounts/{page}/", {**signed_in(200), "no_factor": 200}) for page in ("2fa", "logout")],
    get("accounts/2fa/reauthenticate/", {**signed_in(200), "no_factor": 403}),
    *[
        get(f"accounts/{page}/", signed_in(302))
        for page in (
            "password/change", "login/code/confirm", "2fa/authenticate", "2fa/totp/deactivate", "2fa/recovery-codes/generate",
        )
    ],
    get("accounts/reauthenticate/", {**signed_in(302), "no_factor": 403}),
    get("accounts/2fa/totp/activate/", {**signed_in(302), "no_factor": 200}),
    *[get(f"accounts/2fa/{page}/", {**signed_in(404), "no_factor": 404}) for page in ("recovery-codes", "recovery-codes/download")],
    post("accounts/sessions/end/", signed_in(302)),
    get("accounts/2fa/webauthn/", {**signed_in(200), "no_factor": 200}),
    get("accounts/2fa/webauthn/add/", {**signed_in(302), "no_factor": 200}),
    get("accounts/2fa/webauthn/reauthenticate/", {**signed_in(302), "no_factor": 403}),
    *[get(f"accounts/2fa/webauthn/keys/<int:pk>/{page}/", signed_in(302)) for page in ("remove", "edit")],
    get("accounts/2fa/webauthn/login/", {**everybody(302), **dict.fromkeys(OUTSIDE, SIGN_IN), "no_factor": SET_UP_FACTOR}),
]  # fmt: skip

# A shopper's own pages, of all the merchants where they bought. Nobody else is anything here, whoever they are elsewhere.
ME = [
    get("me/", shoppers()),
    get("me/snoops/", shoppers()),
    get("me/snoops/seen.gif", shoppers()),
    post("me/snoops/<str:rule>/<str:verb>/", shoppers(404)),
    get("me/letters/", shoppers()),
    get("me/letters/<str:public_id>/", shoppers(404)),
    get("me/letters/<str:public_id>/<str:which>.pdf", shoppers(404)),
    post("me/letters/<str:public_id>/answer/", shoppers(404)),
    get("me/cards/", shoppers()),
    get("me/cards/<str:public_id>/delete/", shoppers(404)),
    post("me/cards/<str:public_id>/delete/", shoppers(404)),
    get("me/accounts/", shoppers()),
    get("me/accounts/add/", shoppers()),
    get("me/accounts/<str:public_id>/", shoppers(404)),
    post("me/accounts/<str:public_id>/balance/", shoppers(404)),
    post("me/accounts/<str:public_id>/close/", shoppers(404)),
    get("me/bank/", shoppers()),
    get("me/bank/return/", shoppers(302)),
    post("me/bank/<str:public_id>/refresh/", shoppers(404)),
    get("me/bank/<str:public_id>/end/", shoppers(404)),
    get("me/account/", shoppers()),
    get("me/sign-in/", {**everybody(200), "shopper": 302}),
    get("me/open/<str:token>/", everybody(410)),
    get("me/passkeys/sign-in/", everybody(200)),
    get("me/passkeys/add/", shoppers()),
    post("me/passkeys/<str:public_id>/remove/", shoppers(302)),
    post("me/sign-out/", shoppers(SHOPPER_SIGN_IN)),
    post("me/account/end/", shoppers(302)),
]

EMERGENCY = [
    get("staff/emergency-access/", house("support", "risk", "auditor")),
    post("staff/emergency-access/ask/", house("support", "risk", ok=400)),
    post("staff/emergency-access/<str:public_id>/end/", house("support", "risk", "auditor", ok=404)),
]

CONTROL, LOOKING = ("risk", "auditor"), ("support", "risk", "auditor")
APPLICATION, FILE = "staff/applications/", "staff/merchants/"
STAFF_FILES = [
    get(APPLICATION, house(*CONTROL)),
    get(f"{APPLICATION}{ID}/", house(*CONTROL)),
    post(f"{APPLICATION}{ID}/<str:verb>/", house("risk", ok=302)),  # no such verb
    get(f"{APPLICATION}documents/{ID}/", house("risk")),
    post(f"{APPLICATION}people/{ID}/reveal/", house("risk", ok=400)),
    get(FILE, house(*LOOKING)),
    get(f"{FILE}{ID}/", house(*LOOKING)),
    post(f"{FILE}{ID}/limits/", house("risk", ok=400)),
    post(f"{FILE}{ID}/hold/", house("risk", ok=400)),
    post(f"{FILE}{ID}/release/", house("risk", ok=400)),
    post(f"{FILE}{ID}/notes/", house(*LOOKING, ok=400)),
    post(f"{FILE}notes/{ID}/pin/", house("support", "risk", ok=302)),
    post(f"{FILE}changes/{ID}/", house("risk", ok=302)),
    post(f"{FILE}{ID}/look/", house("support", "risk", ok=403)),
    post("staff/look/end/", house("support", "risk", ok=302)),
    get("staff/money/", house(*LOOKING, "finance")),
]

# A business that applies: whoever has the link of an application opens it, and nobody here has one.
APPLYING = [
    get("apply/", {**everybody(200), "no_factor": SET_UP_FACTOR}),
    post("apply/", {**everybody(400), "no_factor": SET_UP_FACTOR}),
    get("apply/mine/", signed_in(403)),
    *[
        make(f"apply/<str:key>/{rest}", {**everybody(404), "no_factor": SET_UP_FACTOR})
        for make, rest in (
            (get, ""), (post, ""), (post, "people/"), (post, f"people/{ID}/remove/"), (post, "documents/"),
            (post, f"documents/{ID}/remove/"), (post, "submit/"), (post, "withdraw/"),
        )
    ],
]  # fmt: skip

REVIEWING = [
    get("staff/reviews/", house("support", "curator", "lead_curator", "clinician")),
    post("staff/reviews/next/", house("support", "curator", "lead_curator", "clinician")),
    post("staff/reviews/decide/", house("support", "curator", "lead_curator", "clinician", ok=302)),
    post("staff/reviews/skip/", house("support", "curator", "lead_curator", "clinician", ok=302)),
    post("staff/reviews/undo/", house("support", "curator", "lead_curator", "clinician", ok=302)),
    get("staff/reviews/numbers/", house("support", "curator", "lead_curator", "clinician", "auditor")),
    get(f"staff/reviews/files/{ID}/", house("support", "curator", "lead_curator", "clinician")),
]

# Clinicians' letters. The row behind the address is one that nobody has taken up: to read it, it must be taken up first.
LETTERS = [
    get("staff/letters/", house("clinician")),
    get("staff/letters/<str:public_id>/", house("clinician", ok=404)),
    post("staff/letters/<str:public_id>/", house("clinician", ok=404)),
    post("staff/letters/<str:public_id>/claim/", house("clinician", ok=302)),
    post("staff/letters/<str:public_id>/sign/", house("clinician", ok=404)),
    post("staff/letters/<str:public_id>/decide/", house("clinician", ok=404)),
    get("staff/letters/<str:public_id>/<str:which>.pdf", house("clinician", ok=404)),
]

# The partner bank's console. An owner's key has a public id; verbs are asked for with a reason and decided by a second person.
CUSTODY = [
    get("custody/", house("bank")),
    get("custody/<str:owner>/", house("bank")),
    get("custody/<str:owner>/<str:verb>/", house("bank")),
    get("custody/requests/<str:public_id>/", house("bank", ok=404)),
    post("custody/requests/<str:public_id>/decide/", house("bank", ok=404)),
    post("custody/requests/<str:public_id>/repeat/", house("bank", ok=404)),
]

SUPER = ("superuser",)
# Who may write in the admin: model -> roles. Everything else is only looked at there, by superusers too.
FLEET_KEEPERS = ("support", "support_lead", "superuser")
KEPT_BY_THEM = ("distributor", "terminalgroup", "store", "terminal", "alertrule")
MAY_ADD = {**{f"pos_monitor.{name}": FLEET_KEEPERS for name in KEPT_BY_THEM},
           "merchants.merchant": SUPER, "merchants.member": SUPER, "people.user": SUPER, "auth.group": SUPER,
           "compliance.finding": ("auditor", "superuser"), "eligibility.clinician": SUPER,
           "eligibility.listsource": ("lead_curator", "superuser"), "rules.rule": ("curator", "lead_curator", "superuser")}  # fmt: skip
# A source is changed on a page of its own, which stands in the table.
MAY_CHANGE = {**MAY_ADD, "compliance.finding": ("auditor", "risk", "superuser"), "eligibility.listsource": ()}
MAY_DELETE = {"merchants.member": SUPER, "mfa.authenticator": SUPER}
EMPTY_FORM = {"pos_monitor.alertrule": 409}  # what a form without fields is answered, where that is not the form again


def admin_rows() -> Iterator[Row]:
    """The seven pages of every model in the admin, by the permission that looking takes and the three tables above."""
    for model in django_admin.site._registry:
        label = model._meta.label_lower
        base, see = (
            f"admin/{label.replace('.', '/')}/",
            admin("" if label in OWN_ROWS else f"{model._meta.app_label}.view_{model._meta.model_name}"),
        )
        one = f"{base}<path:object_id>/"
        yield get(base, see)
        yield get(f"{base}add/", admin(only=MAY_ADD.get(label, ())))
        yield get(f"{one}change/", see)
        yield post(f"{one}change/", admin(only=MAY_CHANGE.get(label, ()), ok=EMPTY_FORM.get(label, 200)))
        yield get(f"{one}delete/", admin(only=MAY_DELETE.get(label, ())))
        yield replace(get(f"{one}history/", see), is_thin=True)
        yield replace(get(one, admin(ok=302)), is_thin=True)


GOVERNORS = ("curator", "lead_curator", "superuser")
MODEL = "admin/eligibility/modelversion/"
MODELS = [
    get(f"{MODEL}<int:pk>/report/", admin("eligibility.view_modelversion")),
    get(f"{MODEL}<int:pk>/suspects/", admin("eligibility.view_modelversion")),
    post(f"{MODEL}<int:pk>/suspects/", admin(only=GOVERNORS, ok=400)),
    get(f"{MODEL}suspects.csv", admin("eligibility.view_modelversion")),
    get("admin/checkout/binimport/bring/", admin("checkout.add_binimport")),
    post("admin/checkout/binimport/bring/", admin("checkout.add_binimport", ok=422)),
    post("admin/checkout/binimport/<int:pk>/do/<slug:name>/", admin("checkout.add_binimport", ok=404)),
    get("admin/eligibility/driftday/drift/", admin("eligibility.view_driftday")),
    get("admin/fleet/", admin("pos_monitor.view_terminal")),
    get("admin/fleet/terminals.json", admin("pos_monitor.view_terminal")),
    get("admin/fleet/search/", admin("pos_monitor.view_terminal")),
    get("admin/fleet/card/<int:number>/", admin("pos_monitor.view_terminal")),
    get(f"admin/fleet/terminals/{ID}/", admin("pos_monitor.view_terminal")),
    get(f"admin/fleet/terminals/{ID}/history/", admin("pos_monitor.view_terminal")),
    *[
        get(f"{MODEL}<path:object_id>/{verb}/", admin(only=GOVERNORS))
        for verb in ("promote-model", "roll-back-model", "start-shadow", "stop-shadow")
    ],
    *[
        post(f"{MODEL}<path:object_id>/{verb}/", admin(only=GOVERNORS, ok=400))
        for verb in ("promote-model", "roll-back-model", "start-shadow", "stop-shadow")
    ],
]
SNOOPS = [
    get(f"admin/rules/snoopassignment/results/{ID}/", admin("rules.view_snoopassignment")),
    get(f"admin/rules/snoopassignment/results/{ID}/export.csv", admin("rules.view_snoopassignment")),
]
AUDITORS, CONTROLLERS = ("auditor", "superuser"), ("auditor", "risk", "superuser")
COMPLIANCE = [
    get("admin/compliance/finding/import/", admin(only=AUDITORS)),
    get("admin/compliance/finding/import-csv/", admin(only=AUDITORS, ok=302)),
    get("admin/compliance/finding/export-csv/", admin("compliance.view_finding")),
    get("admin/compliance/finding/evidence/<str:public_id>/", admin(ok=404)),  # whoever settles a finding sees its files
    get("admin/compliance/restoredrill/record/", admin(only=CONTROLLERS)),
    get("admin/compliance/restoredrill/record-drill/", admin(only=CONTROLLERS, ok=302)),
    get("admin/compliance/restoredrill/evidence-file/", admin(only=AUDITORS)),
    get("admin/compliance/restoredrill/export-evidence/", admin(only=AUDITORS, ok=302)),
    get("admin/compliance/accessreview/open-review/", admin(only=CONTROLLERS)),
    post("admin/compliance/accessreview/open-review/", admin(only=CONTROLLERS, ok=302)),
    get("admin/compliance/accessreview/<path:object_id>/close-review/", admin(only=CONTROLLERS)),
    post("admin/compliance/accessreview/<path:object_id>/close-review/", admin(only=CONTROLLERS, ok=302)),
]
RESOLVERS, CASE = ("risk", "superuser"), "admin/checkout/clearingcase/<path:object_id>/resolve/"
CLEARING = [get(CASE, admin(only=RESOLVERS)), post(CASE, admin(only=RESOLVERS))]
DECIDED = ("adjustment/<", "bankday/", "feeproposal/<")  # with one press
FINANCIERS, TREASURY = ("finance", "superuser"), "admin/treasury/"
MONEY = [
    row
    for address in (
        "treasurycase/<path:object_id>/close/", "bankday/<path:object_id>/close/", "adjustment/<path:object_id>/approve/",
        "adjustment/<path:object_id>/decline/", "payoutpolicy/<path:object_id>/terms/",
        "feeproposal/<path:object_id>/approve/", "feeproposal/<path:object_id>/decline/",
    )
    for row in (
        get(f"{TREASURY}{address}", admin(only=FINANCIERS)),
        post(f"{TREASURY}{address}", admin(only=FINANCIERS, ok=302 if address.startswith(DECIDED) else 200)),
    )
]  # fmt: skip
for proposed in ("adjustment", "feeproposal"):
    MONEY += [
        get(f"{TREASURY}{proposed}/propose/", admin(only=FINANCIERS)),
        post(f"{TREASURY}{proposed}/propose/", admin(only=FINANCIERS, ok=400)),
    ]
RULE, LEADS, CURATORS = "admin/rules/rule/", ("lead_curator", "superuser"), ("curator", "lead_curator", "superuser")
RULES = [
    get(f"{RULE}words/", admin("rules.view_rule")),
    get(f"{RULE}table/", admin("rules.view_rule")),
    post(f"{RULE}table/", admin(only=CURATORS, ok=302)),
    get(f"{RULE}waiting/", admin("rules.view_rule")),
    get(f"{RULE}publish/", admin("rules.view_rule")),
    post(f"{RULE}publish/", admin(only=LEADS, ok=400)),
    get(f"{RULE}roll-back/", admin(only=LEADS, ok=404)),
    get(f"{RULE}retire/", admin(only=LEADS)),
    post(f"{RULE}retire/", admin(only=LEADS, ok=404)),
    post(f"{RULE}<int:pk>/preview/", admin("rules.view_rule", ok=400)),
    get(f"{RULE}<int:pk>/examples/", admin("rules.view_rule")),
    post(f"{RULE}<int:pk>/examples/", admin(only=CURATORS, ok=400)),
    get(f"{RULE}<int:pk>/compare/", admin("rules.view_rule")),
    post(f"{RULE}<int:pk>/comment/", admin(only=CURATORS, ok=400)),
    get(f"{RULE}<int:pk>/duplicate/", admin(only=CURATORS)),
    post(f"{RULE}<int:pk>/duplicate/", admin(only=CURATORS, ok=302)),
    get(f"{RULE}<int:pk>/submit/", admin(only=CURATORS)),
    post(f"{RULE}<int:pk>/submit/", admin(only=CURATORS, ok=400)),
    get(f"{RULE}<int:pk>/answer/", admin(only=LEADS, ok=302)),
    post(f"{RULE}<int:pk>/answer/", admin(only=LEADS, ok=302)),
]
SOURCE, SYNC = "admin/eligibility/listsource/", "admin/eligibility/listsync/"
LISTS = [
    post(f"{SOURCE}add/", admin(only=LEADS, ok=400)),
    get(f"{SOURCE}<int:pk>/settings/", admin(only=LEADS, ok=404)),  # the sample is entered here
    post(f"{SOURCE}<int:pk>/settings/", admin(only=LEADS, ok=404)),
    post(f"{SOURCE}<int:pk>/do/<slug:name>/", admin(only=LEADS, ok=404)),  # no deed of that name
    get(f"{SYNC}<int:pk>/live/", admin("eligibility.view_listsync")),
    get(f"{SYNC}<int:pk>/held/", admin("eligibility.view_listsync", ok=302)),  # it is not held
    post(f"{SYNC}<int:pk>/held/", admin(only=CURATORS, ok=400)),
    post(f"{SYNC}<int:pk>/end/", admin(only=CURATORS, ok=302)),
    get(f"{SYNC}<int:pk>/faults.csv", admin("eligibility.view_listsync")),
    get("admin/eligibility/listversion/<int:pk>/changes.csv", admin("eligibility.view_listversion")),
    get("admin/eligibility/listitem/why/", admin("eligibility.view_listitem"), query="?gtin=00300450449108"),
]
RANKER = "admin/rules/learnedmodel/<path:object_id>/"
RANKERS = [
    make(f"{RANKER}{verb}/", admin(only=LEADS, ok=ok))
    for make, ok in ((get, 200), (post, 400))
    for verb in ("make-live", "roll-back", "switch-off", "start-shadow", "stop-shadow")
]
RUN = "admin/rules/rulerun/"
RUNS = [
    get(f"{RUN}start/", admin(only=LEADS)),
    post(f"{RUN}start/", admin(only=LEADS, ok=400)),  # nothing is published
    get(f"{RUN}processes/", admin("rules.view_rulerun")),
    get(f"{RUN}<int:pk>/live/", admin("rules.view_rulerun")),
    get(f"{RUN}<int:pk>/compare/", admin("rules.view_rulerun")),
    get(f"{RUN}<int:pk>/do/<slug:name>/", admin(only=LEADS)),
    post(f"{RUN}<int:pk>/do/<slug:name>/", admin(only=LEADS, ok=400)),
]
ALERT_RULE, LOOKS, CHANGES = "admin/pos_monitor/alertrule/", "pos_monitor.view_alertrule", "pos_monitor.change_alertrule"
ALERT_RULES = [
    post(f"{ALERT_RULE}words/", admin(LOOKS), kind="threshold"),
    post(f"{ALERT_RULE}trial/", admin(LOOKS, ok=422), **{"kind": "threshold", "while": "1"}),
    get(f"{ALERT_RULE}trial/{ID}/", admin(LOOKS, ok=404)),  # a trial is shown to whoever asked for it
    post(f"{ALERT_RULE}<int:pk>/switch/", admin(CHANGES, ok=302), on="1"),
    get(f"{ALERT_RULE}<int:pk>/group/", admin(CHANGES, ok=404)),  # without a group
]
TERMINAL, LIST, COMMAND = "admin/pos_monitor/terminal/", "admin/pos_monitor/terminalimport/", "admin/pos_monitor/command/"
ESTATE = [
    get(f"{TERMINAL}<int:pk>/do/<slug:name>/", admin("pos_monitor.change_terminal", ok=404)),  # no deed of that name
    post(f"{TERMINAL}<int:pk>/do/<slug:name>/", admin("pos_monitor.change_terminal", ok=404)),
    get(f"{TERMINAL}edit/", admin("pos_monitor.change_terminal")),
    post(f"{TERMINAL}edit/", admin("pos_monitor.change_terminal", ok=302)),
    get(f"{LIST}bring/", admin("pos_monitor.add_terminal")),
    post(f"{LIST}bring/", admin("pos_monitor.add_terminal", ok=422)),
    get(f"{LIST}<int:pk>/now/", admin("pos_monitor.view_terminalimport")),
    post(f"{LIST}<int:pk>/do/<slug:name>/", admin("pos_monitor.add_terminal", ok=404)),
    post("admin/pos_monitor/deadletter/<int:pk>/do/<slug:name>/", admin("pos_monitor.change_deadletter", ok=404)),
    get(f"{COMMAND}compose/", admin("pos_monitor.add_command")),
    post(f"{COMMAND}compose/", admin("pos_monitor.add_command", ok=422)),
    get(f"{COMMAND}<int:pk>/live/", admin("pos_monitor.view_command")),
    post(f"{COMMAND}<int:pk>/do/<slug:name>/", admin("pos_monitor.view_command", ok=404)),
    get(f"{COMMAND}log/{ID}/", admin("pos_monitor.view_commandlog")),
]
FLEET, SEES, WORKS = "admin/pos_monitor/", "pos_monitor.view_incident", "pos_monitor.change_incident"
SUPPORT_WORK = [
    get(f"{FLEET}incident/changes/", admin(SEES)),
    get(f"{FLEET}incident/<int:pk>/live/", admin(SEES)),
    post(f"{FLEET}incident/do/<slug:verb>/", admin(WORKS, ok=302)),
    post(f"{FLEET}incident/<int:pk>/note/", admin(WORKS, ok=409)),
    post(f"{FLEET}incident/<int:pk>/reopen/", admin(WORKS, ok=409)),
    get(f"{FLEET}maintenance/plan/", admin("pos_monitor.add_maintenance")),
    post(f"{FLEET}maintenance/<int:pk>/end/", admin("pos_monitor.change_maintenance", ok=302)),
    get(f"{FLEET}playbook/write/<slug:slug>/", admin("pos_monitor.lead_support")),
    get(f"{FLEET}supportcase/open/", admin(WORKS)),
    post(f"{FLEET}supportcase/<int:pk>/write/", admin(WORKS, ok=409)),
    post(f"{FLEET}supportcase/<int:pk>/state/", admin(WORKS, ok=409)),
    post(f"{FLEET}supportcase/<int:pk>/take/", admin(WORKS, ok=302)),
    get(f"{FLEET}weeklyreport/fleet/", admin(SEES)),
    get(f"{FLEET}weeklyreport/fleet.csv", admin(SEES)),
    get(f"{FLEET}weeklyreport/<int:pk>/report.pdf", admin("pos_monitor.view_weeklyreport")),
]
# Lists that everybody of the house may open, and sees their own rows in.
OWN_ROWS = {"compliance.finding"}

ADMIN = [
    get("admin/", admin()),
    get("admin/search/", admin()),
    get(
        "admin/login/",
        {**admin(ok=TO_ADMIN), **dict.fromkeys(OUTSIDE, SIGN_IN), **dict.fromkeys((*MEMBERS, "other_owner", "bank"), 403)},
    ),
    get("admin/logout/", {**admin(ok=405), **dict.fromkeys((*OUTSIDE, *MEMBERS, "other_owner", "bank"), TO_ADMIN)}),
    get("admin/password_change/", admin()),
    get("admin/password_change/done/", admin()),
    get("admin/autocomplete/", admin(ok=403)),
    get("admin/jsi18n/", admin()),
    get("admin/r/<path:content_type_id>/<path:object_id>/", admin(ok=404)),
    get("admin/eligibility/product/try/", admin("eligibility.view_product")),
    get("admin/people/user/<id>/password/", admin(only=SUPER)),
    get(f"admin/{APP_LIST}", admin(ok=404)),
    get("admin/(?P<url>.*)$", admin(ok=404)),
    *COMPLIANCE,
    *CLEARING,
    *MONEY,
    *MODELS,
    *RUNS,
    *ALERT_RULES,
    *ESTATE,
    *SUPPORT_WORK,
    *RULES,
    *LISTS,
    *RANKERS,
    *SNOOPS,
    get("admin/vault/auditentry/export/", admin("vault.view_auditentry", ok=302)),
    *admin_rows(),
]

TABLE: list[Row] = [
    *API,
    *OPEN,
    *HOSTED,
    *PORTAL,
    *ACCOUNTS,
    *ME,
    *EMERGENCY,
    *STAFF_FILES,
    *APPLYING,
    *REVIEWING,
    *LETTERS,
    *CUSTODY,
    *ADMIN,
]
