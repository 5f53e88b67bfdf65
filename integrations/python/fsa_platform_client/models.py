"""What the API takes and answers.

Written by generate.py: change that, not this.
"""

from __future__ import annotations

from typing import Any, Dict, List, Literal, TypedDict, Union

AccountKeyResponseKindEnum = Literal["secret", "restricted"]

AccountKindsEnum = Literal["fsa", "hsa", "hra", "lpfsa"]

ApiVersionEnum = Literal["2026-11-01"]

AvailabilityEnum = Literal["in_stock", "out_of_stock", "preorder", "backorder"]

BankAccountKindEnum = Literal["checking", "savings"]

BankAccountStateEnum = Literal["unverified", "awaiting_amounts", "verified", "refused", "removed"]

BucketEnum = Literal["otc", "rx", "vision", "dental", "clinic", "none"]

CaptureMethodEnum = Literal["automatic", "manual"]

CardDisputeResponseKindEnum = Literal["retrieval", "dispute"]

CardDisputeResponseStatusEnum = Literal["needs_response", "submitted", "accepted", "won", "lost", "expired"]

CatalogueFeedAuthKindEnum = Literal["none", "basic", "header"]

CatalogueFeedStateEnum = Literal["active", "paused"]

CataloguePullStateEnum = Literal["queued", "running", "taking", "held", "done"]

CategoryStatusEnum = Literal["eligible", "rx", "letter", "not_eligible"]

ChangeResponseStateEnum = Literal["upcoming", "withdrawn", "changed"]

CommandDeliveryStateEnum = Literal["queued", "sent", "received", "done", "failed", "expired", "cancelled"]

CommandKindEnum = Literal["reboot", "message", "update_configuration", "log_pull", "app_update"]

CoversEnum = Literal["checkout", "subscriptions"]

CustomerKindEnum = Literal["shopper", "merchant"]

DecisionCauseEnum = Literal["saved", "imported", "review", "model", "list", "taxonomy", "rules", "asked"]

DeclineCauseEnum = Literal[
    "balance",
    "plan_refuses_store",
    "plan_refuses_items",
    "card_details",
    "card_blocked",
    "card_limit",
    "suspicion",
    "no_reason",
    "no_answer",
    "network",
    "message",
    "other",
]

DelimiterEnum = Literal["comma", "semicolon", "tab", "pipe"]

DeliveryResponseStateEnum = Literal["waiting", "delivered", "failed", "cancelled"]

DisputeResponseOutcomeEnum = Literal["upheld", "changed"]

EligibilityDisputeStateEnum = Literal["open", "answered"]

EligibilityStatusEnum = Literal["eligible", "rx", "letter", "not_eligible", "unknown"]

EncodingEnum = Literal["utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15"]

EventTypeEnum = Literal[
    "balance.adjusted",
    "balance.settled",
    "bank_account.added",
    "bank_account.corrected",
    "bank_account.refused",
    "bank_account.removed",
    "bank_account.verified",
    "checkout.session.abandoned",
    "checkout.session.authorised",
    "checkout.session.cancelled",
    "checkout.session.completed",
    "checkout.session.expired",
    "dispute.accepted",
    "dispute.due_soon",
    "dispute.expired",
    "dispute.lost",
    "dispute.opened",
    "dispute.submitted",
    "dispute.won",
    "fees.scheduled",
    "letter.declined",
    "letter.expired",
    "letter.issued",
    "letter.revoked",
    "eligibility.dispute_answered",
    "eligibility_job.finished",
    "payment.captured",
    "payment.failed",
    "payment_link.created",
    "payment_link.updated",
    "payment_method.deleted",
    "payment_method.saved",
    "payment_method.updated",
    "payment.hold_expiring",
    "payment.awaiting_letter",
    "payment.letter_approved",
    "payment.letter_late",
    "payment.letter_refused",
    "payment.reauthorisation_failed",
    "payment.reauthorised",
    "payment.rest_released",
    "payment.voided",
    "payout.cancelled",
    "payout.created",
    "payout.failed",
    "payout.paid",
    "payout.returned",
    "payout.sent",
    "product.eligibility_changed",
    "refund.created",
    "refund.failed",
    "refund.succeeded",
    "subscription.cancelled",
    "subscription.changed",
    "subscription.created",
    "subscription.paused",
    "subscription.renewal_failed",
    "subscription.renewal_missed",
    "subscription.renewal_skipped",
    "subscription.renewed",
    "subscription.resumed",
    "subscription.unpaid",
    "terminal.alert",
    "terminal.alert_resolved",
    "terminal.offline",
    "terminal.online",
    "till_day.closed",
    "till_sale.lost",
    "till_sale.voided",
    "webhook_endpoint.test",
]

EvidenceEnum = Literal["list", "human", "guard", "model", "none"]

FeedRunResponseCauseEnum = Literal["schedule", "asked"]

FeedRunResponseOutcomeEnum = Literal["unchanged", "taken", "held", "failed"]

FeedbackKindEnum = Literal["seen", "dismissed", "restored", "acted"]

FormatEnum = Literal["csv", "jsonl", "xml"]

IfRefusedEnum = Literal["card", "drop"]

IntervalEnum = Literal["day", "week", "month", "year"]

JobResponseKindEnum = Literal["check", "import"]

JobResponseStateEnum = Literal["queued", "running", "done", "failed", "cancelled"]

LetterHoldResponseStatusEnum = Literal["awaiting_letter", "approved", "refused", "late", "released"]

LetterResponseStatusEnum = Literal[
    "requested", "under_review", "needs_information", "issued", "declined", "cancelled", "expired", "revoked", "superseded"
]

ModeEnum = Literal["test", "live"]

NameMatchEnum = Literal["not_asked", "match", "close", "no_match", "unknown"]

OriginEnum = Literal["demand", "schedule"]

PatientStateEnum = Literal[
    "AK",
    "AL",
    "AR",
    "AZ",
    "CA",
    "CO",
    "CT",
    "DC",
    "DE",
    "FL",
    "GA",
    "HI",
    "IA",
    "ID",
    "IL",
    "IN",
    "KS",
    "KY",
    "LA",
    "MA",
    "MD",
    "ME",
    "MI",
    "MN",
    "MO",
    "MS",
    "MT",
    "NC",
    "ND",
    "NE",
    "NH",
    "NJ",
    "NM",
    "NV",
    "NY",
    "OH",
    "OK",
    "OR",
    "PA",
    "RI",
    "SC",
    "SD",
    "TN",
    "TX",
    "UT",
    "VA",
    "VT",
    "WA",
    "WI",
    "WV",
    "WY",
]

PaymentLinkResponseStatusEnum = Literal["active", "inactive", "expired", "used_up"]

