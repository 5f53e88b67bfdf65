"""The API: versions, limits, and its schema."""

from __future__ import annotations

from typing import Any

from fsa_platform.settings.base import BASE_URL, env

API_VERSIONS = ["2026-11-01"]  # oldest first; the last is what a call without Fsa-Version gets
API_MAX_BODY_BYTES: int = env.int("API_MAX_BODY_BYTES", 2_000_000)
UPLOAD_MAX_BYTES: int = env.int("UPLOAD_MAX_BYTES", 50_000_000)  # of a file of items, which is read as it streams
# Where files come in, by the beginning of the address; everywhere else a body has at most API_MAX_BODY_BYTES.
UPLOAD_PATHS = ("/v1/eligibility/jobs", "/v1/products/import", "/products/files/")
API_RATE_PER_S: int = env.int("API_RATE_PER_S", 100)
API_BURST: int = env.int("API_BURST", 200)
# Of one shopper, on shops' own pages: who leafs through a shop; what copies a catalogue is slowed down.
PUBLIC_RATE_PER_S: int = env.int("PUBLIC_RATE_PER_S", 20)
PUBLIC_BURST: int = env.int("PUBLIC_BURST", 60)
IDEMPOTENCY_KEPT_HOURS = 48
IDEMPOTENCY_LEASE_S = 45  # longer than any call takes: after it, whoever ran the call is dead
# Pages that take a file, and the most bytes of a body there: each says in its own words how large a file may be, a little below.
PAGE_FILE_PATHS = {
    "/apply/": 8_000_000, "/tills/imports/send/": 12_000_000, "/admin/checkout/binimport/": 24_000_000, "/admin/compliance/": 8_000_000,
    "/admin/pos_monitor/terminalimport/": 12_000_000,
}  # fmt: skip
DATA_UPLOAD_MAX_MEMORY_SIZE = API_MAX_BODY_BYTES
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["common.api.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "common.api.errors.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "common.api.schema.ApiSchema",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "common.api.parsers.AlwaysJSON",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "FSA platform API",
    "VERSION": API_VERSIONS[-1],
    "DESCRIPTION": "Take FSA and HSA money: judge items, split a basket over two cards, keep the proof.",
    "SERVERS": [{"url": BASE_URL}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "pos_monitor.api.telemetry_schema.add_telemetry"],
    "ENUM_NAME_OVERRIDES": {
        "EventTypeEnum": "merchants.event_types.CHOICES",
        "DeclineCauseEnum": "checkout.declines.causes.CHOICES",
        "JudgedAnewCauseEnum": "eligibility.models.ProductDecision.Cause",
        "EligibilityDisputeStateEnum": ["open", "answered"],
        "WebhookEndpointStateEnum": ["enabled", "paused", "disabled"],
        "EligibilityStatusEnum": "eligibility.catalogue.api.serializers.STATUSES",
        "ToldChangeStateEnum": "eligibility.models.ToldChange.State",
        "DecisionCauseEnum": "eligibility.models.catalogue.ProductDecision.Cause",
        "CatalogueFeedStateEnum": "eligibility.models.CatalogueFeed.State",
        "CatalogueFeedAuthKindEnum": "eligibility.models.CatalogueFeed.Auth",
        "CataloguePullStateEnum": "eligibility.models.CatalogueFeedRun.State",
        "TenderKindEnum": ["benefit", "ordinary"],
        "PayoutUrgencyEnum": "treasury.models.Payout.Speed",
        "PayoutStateEnum": "treasury.models.Payout.Status",
        "BankAccountStateEnum": "treasury.models.BankAccount.Status",
        "BankAccountKindEnum": "treasury.models.BankAccount.Kind",
        "CategoryStatusEnum": "eligibility.taxonomy.STATUSES",
        "CustomerKindEnum": "rules.api.serializers.KINDS",
        "FeedbackKindEnum": "rules.api.serializers.DONE",
        "SnoopCategoryEnum": "rules.api.serializers.CATEGORIES",
        "SnoopChannelEnum": "rules.api.serializers.CHANNELS",
        "TerminalKindEnum": "pos_monitor.models.Terminal.Kind",
        "TerminalStateEnum": "pos_monitor.models.Terminal.State",
        "TerminalIncidentStateEnum": ["open", "resolved"],
        "CommandKindEnum": "pos_monitor.models.Command.Kind",
        "CommandStateEnum": "pos_monitor.models.Command.State",
        "CommandDeliveryStateEnum": "pos_monitor.api.command_serializers.STATES",
    },
}
