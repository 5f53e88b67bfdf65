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
    post("v1/card_tokens", keys(201, browser=True), **CARD),
    get("v1/payments", keys(level="read")),
    get(f"v1/payments/{ID}", keys(other=404, level="read")),
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
    get("v1/balance", keys(level="read")),
    get("v1/balance/entries", keys(level="read")),
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
]

OPEN = [
    get("healthz", everybody(200)),
    get("readyz", everybody(200)),
    get("v1/openapi.json", everybody(200)),
    get("v1/docs/", everybody(200)),
    get("v1/docs/errors/", everybody(200)),
    get("test-cards/", everybody(200)),
    get("v1/docs/<slug:name>/", everybody(200)),
]

# A shopper's unguessable id is the key: whoever has it sees that page and nothing else.
HOSTED = [
    get(f"pay/{ID}/", everybody(200)),
    get(f"pay/{ID}/status/", everybody(200)),
    get(f"card-frame/{ID}/", everybody(200)),
    Row(f"pay/{ID}/confirm/", "post", everybody(403), is_json=True),  # without the page's own token
    get(f"receipts/{ID}/", everybody(200)),
    get(f"check/{ID}/", everybody(200)),
    get(f"receipts/{ID}/receipt.pdf", everybody(200)),
]

PORTAL = [
    get("", members()),
    post("switch/", members(ok=302)),
    get("sales/", members("sales.view")),
    get(f"sales/{ID}/", members("sales.view", other=404)),
    get("products/", members("products.view")),
    get("products/files/", members("products.view")),
    post("products/files/send/", members("products.manage", ok=400)),
    get(f"products/files/{ID}/", members("products.view", other=404)),
    get(f"products/files/{ID}/status/", members("products.view", other=404)),
    post(f"products/files/{ID}/cancel/", members("products.manage", ok=302, other=404)),
    get(f"products/files/{ID}/results.<str:kind>", members("products.view", ok=302, other=404)),
    get(f"products/{ID}/", members("products.view", other=404)),
    get("checker/", members("products.view")),
    post("checker/switch/", members("products.manage", ok=302)),
    get("disputes/", members("products.view")),
    post("disputes/open/", members("products.manage", ok=400)),
    post("disputes/training/", members("settings.manage", ok=302)),
    get(f"disputes/files/{ID}/", members("products.view", other=404)),
    get(f"disputes/{ID}/", members("products.view", other=404)),
    get("balance/", members("balance.view")),
    get("keys/", members("keys.view")),
    get("keys/create/", members("keys.manage")),
    post(f"keys/{ID}/", members("keys.manage", ok=400, other=404)),
    post("keys/create/", members("keys.manage"), name="Till", kind="secret"),
    get(f"keys/{ID}/", members("keys.manage", other=404)),
    post(f"keys/{ID}/roll/", members("keys.manage", ok=302, other=404)),
    post("keys/embedding/", members("settings.manage", ok=302)),
    get("access-log/", members("audit.view")),
    post(f"keys/{ID}/revoke/", members("keys.manage", ok=302, other=404)),
    get("team/", members("team.view")),
    post("team/invite/", members("team.manage", ok=400)),
    post("team/invitations/<str:public_id>/withdraw/", members("team.manage", ok=404)),
    post("team/<int:pk>/role/", members("team.manage", ok=302, other=404)),
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
    get("me/letters/", shoppers()),
    get("me/letters/<str:public_id>/", shoppers(404)),
    get("me/letters/<str:public_id>/<str:which>.pdf", shoppers(404)),
    post("me/letters/<str:public_id>/answer/", shoppers(404)),
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

REVIEWING = [
    get("staff/reviews/", house("support", "curator", "clinician")),
    post("staff/reviews/next/", house("support", "curator", "clinician")),
    post("staff/reviews/decide/", house("support", "curator", "clinician", ok=302)),
    post("staff/reviews/skip/", house("support", "curator", "clinician", ok=302)),
    post("staff/reviews/undo/", house("support", "curator", "clinician", ok=302)),
    get("staff/reviews/numbers/", house("support", "curator", "clinician", "auditor")),
    get(f"staff/reviews/files/{ID}/", house("support", "curator", "clinician")),
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
MAY_ADD = {"merchants.merchant": SUPER, "merchants.member": SUPER, "people.user": SUPER, "auth.group": SUPER,
           "compliance.finding": ("auditor", "superuser"), "eligibility.clinician": SUPER}  # fmt: skip
MAY_CHANGE = {**MAY_ADD, "compliance.finding": ("auditor", "risk", "superuser")}
MAY_DELETE = {"merchants.member": SUPER, "mfa.authenticator": SUPER}


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
        yield post(f"{one}change/", admin(only=MAY_CHANGE.get(label, ())))
        yield get(f"{one}delete/", admin(only=MAY_DELETE.get(label, ())))
        yield replace(get(f"{one}history/", see), is_thin=True)
        yield replace(get(one, admin(ok=302)), is_thin=True)


GOVERNORS = ("curator", "superuser")
MODEL = "admin/eligibility/modelversion/"
MODELS = [
    get(f"{MODEL}<int:pk>/report/", admin("eligibility.view_modelversion")),
    get(f"{MODEL}<int:pk>/suspects/", admin("eligibility.view_modelversion")),
    post(f"{MODEL}<int:pk>/suspects/", admin(only=GOVERNORS, ok=400)),
    get(f"{MODEL}suspects.csv", admin("eligibility.view_modelversion")),
    get("admin/eligibility/driftday/drift/", admin("eligibility.view_driftday")),
    *[
        get(f"{MODEL}<path:object_id>/{verb}/", admin(only=GOVERNORS))
        for verb in ("promote-model", "roll-back-model", "start-shadow", "stop-shadow")
    ],
    *[
        post(f"{MODEL}<path:object_id>/{verb}/", admin(only=GOVERNORS, ok=400))
        for verb in ("promote-model", "roll-back-model", "start-shadow", "stop-shadow")
    ],
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
    *MODELS,
    get("admin/vault/auditentry/export/", admin("vault.view_auditentry", ok=302)),
    *admin_rows(),
]

TABLE: list[Row] = [*API, *OPEN, *HOSTED, *PORTAL, *ACCOUNTS, *ME, *EMERGENCY, *REVIEWING, *LETTERS, *CUSTODY, *ADMIN]