PayoutStateEnum = Literal["pending", "sent", "paid", "failed", "cancelled", "returned"]

PayoutUrgencyEnum = Literal["instant", "standard"]

PlatformEnum = Literal["ios", "android", "web"]

ReasonEnum = Literal["requested_by_customer", "returned", "duplicate", "not_delivered", "other"]

RefundLegResponseStatusEnum = Literal["pending", "succeeded", "failed"]

RefundResponseStatusEnum = Literal["pending", "succeeded", "partly_failed", "failed"]

RenewalResponseStatusEnum = Literal["due", "paying", "retrying", "paid", "failed", "skipped", "missed", "cancelled"]

RetryEnum = Literal["never", "later", "corrected"]

SaveCardsEnum = Literal["checkout", "subscriptions"]

SavedCardResponseStatusEnum = Literal["active", "unusable"]

SessionResponseStatusEnum = Literal["open", "requires_action", "processing", "authorised", "complete", "expired", "cancelled"]

SeverityEnum = Literal["info", "warning", "critical"]

SnoopCategoryEnum = Literal["insight", "saving", "offer", "reward", "tip", "guidance"]

SnoopChannelEnum = Literal["feed", "push", "email", "portal"]

SourceEnum = Literal["request", "upload"]

SubscriptionResponseStatusEnum = Literal["active", "past_due", "unpaid", "paused", "cancelled"]

TenderKindEnum = Literal["benefit", "ordinary"]

TerminalIncidentStateEnum = Literal["open", "resolved"]

TerminalKindEnum = Literal["till", "online_store"]

TerminalStateEnum = Literal["stock", "active", "repair", "retired"]

TillSaleResponseStatusEnum = Literal["paid", "voided", "unpaid", "lost", "processing"]

TypeEnum = Literal["redirect_to_url"]

WebhookEndpointStateEnum = Literal["enabled", "paused", "disabled"]

WeightUnitEnum = Literal["kg", "lb"]


class AccountKeyResponse(TypedDict):
    """The key that asked."""

    id: str
    kind: AccountKeyResponseKindEnum
    name: str
    last4: str
    scopes: Dict[str, str]
    expires_at: str | None


class AccountResponse(TypedDict):
    """The merchant behind a key."""

    id: str
    name: str
    mode: ModeEnum
    currency: str
    country: str
    time_zone: str
    minimum_charge_cents: int
    letter_hold_days: int
    dashboard_url: str
    api_version: str
    key: AccountKeyResponse


class ActionResponse(TypedDict):
    label: str
    url: str


class AlertPage(TypedDict):
    data: List[AlertResponse]
    next_cursor: str | None


class AlertResponse(TypedDict):
    object: str
    incident: str
    rule: str
    name: str
    severity: SeverityEnum
    value: float | None
    began_at: str
    opened_at: str
    resolved_at: str | None


class AttemptResponse(TypedDict):
    number: int
    at: str
    status: int | None
    duration_ms: int
    error: str | None
    message: str
    response_excerpt: str


class BalanceResponse(TypedDict):
    currency: str
    available_cents: int
    advance_cents: int
    pending_cents: int
    settled_cents: int
    reserve_cents: int
    in_transit_cents: int
    advanced_cents: int
    total_cents: int


class BankAccountPage(TypedDict):
    data: List[BankAccountResponse]
    next_cursor: str | None


class BankAccountResponse(TypedDict):
    id: str
    status: BankAccountStateEnum
    kind: BankAccountKindEnum
    last4: str
    name_match: NameMatchEnum
    is_default: bool
    usable_at: str | None
    created_at: str


class BatchEntryResponse(TypedDict):
    sale_number: str
    sale: TillSaleResponse | None
    error: BatchErrorResponse | None


class BatchErrorResponse(TypedDict):
    code: str
    message: str
    param: str | None
    is_retryable: bool


class CaptureList(TypedDict):
    data: List[CaptureResponse]
    next_cursor: str | None


class CaptureRequest(TypedDict, total=False):
    """What to take of what is held: the units shipped, an amount, or (with neither) everything."""

    line_items: List[ShippedLineRequest]
    amount_cents: int | None
    is_final: bool


class CaptureResponse(TypedDict):
    id: str
    number: int
    amount_cents: int
    line_items: List[CapturedLine]
    tenders: List[CapturedTender]
    created_at: str


class CapturedLine(TypedDict):
    position: int
    quantity: int
    amount_cents: int


class CapturedTender(TypedDict):
    id: str
    kind: TenderKindEnum
    last4: str
    amount_cents: int


class CardDisputePage(TypedDict):
    data: List[CardDisputeResponse]
    next_cursor: str | None


class CardDisputeResponse(TypedDict):
    id: str
    kind: CardDisputeResponseKindEnum
    status: CardDisputeResponseStatusEnum
    payment: str
    session: str
    case_number: str
    network: str
    last4: str
    reason: DisputeReason
    amount_cents: int
    debited_cents: int
    fee_cents: int
    currency: str
    due_at: str
    opened_at: str
    statement: str | None
    files: List[DisputeFileResponse]
    pack: PackSummary | None
    is_answered_by_itself: bool
    submitted_at: str | None
    closed_at: str | None


class CardOfferRequest(TypedDict, total=False):
    """One card: a `token` from the capture frame, or a saved `payment_method` of the session’s shopper."""

    token: str
    payment_method: str
    amount_cents: int | None
    keep_off_lines: List[int]
    save: ConsentRequest | None


class CardResponse(TypedDict):
    network: str
    last4: str
    account_kind: str


class _CardTokenRequestNeeded(TypedDict):
    number: str
    exp_month: int
    exp_year: int
    cvc: str


class CardTokenRequest(_CardTokenRequestNeeded, total=False):
    """A card, from the capture frame only."""

    session: str


class CardTokenResponse(TypedDict):
    id: str
    card: CardResponse
    expires_at: str


class CartLineRequest(TypedDict, total=False):
    """One line of a cart: a `product` of yours (id, SKU or GTIN), or a `title` of something that is none."""

    product: str
    title: str
    quantity: int
    unit_price_cents: int | None
    discount_cents: int
    tax_cents: int


class CauseResponse(TypedDict):
    cause: DeclineCauseEnum
    title: str
    advice: str
    count: int
    amount_cents: int
    share: float
    codes: List[CodeCountResponse]


class ChangePage(TypedDict):
    data: List[ChangeResponse]
    next_cursor: str | None
    resume_cursor: str | None


class ChangeResponse(TypedDict):
    """A product's status became another, will do so, or will not after all. The event `product.eligibility_changed` says the same."""

    product: str
    sku: str
    title: str
    state: ChangeResponseStateEnum
    old_status: EligibilityStatusEnum
    new_status: EligibilityStatusEnum
    effective_at: str
    announced: bool
    notice: str | None
    cause: DecisionCauseEnum
    reason: str
    evidence: str
    category: str
    confidence: float
    list_version: str
    model_version: str
    taxonomy_version: str
    list: str | None
    replaced_by: str | None
    changed_at: str | None


class CheckRequest(TypedDict):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    items: List[ItemRequest]


class CheckResponse(TypedDict):
    data: List[CheckedItem]


class CloseDayRequest(TypedDict, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    business_on: str | None
    totals: TillTotalsRequest
    sale_numbers: List[str]


class CodeCountResponse(TypedDict):
    code: str
    count: int


class CodeResponse(TypedDict):
    code: str
    terminal: str
    expires_at: str


class CommandPage(TypedDict):
    data: List[CommandResponse]
    next_cursor: str | None


class _CommandRequestNeeded(TypedDict):
    kind: CommandKindEnum


class CommandRequest(_CommandRequestNeeded, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    parameters: Dict[str, Any]
    ttl_s: int
    reason: str


class CommandResponse(TypedDict):
    """One command, as one terminal got it."""

    id: str
    terminal: str
    kind: CommandKindEnum
    parameters: Dict[str, Any]
    state: CommandDeliveryStateEnum
    message: str
    attempts: int
    has_log: bool
    created_at: str
    expires_at: str
    sent_at: str | None
    received_at: str | None
    ended_at: str | None


class ConsentRequest(TypedDict):
    """That the shopper has read our consent text of this version and agreed to it."""

    version: str
    covers: CoversEnum


class ConsentResponse(TypedDict):
    version: str
    covers: CoversEnum
    consented_at: str


class _CurveNeeded(TypedDict):
    value: List[float | None]


class Curve(_CurveNeeded, total=False):
    low: List[float | None]
    high: List[float | None]


class CustomerDetailResponse(TypedDict):
    id: str
    kind: CustomerKindEnum
    shopper: str | None
    created_at: str
    fields_as_of: str | None
    fields: Dict[str, Any]


class CustomerPage(TypedDict):
    data: List[CustomerResponse]
    next_cursor: str | None


class CustomerResponse(TypedDict):
    id: str
    kind: CustomerKindEnum
    shopper: str | None
    created_at: str


class DecisionResponse(TypedDict):
    """An item's status with its evidence."""

    status: EligibilityStatusEnum
    category: str
    category_name: str
    bucket: BucketEnum
    account_kinds: List[AccountKindsEnum]
    eligible_fraction: float | None
    evidence: EvidenceEnum
    evidence_detail: str
    confidence: float
    list_version: str
    model_version: str
    taxonomy_version: str
    reason: str
    citation: str
    decided_at: str
    likely_category: str
    guard: str
    cues: List[str]
    similar: List[SimilarResponse]
    would_change: str
    letter: str
    agreed_by: int | None


class DeclineResponse(TypedDict):
    code: str
    cause: DeclineCauseEnum
    meaning: str
    advice: str
    shopper_message: str
    retry: RetryEnum
    is_hard: bool


class DeclineStatistics(TypedDict):
    from_day: str
    to_day: str
    attempts_count: int
    declines_count: int
    declines_amount_cents: int
    declines_share: float
    data: List[CauseResponse]


class DeliveryPage(TypedDict):
    data: List[DeliveryResponse]
    next_cursor: str | None


class DeliveryResponse(TypedDict):
    id: str
    endpoint: str
    event: Dict[str, Any]
    state: DeliveryResponseStateEnum
    attempts_count: int
    last_status: int | None
    last_error: str | None
    next_attempt_at: str | None
    delivered_at: str | None
    attempts: List[AttemptResponse]
    created_at: str


class DevicePage(TypedDict):
    data: List[DeviceResponse]
    next_cursor: str | None


class DeviceRequest(TypedDict):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    platform: PlatformEnum
    token: str


class DeviceResponse(TypedDict):
    id: str
    customer: str
    platform: PlatformEnum
    registered_at: str


class DifferenceResponse(TypedDict):
    name: str
    till: Any
    platform: Any


class DisputeFileRequest(TypedDict):
    """One file: PDF, PNG or JPEG, at most 1 MB."""

    name: str
    content: str


class DisputeFileResponse(TypedDict):
    id: str
    name: str
    content_type: str
    size_bytes: int
    sha256: str
    created_at: str


class DisputePage(TypedDict):
    data: List[DisputeResponse]
    next_cursor: str | None


class DisputeReason(TypedDict):
    code: str
    title: str
    meaning: str
    helps: List[str]


class _DisputeRequestNeeded(TypedDict):
    claim: CategoryStatusEnum
    evidence: str


class DisputeRequest(_DisputeRequestNeeded, total=False):
    """Name a `product` of yours, or describe an `item`."""

    product: str
    item: ItemRequest | None
    links: List[str]
    file: EvidenceFileRequest | None


class DisputeResponse(TypedDict):
    id: str
    state: EligibilityDisputeStateEnum
    outcome: DisputeResponseOutcomeEnum | None
    product: str | None
    title: str
    brand: str
    gtin: str
    claim: CategoryStatusEnum
    status_before: EligibilityStatusEnum
    status_after: CategoryStatusEnum | None
    category: str | None
    answer: str | None
    links: List[str]
    opened_at: str
    answered_at: str | None


class DoorsResponse(TypedDict):
    https: str
    websocket: str
    mqtt: str


class EndpointDeleted(TypedDict):
    id: str
    is_deleted: bool


class EndpointPage(TypedDict):
    data: List[EndpointResponse]
    next_cursor: str | None


class _EndpointRequestNeeded(TypedDict):
    url: str


class EndpointRequest(_EndpointRequestNeeded, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    description: str
    event_types: List[EventTypeEnum]
    api_version: ApiVersionEnum


class EndpointResponse(TypedDict):
    id: str
    url: str
    description: str
    event_types: List[str]
    api_version: str
    state: WebhookEndpointStateEnum
    state_reason: str | None
    secret: str | None
    previous_secret_until: str | None
    failing_since: str | None
    last_success_at: str | None
    created_at: str


class _EnrolRequestNeeded(TypedDict):
    code: str
    serial: str


class EnrolRequest(_EnrolRequestNeeded, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    nonce: str


class EnrolResponse(TypedDict):
    terminal: str
    token: str
    report_every_s: int
    doors: DoorsResponse


class EntryPage(TypedDict):
    data: List[EntryResponse]
    next_cursor: str | None


class EntryResponse(TypedDict):
    id: str
    reference: str
    description: str
    change_cents: int
    legs: List[LegResponse]
    posted_at: str


class ErrorDetail(TypedDict):
    type: str
    code: str
    message: str
    param: str | None
    doc_url: str
    request_id: str


class ErrorResponse(TypedDict):
    """The shape of every refusal."""

    error: ErrorDetail


class _EvaluateRequestNeeded(TypedDict):
    rule: str
    customer: str


class EvaluateRequest(_EvaluateRequestNeeded, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    store: bool


class EvaluateResponse(TypedDict):
    rule: str
    slug: str
    customer: str
    qualifies: bool
    score: int
    reasons: List[ReasonResponse]
    missing: List[str]
    version: int
    evaluated_at: str
    stored: bool


class EventPage(TypedDict):
    data: List[EventResponse]
    next_cursor: str | None


class EventResponse(TypedDict):
    id: str
    type: str
    api_version: str
    object_id: str
    data: Dict[str, Any]
    created_at: str


class EvidenceFileRequest(TypedDict):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    name: str
    content: str


class EvidenceRequest(TypedDict, total=False):
    """What you say, and files that show it. What was added before stays, except for the words."""

    statement: str | None
    files: List[DisputeFileRequest]


class _FeedAuthRequestNeeded(TypedDict):
    kind: CatalogueFeedAuthKindEnum


class FeedAuthRequest(_FeedAuthRequestNeeded, total=False):
    """What the feed's server is told. Left out of a change, `secret` stays as it is."""

    name: str
    secret: str


class FeedAuthResponse(TypedDict):
    kind: CatalogueFeedAuthKindEnum
    name: str


class FeedDeleted(TypedDict):
    id: str
    is_deleted: bool


class FeedPage(TypedDict):
    data: List[FeedResponse]
    next_cursor: str | None


class _FeedRequestNeeded(TypedDict):
    name: str
    url: str


class FeedRequest(_FeedRequestNeeded, total=False):
    """A feed to be fetched from now on."""

    format: FormatEnum | None
    columns: Dict[str, str]
    every_hours: int
    at_hour: int
    switches_off_missing: bool
    auth: FeedAuthRequest


class FeedResponse(TypedDict):
    """An address from which products are fetched by themselves."""

    id: str
    name: str
    url: str
    format: FormatEnum | None
    columns: Dict[str, str]
    every_hours: int
    at_hour: int
    time_zone: str
    switches_off_missing: bool
    auth: FeedAuthResponse
    state: CatalogueFeedStateEnum
    paused_by: str | None
    paused_at: str | None
    failures_in_a_row: int
    next_at: str | None
    last_success_at: str | None
    last_run: FeedRunResponse | None
    created_at: str


class FeedRunPage(TypedDict):
    data: List[FeedRunResponse]
    next_cursor: str | None


class FeedRunResponse(TypedDict):
    """One time that the feed was fetched."""

    id: str
    state: CataloguePullStateEnum
    outcome: FeedRunResponseOutcomeEnum | None
    cause: FeedRunResponseCauseEnum
    message: str
    http_status: int | None
    size_bytes: int | None
    job: str | None
    rows_total: int | None
    rows_done: int | None
    rows_failed: int | None
    vanished_count: int
    approved_by: str | None
    approved_at: str | None
    created_at: str
    finished_at: str | None


class _FeedbackRequestNeeded(TypedDict):
    kind: FeedbackKindEnum
    client_id: str


class FeedbackRequest(_FeedbackRequestNeeded, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    channel: SnoopChannelEnum
    position: int


class FeedbackResponse(TypedDict):
    id: str
    customer: str
    rule: str
    kind: FeedbackKindEnum
    channel: SnoopChannelEnum
    at: str


class FoundProductResponse(TypedDict):
    """A product that suits, with what it is judged to be. It holds nothing that a shop does not show its shoppers."""

    id: str
    title: str
    brand: str
    gtin: str
    price_cents: int | None
    status: EligibilityStatusEnum
    category_name: str
    reason: str
    citation: str
    would_change: str
    why: str


class _HistoryResponseNeeded(TypedDict):
    terminal: str
    since: str
    until: str
    every_s: int
    reports: int
    times: List[int]
    values: Dict[str, Curve]
    sums: Sums


class HistoryResponse(_HistoryResponseNeeded, total=False):
    object: str


class HitTerminal(TypedDict):
    id: str
    label: str
    serial: str
    store: str | None
    began_at: str
    resolved_at: str | None


class _ImportRequestNeeded(TypedDict):
    file: str


class ImportRequest(_ImportRequestNeeded, total=False):
    """A file of at most 100,000 rows and, unpacked, 60 MB, and what is to be known about it. Most of that is found out."""

    format: FormatEnum
    encoding: EncodingEnum
    delimiter: DelimiterEnum
    columns: str
    dry_run: bool


class IncidentPage(TypedDict):
    data: List[IncidentResponse]
    next_cursor: str | None


class IncidentResponse(TypedDict):
    object: str
    id: str
    title: str
    rule: str
    severity: SeverityEnum
    state: TerminalIncidentStateEnum
    is_being_worked_on: bool
    terminal_count: int
    open_terminal_count: int
    began_at: str
    opened_at: str
    resolved_at: str | None


class IncidentWhole(TypedDict):
    object: str
    id: str
    title: str
    rule: str
    severity: SeverityEnum
    state: TerminalIncidentStateEnum
    is_being_worked_on: bool
    terminal_count: int
    open_terminal_count: int
    began_at: str
    opened_at: str
    resolved_at: str | None
    terminals: List[HitTerminal]


class ItemErrorResponse(TypedDict):
    """Stands in the place of an item that could not be judged."""

    error: ItemRefusal


class ItemRecordResponse(TypedDict):
    """The evidence pack as data: `format` names its layout."""

    format: str
    is_test: bool
    case_number: str
    reason_code: str
    reason: str
    merchant: Dict[str, Any]
    sale: Dict[str, Any]
    card: Dict[str, Any]
    items: List[Dict[str, Any]]


class ItemRefusal(TypedDict):
    code: str
    message: str
    param: str


class _ItemRequestNeeded(TypedDict):
    title: str


class ItemRequest(_ItemRequestNeeded, total=False):
    """One thing to be judged. `title` is what the shopper sees."""

    brand: str
    gtin: str
    category: str
    description: str
    price_cents: int | None


class JobPage(TypedDict):
    data: List[JobResponse]
    next_cursor: str | None


class JobResponse(TypedDict):
    """A file of items and how far it is."""

    id: str
    kind: JobResponseKindEnum
    state: JobResponseStateEnum
    dry_run: bool
    filename: str
    columns: Dict[str, str]
    rows_total: int
    rows_done: int
    rows_failed: int
    counts: Dict[str, int]
    percent: int
    rows_per_s: float | None
    left_s: int | None
    error: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    expires_at: str


class JobRowPage(TypedDict):
    data: List[JobRowResponse]
    next_cursor: str | None


class JobRowResponse(TypedDict):
    """One row of the file. `result` is null until it is done; it holds `error` where the row could not be used."""

    row: int
    cells: Dict[str, str]
    result: Dict[str, Any] | None


class LegResponse(TypedDict):
    account: str
    amount_cents: int


class LetterHoldRequest(TypedDict):
    """The benefit card holds money for items whose letter is awaited, and the order waits."""

    if_refused: IfRefusedEnum


class LetterHoldResponse(TypedDict):
    id: str
    status: LetterHoldResponseStatusEnum
    if_refused: IfRefusedEnum
    line_items: List[int]
    held_cents: int
    letters: List[str]
    charged_to_other_card_cents: int
    dropped_line_items: List[int]
    dropped_cents: int
    deadline_at: str
    settled_at: str | None


class _LetterItemRequestNeeded(TypedDict):
    title: str


class LetterItemRequest(_LetterItemRequestNeeded, total=False):
    """One thing that the letter is for."""

    brand: str
    gtin: str


class LetterItemResponse(TypedDict):
    title: str
    brand: str
    gtin: str


class LetterPage(TypedDict):
    data: List[LetterResponse]
    next_cursor: str | None


class _LetterRequestNeeded(TypedDict):
    patient_name: str


class LetterRequest(_LetterRequestNeeded, total=False):
    """A letter to be asked for. What it says of a person's health is sealed at once, and no answer of this API repeats it."""

    shopper: str
    email: str
    patient_state: PatientStateEnum
    condition: str
    categories: List[str]
    items: List[LetterItemRequest]
    answers: Dict[str, str]
    document: str


class LetterResponse(TypedDict):
    """State and coverage of a letter. Diagnosis, rationale and provider are the shopper's alone."""

    id: str
    shopper: str
    status: LetterResponseStatusEnum
    is_in_force: bool
    source: SourceEnum
    categories: List[str]
    items: List[LetterItemResponse]
    months: int
    issued_on: str | None
    expires_on: str | None
    supersedes: str | None
    requested_at: str
    decided_at: str | None


class LineItemRequest(TypedDict, total=False):
    """One line of the basket: a `product` of yours, or a `title` with its price."""

    product: str
    title: str
    brand: str
    gtin: str
    sku: str
    category: str
    quantity: int
    unit_price_cents: int | None
    tax_cents: int
    discount_cents: int


class LineItemResponse(TypedDict):
    position: int
    product: str | None
    title: str
    brand: str
    sku: str
    gtin: str
    quantity: int
    unit_price_cents: int
    subtotal_cents: int
    discount_cents: int
    tax_cents: int
    shipping_cents: int
    total_cents: int
    decision: DecisionResponse


class LogContentResponse(TypedDict):
    command: str
    size: int
    is_cut: bool
    received_at: str
    content: str


class LogRequest(TypedDict):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    content: str


class LogResponse(TypedDict):
    command: str
    size: int
    is_cut: bool
    received_at: str


class LossResponse(TypedDict):
    code: str
    message: str
    lost_at: str
    settled_at: str | None


class NextActionResponse(TypedDict):
    type: TypeEnum
    url: str
    expires_at: str


class PackSummary(TypedDict):
    id: str
    is_complete: bool
    missing: List[str]
    created_at: str


class PartResponse(TypedDict):
    position: int
    title: str
    amount_cents: int


class PatchedEndpointChangeRequest(TypedDict, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    url: str
    description: str
    event_types: List[EventTypeEnum]
    api_version: ApiVersionEnum
    state: WebhookEndpointStateEnum


class PatchedFeedChangeRequest(TypedDict, total=False):
    """What of a feed shall change; what is left out stays."""

    name: str
    url: str
    format: FormatEnum | None
    columns: Dict[str, str]
    every_hours: int
    at_hour: int
    switches_off_missing: bool
    auth: FeedAuthRequest
    state: CatalogueFeedStateEnum


class PatchedProductChangeRequest(TypedDict, total=False):
    """What of a product shall change; what is left out stays."""

    title: str
    brand: str
    gtin: str
    category: str
    description: str
    price_cents: int | None
    image_url: str
    product_url: str
    availability: AvailabilityEnum | None
    is_active: bool


class PatchedStoreChangeRequest(TypedDict, total=False):
    """What of a store shall change; what is left out stays."""

    name: str
    region: str
    town: str
    latitude: float | None
    longitude: float | None
    time_zone: str
    opening_hours: Any


class PatchedSubscriptionChangeRequest(TypedDict, total=False):
    """What is left out stays as it is."""

    line_items: List[LineItemRequest]
    cards: List[SubscriptionCardRequest]
    interval: IntervalEnum
    interval_count: int
    shipping_cents: int
    discount_cents: int
    client_reference_id: str
    metadata: Dict[str, str]


class PatchedTerminalChangeRequest(TypedDict, total=False):
    """What of a terminal shall change; what is left out stays."""

    label: str
    store: str | None
    tags: List[str]
    network_operator: str
    sim_iccid: str
    report_every_s: int
    certificate_sha256: str


class PaymentLinkItem(TypedDict):
    product: str
    title: str
    brand: str
    gtin: str
    sku: str
    category: str
    quantity: int
    unit_price_cents: int
    tax_cents: int


class PaymentLinkPage(TypedDict):
    data: List[PaymentLinkResponse]
    next_cursor: str | None


class PaymentLinkRequest(TypedDict, total=False):
    """What the link sells: `line_items`, or a `title` with an `amount_cents`."""

    title: str
    line_items: List[LineItemRequest]
    amount_cents: int | None
    shipping_cents: int
    max_sales: int | None
    expires_at: str | None
    success_url: str
    capture_method: CaptureMethodEnum
    client_reference_id: str
    metadata: Dict[str, str]


class PaymentLinkResponse(TypedDict):
    id: str
    url: str
    qr_svg_url: str
    qr_png_url: str
    status: PaymentLinkResponseStatusEnum
    title: str
    line_items: List[PaymentLinkItem]
    shipping_cents: int
    amount_total_cents: int
    currency: str
    max_sales: int | None
    sales_count: int
    success_url: str
    capture_method: str
    client_reference_id: str
    metadata: Dict[str, str]
    expires_at: str | None
    created_at: str


class PaymentPage(TypedDict):
    data: List[PaymentResponse]
    next_cursor: str | None


class PaymentResponse(TypedDict):
    id: str
    session: str
    status: str
    amount_cents: int
    amount_captured_cents: int
    amount_refunded_cents: int
    amount_disputed_cents: int
    is_partly_captured: bool
    currency: str
    failure_code: str | None
    failure_message: str | None
    tenders: List[TenderResponse]
    receipt_url: str | None
    created_at: str


class PayoutPage(TypedDict):
    data: List[PayoutResponse]
    next_cursor: str | None


class PayoutRequest(TypedDict, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    amount_cents: int | None
    speed: PayoutUrgencyEnum
    bank_account: str
    description: str


class PayoutResponse(TypedDict):
    id: str
    status: PayoutStateEnum
    amount_cents: int
    fee_cents: int
    advanced_cents: int
    currency: str
    speed: PayoutUrgencyEnum
    origin: OriginEnum
    bank_account: str
    bank_account_last4: str
    description: str
    failure_code: str
    failure_message: str
    expected_on: str | None
    created_at: str
    sent_at: str | None
    paid_at: str | None
    ended_at: str | None


class PlaceResponse(TypedDict):
    id: str
    name: str


class PreviewLeg(TypedDict):
    tender: str
    kind: TenderKindEnum
    card: str
    network: str
    last4: str
    amount_cents: int
    line_items: List[ReasonedPart]


class _PreviewRequestNeeded(TypedDict):
    payment: str


class PreviewRequest(_PreviewRequestNeeded, total=False):
    """Which lines go back, or an amount; with neither, all that is left."""

    line_items: List[RefundedLineRequest]
    amount_cents: int | None


class PreviewResponse(TypedDict):
    payment: str
    amount_cents: int
    refundable_cents: int
    currency: str
    legs: List[PreviewLeg]


class ProductDecisionPage(TypedDict):
    data: List[ProductDecisionResponse]
    next_cursor: str | None


class ProductDecisionResponse(TypedDict):
    """One entry of a product's history."""

    status: EligibilityStatusEnum
    previous_status: EligibilityStatusEnum | None
    cause: DecisionCauseEnum
    decision: DecisionResponse
    decided_at: str


class ProductPage(TypedDict):
    data: List[ProductResponse]
    next_cursor: str | None


class _ProductRequestNeeded(TypedDict):
    sku: str
    title: str


class ProductRequest(_ProductRequestNeeded, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    brand: str
    gtin: str
    category: str
    description: str
    price_cents: int | None
    image_url: str
    product_url: str
    availability: AvailabilityEnum | None


class ProductResponse(TypedDict):
    id: str
    sku: str
    title: str
    brand: str
    gtin: str
    category: str
    description: str
    price_cents: int | None
    image_url: str
    product_url: str
    availability: AvailabilityEnum | None
    is_active: bool
    created_at: str
    decision: StandingDecisionResponse | None


class PushServiceRequest(TypedDict):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    url: str


class PushServiceResponse(TypedDict):
    url: str | None
    changed_at: str | None


class PushServiceSecretResponse(TypedDict):
    url: str | None
    changed_at: str | None
    secret: str | None


class ReasonResponse(TypedDict):
    condition: str
    holds: bool


class ReasonedPart(TypedDict):
    position: int
    title: str
    amount_cents: int
    why: str


class RefundLegResponse(TypedDict):
    tender: str
    kind: TenderKindEnum
    card: str
    network: str
    last4: str
    amount_cents: int
    status: RefundLegResponseStatusEnum
    response_code: str | None
    line_items: List[PartResponse]


class RefundPage(TypedDict):
    data: List[RefundResponse]
    next_cursor: str | None


class _RefundRequestNeeded(TypedDict):
    payment: str


class RefundRequest(_RefundRequestNeeded, total=False):
    """Which lines go back, or an amount; with neither, all that is left."""

    line_items: List[RefundedLineRequest]
    amount_cents: int | None
    reason: ReasonEnum
    note: str


class RefundResponse(TypedDict):
    id: str
    payment: str
    session: str
    status: RefundResponseStatusEnum
    amount_cents: int
    failed_cents: int
    currency: str
    reason: ReasonEnum
    note: str
    legs: List[RefundLegResponse]
    created_at: str
    settled_at: str | None


class _RefundedLineRequestNeeded(TypedDict):
    position: int


class RefundedLineRequest(_RefundedLineRequestNeeded, total=False):
    """What of one line goes back: `quantity` units, `amount_cents`, or (with neither) all that is left of it."""

    quantity: int | None
    amount_cents: int | None


class RenewalPage(TypedDict):
    data: List[RenewalResponse]
    next_cursor: str | None


class RenewalResponse(TypedDict):
    id: str
    number: int
    status: RenewalResponseStatusEnum
    due_at: str
    ends_at: str
    session: str | None
    amount_total_cents: int | None
    amount_eligible_cents: int | None
    attempts: int
    next_attempt_at: str | None
    code: str
    cause: str
    message: str


class _ReplayRequestNeeded(TypedDict):
    since: str


class ReplayRequest(_ReplayRequestNeeded, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    until: str
    types: List[EventTypeEnum]


class ReplayResponse(TypedDict):
    count: int


class RotateRequest(TypedDict, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    overlap_hours: int


class SavedCardPage(TypedDict):
    data: List[SavedCardResponse]
    next_cursor: str | None


class SavedCardResponse(TypedDict):
    id: str
    status: SavedCardResponseStatusEnum
    card: CardResponse
    exp_month: int
    exp_year: int
    consent: ConsentResponse
    replaced_at: str | None
    last_used_at: str | None
    created_at: str


class SearchResponse(TypedDict):
    data: List[FoundProductResponse]


class ServerConfirmRequest(TypedDict, total=False):
    """As the payment page confirms, and what only a server may say: that the shopper is not there."""

    cards: List[CardOfferRequest]
    benefit_card_token: str
    card_token: str
    letter_hold: LetterHoldRequest | None
    email: str
    off_session: bool


class _SessionRequestNeeded(TypedDict):
    line_items: List[LineItemRequest]
    success_url: str
    cancel_url: str


class SessionRequest(_SessionRequestNeeded, total=False):
    """A basket to be paid. All amounts are whole cents of USD."""

    shipping_cents: int
    discount_cents: int
    amount_total_cents: int | None
    capture_method: CaptureMethodEnum
    shopper: str
    shopper_email: str
    save_cards: SaveCardsEnum
    client_reference_id: str
    metadata: Dict[str, str]


class SessionResponse(TypedDict):
    id: str
    shopper: str | None
    url: str | None
    status: SessionResponseStatusEnum
    next_action: NextActionResponse | None
    capture_method: str
    currency: str
    amount_subtotal_cents: int
    amount_discount_cents: int
    amount_tax_cents: int
    amount_shipping_cents: int
    amount_total_cents: int
    amount_eligible_cents: int
    line_items: List[LineItemResponse]
    payment: PaymentResponse | None
    letter_hold: LetterHoldResponse | None
    payment_link: str | None
    client_reference_id: str
    metadata: Dict[str, str]
    success_url: str
    cancel_url: str
    expires_at: str
    created_at: str


class SettlementPage(TypedDict):
    data: List[SettlementResponse]
    next_cursor: str | None


class SettlementResponse(TypedDict):
    id: str
    business_on: str
    sale_count: int
    sale_cents: int
    refund_cents: int
    fee_cents: int
    reserve_cents: int
    repaid_cents: int
    net_cents: int
    created_at: str


class _ShippedLineRequestNeeded(TypedDict):
    position: int


class ShippedLineRequest(_ShippedLineRequestNeeded, total=False):
    """Units of one line that are shipped now; without `quantity`, all that are left of it."""

    quantity: int | None


class SimilarResponse(TypedDict):
    """A training title near this one."""

    title: str
    category: str
    status: CategoryStatusEnum
    similarity: float


class SnoopPage(TypedDict):
    data: List[SnoopResponse]
    next_cursor: str | None


class SnoopResponse(TypedDict):
    """One hint. Its texts are plain: escape them where you show them in HTML."""

    rule: str
    slug: str
    title: str
    body: str
    category: SnoopCategoryEnum
    priority: int
    score: int
    action: ActionResponse | None
    why: List[str]
    position: int
    seen: bool
    judged_at: str
    version: int


class SplitLineResponse(TypedDict):
    ref: str
    product: str | None
    title: str
    quantity: int
    status: EligibilityStatusEnum
    label: str
    reason: str
    total_cents: int
    eligible_cents: int


class _SplitRequestNeeded(TypedDict):
    line_items: List[CartLineRequest]


class SplitRequest(_SplitRequestNeeded, total=False):
    """A cart as the shopper sees it. Amounts are whole cents of USD."""

    shipping_cents: int
    discount_cents: int


class SplitResponse(TypedDict):
    """An estimate: the payment page judges again, and the shopper's own card may pay less."""

    currency: str
    amount_total_cents: int
    amount_eligible_cents: int
    amount_with_letter_cents: int
    amount_other_cents: int
    line_items: List[SplitLineResponse]


class StandingDecisionResponse(TypedDict):
    """What a product is judged to be, since when, and when that was last confirmed."""

    status: EligibilityStatusEnum
    category: str
    category_name: str
    bucket: BucketEnum
    account_kinds: List[AccountKindsEnum]
    eligible_fraction: float | None
    evidence: EvidenceEnum
    evidence_detail: str
    confidence: float
    list_version: str
    model_version: str
    taxonomy_version: str
    reason: str
    citation: str
    decided_at: str
    likely_category: str
    guard: str
    cues: List[str]
    similar: List[SimilarResponse]
    would_change: str
    letter: str
    agreed_by: int | None
    checked_at: str


class _StateRequestNeeded(TypedDict):
    state: TerminalStateEnum


class StateRequest(_StateRequestNeeded, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    store: str
    reason: str


class StorePage(TypedDict):
    data: List[StoreResponse]
    next_cursor: str | None


class _StoreRequestNeeded(TypedDict):
    name: str
    region: str


class StoreRequest(_StoreRequestNeeded, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    town: str
    latitude: float | None
    longitude: float | None
    time_zone: str
    opening_hours: Any


class StoreResponse(TypedDict):
    id: str
    name: str
    region: str
    town: str
    latitude: float | None
    longitude: float | None
    time_zone: str
    opening_hours: Dict[str, Any]
    created_at: str


class _SubscriptionCardRequestNeeded(TypedDict):
    payment_method: str


class SubscriptionCardRequest(_SubscriptionCardRequestNeeded, total=False):
    """A saved card of the shopper, whose consent covers subscriptions."""

    amount_cents: int | None


class SubscriptionCardResponse(TypedDict):
    payment_method: str
    network: str
    last4: str
    account_kind: str
    status: str
    amount_cents: int | None
    refused_code: str


class SubscriptionItemResponse(TypedDict):
    product: str
    title: str
    brand: str
    gtin: str
    sku: str
    category: str
    quantity: int
    unit_price_cents: int | None
    tax_cents: int


class SubscriptionPage(TypedDict):
    data: List[SubscriptionResponse]
    next_cursor: str | None


class _SubscriptionRequestNeeded(TypedDict):
    shopper: str
    line_items: List[LineItemRequest]
    cards: List[SubscriptionCardRequest]
    interval: IntervalEnum


class SubscriptionRequest(_SubscriptionRequestNeeded, total=False):
    """A basket that renews. By sending it you say that this shopper is signed in at your shop and asked for it."""

    interval_count: int
    starts_at: str | None
    shipping_cents: int
    discount_cents: int
    client_reference_id: str
    metadata: Dict[str, str]


class SubscriptionResponse(TypedDict):
    id: str
    status: SubscriptionResponseStatusEnum
    shopper: str
    interval: IntervalEnum
    interval_count: int
    next_renewal_at: str | None
    line_items: List[SubscriptionItemResponse]
    shipping_cents: int
    discount_cents: int
    cards: List[SubscriptionCardResponse]
    latest_renewal: RenewalResponse | None
    client_reference_id: str
    metadata: Dict[str, Any]
    cancelled_at: str | None
    created_at: str


class Sums(TypedDict):
    every_s: int
    times: List[int]
    values: Dict[str, List[int]]


class TelemetryAnswer(TypedDict):
    accepted: int
    refused: int
    ack: Dict[str, Any]
    faults: List[TelemetryFault]
    commands: List[TelemetryCommand]


class TelemetryCommand(TypedDict):
    """A command that waits for this terminal."""

    id: str
    kind: str
    parameters: Dict[str, Any]
    expires_at_ms: int


class _TelemetryFaultNeeded(TypedDict):
    index: int
    code: str
    message: str
    param: str | None
    refused: bool


class TelemetryFault(_TelemetryFaultNeeded, total=False):
    """What is wrong with one report."""

    boot: int
    seq: int


class _TelemetryReportNeeded(TypedDict):
    boot: int
    seq: int


class TelemetryReport(_TelemetryReportNeeded, total=False):
    """`boot` and `seq` must be there. What a device does not know it leaves out."""

    v: Literal[1]
    at: int
    battery_percent: int
    charging: bool
    signal_dbm: int
    network: Literal["2g", "3g", "4g", "5g", "ethernet", "satellite", "unknown", "wifi"]
    latency_ms: int
    memory_free_percent: int
    storage_free_percent: int
    temperature_c: int
    printer: Literal["cover_open", "fault", "none", "ok", "paper_low", "paper_out", "unknown"]
    tamper: bool
    latitude: float
    longitude: float
    firmware: str
    app: str
    reader_errors: int
    sales_ok: int
    sales_failed: int
    offline_queue: int
    api_errors: int
    webhook_failures: int
    visits: int
    orders: int
    urgent: bool
    stored: bool
    going_down: bool
    events: List[str | Dict[str, Any]]
    command_results: List[Dict[str, Any]]


class TenderLineResponse(TypedDict):
    position: int
    amount_cents: int


class TenderResponse(TypedDict):
    id: str
    kind: TenderKindEnum
    status: str
    network: str
    last4: str
    account_kind: str
    requested_cents: int
    approved_cents: int
    captured_cents: int
    held_cents: int
    refunded_cents: int
    disputed_cents: int
    auth_code: str
    response_code: str
    is_substantiated: bool
    healthcare: Dict[str, int]
    decline: DeclineResponse | None
    is_liability_shifted: bool
    lines: List[TenderLineResponse]


class TerminalPage(TypedDict):
    data: List[TerminalResponse]
    next_cursor: str | None


class _TerminalRequestNeeded(TypedDict):
    model: str
    serial: str


class TerminalRequest(_TerminalRequestNeeded, total=False):
    """What a merchant may say of a terminal, at first or later."""

    label: str
    store: str | None
    tags: List[str]
    network_operator: str
    sim_iccid: str
    report_every_s: int
    certificate_sha256: str
    kind: TerminalKindEnum


class TerminalResponse(TypedDict):
    id: str
    kind: TerminalKindEnum
    state: TerminalStateEnum
    label: str
    model: str
    serial: str
    firmware: str
    app: str
    store: PlaceResponse | None
    group: PlaceResponse | None
    tags: List[str]
    network_operator: str
    sim_iccid: str
    report_every_s: int
    certificate_sha256: str
    created_at: str
    activated_at: str | None
    first_report_at: str | None
    retired_at: str | None


class TerminalTokenResponse(TypedDict):
    terminal: str
    token: str
    old_tokens_end_at: str


class TillBatchRequest(TypedDict):
    """Sales that a till kept while it had no line, in any order."""

    sales: List[TillSaleRequest]


class TillBatchResponse(TypedDict):
    data: List[BatchEntryResponse]
    paid_count: int
    failed_count: int


class _TillCardRequestNeeded(TypedDict):
    token: str


class TillCardRequest(_TillCardRequestNeeded, total=False):
    """A card by its `token`, in the order in which it is asked."""

    amount_cents: int | None


class _TillCardTokenRequestNeeded(TypedDict):
    number: str
    exp_month: int
    exp_year: int


class TillCardTokenRequest(_TillCardTokenRequestNeeded, total=False):
    """A card as the till’s reader has read it. A reader knows no security code."""

    cvc: str | None


class TillCardTokenResponse(TypedDict):
    id: str
    card: CardResponse
    expires_at: str


class TillDayPage(TypedDict):
    data: List[TillDayResponse]
    next_cursor: str | None


class TillDayResponse(TypedDict):
    id: str
    terminal: str
    business_on: str
    sales_count: int
    sales_cents: int
    benefit_cents: int
    ordinary_cents: int
    late_count: int
    voids_count: int
    voids_cents: int
    refunds_count: int
    refunds_cents: int
    failed_count: int
    failed_cents: int
    losses_count: int
    losses_cents: int
    net_cents: int
    differences: List[DifferenceResponse]
    closed_at: str


class _TillLineRequestNeeded(TypedDict):
    unit_price_cents: int


class TillLineRequest(_TillLineRequestNeeded, total=False):
    """One line as the till rang it up: pieces, or a weight."""

    till_text: str
    gtin: str
    plu: str
    quantity: int
    weight_thousandths: int | None
    weight_unit: WeightUnitEnum | None
    tax_cents: int
    amount_cents: int | None


class TillLineResponse(TypedDict):
    title: str
    till_text: str
    gtin: str
    plu: str
    quantity: int
    weight_thousandths: int | None
    weight_unit: str | None
    unit_price_cents: int
    subtotal_cents: int
    discount_cents: int
    tax_cents: int
    total_cents: int
    benefit_cents: int
    decision: DecisionResponse


class TillSalePage(TypedDict):
    data: List[TillSaleResponse]
    next_cursor: str | None


class _TillSaleRequestNeeded(TypedDict):
    sale_number: str
    line_items: List[TillLineRequest]
    cards: List[TillCardRequest]


class TillSaleRequest(_TillSaleRequestNeeded, total=False):
    """A basket and the cards that pay it. All amounts are whole cents of USD."""

    discount_cents: int
    amount_total_cents: int | None
    taken_offline_at: str | None


class TillSaleResponse(TypedDict):
    id: str
    terminal: str
    sale_number: str
    status: TillSaleResponseStatusEnum
    session: str
    payment: str | None
    is_offline: bool
    sold_at: str
    received_at: str
    currency: str
    amount_total_cents: int
    amount_tax_cents: int
    amount_discount_cents: int
    amount_eligible_cents: int
    amount_benefit_cents: int
    amount_ordinary_cents: int
    line_items: List[TillLineResponse]
    tenders: List[TenderResponse]
    receipt_number: str | None
    receipt_url: str | None
    receipt_text: str
    loss: LossResponse | None
    day: str | None


class TillTotalsRequest(TypedDict, total=False):
    """What the till itself has counted; what it leaves out is not compared."""

    sales_count: int
    sales_cents: int
    benefit_cents: int
    ordinary_cents: int
    voids_count: int
    voids_cents: int
    net_cents: int


class TokenRequest(TypedDict, total=False):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    expires_in_s: int


class TokenResponse(TypedDict):
    token: str | None
    customer: str
    expires_at: str


class _UploadRequestNeeded(TypedDict):
    file: str


class UploadRequest(_UploadRequestNeeded, total=False):
    """A file of at most 100,000 rows and, unpacked, 60 MB, and what is to be known about it. Most of that is found out."""

    format: FormatEnum
    encoding: EncodingEnum
    delimiter: DelimiterEnum
    columns: str


class VerdictResponse(TypedDict):
    """What a page may show of one product."""

    ref: str
    product: str | None
    status: EligibilityStatusEnum
    label: str
    reason: str
    citation: str
    account_kinds: List[AccountKindsEnum]
    eligible_fraction: float | None
    as_of: str | None


class VerdictsResponse(TypedDict):
    data: List[VerdictResponse]


class VoidRequest(TypedDict):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    sale_number: str


class WishRequest(TypedDict, total=False):
    """Which lines go back, or an amount; with neither, all that is left."""

    line_items: List[RefundedLineRequest]
    amount_cents: int | None


CheckedItem = Union[DecisionResponse, ItemErrorResponse]

TelemetryMessage = Union[TelemetryReport, List[TelemetryReport]]

TelemetryRefusal = Any
