"""One method for each call of the API, in one class for each part of it.

Written by generate.py: change that, not this.
"""

from __future__ import annotations

from typing import Iterator, List, Literal, cast

from fsa_platform_client import models
from fsa_platform_client.transport import Transport, quoted


class Part:
    """A part of the API."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport


class Account(Part):
    def get(self) -> models.AccountResponse:
        """The merchant, the mode and the permissions of the key that asks. Every secret or restricted key may."""
        return cast("models.AccountResponse", self._transport.call("GET", "/v1/account"))


class Balance(Part):
    def get(self) -> models.BalanceResponse:
        """Where your money is, to the cent, and how much of it a payout can take now.

        A restricted key needs `balance: read`.
        """
        return cast("models.BalanceResponse", self._transport.call("GET", "/v1/balance"))

    def entries(self, *, cursor: str | None = None, limit: int | None = None) -> models.EntryPage:
        """A restricted key needs `balance: read`."""
        return cast(
            "models.EntryPage", self._transport.call("GET", "/v1/balance/entries", query={"cursor": cursor, "limit": limit})
        )

    def entries_all(self, *, limit: int | None = None) -> Iterator[models.EntryResponse]:
        """Every row of `entries`, asked for page by page. limit: how many a page."""
        return cast("Iterator[models.EntryResponse]", self._transport.pages("/v1/balance/entries", query={"limit": limit}))

    def settlements_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.SettlementPage:
        """What the card networks settled of your sales, day by day, and what it cost.

        A restricted key needs `balance: read`.
        """
        return cast(
            "models.SettlementPage", self._transport.call("GET", "/v1/settlements", query={"cursor": cursor, "limit": limit})
        )

    def settlements_list_all(self, *, limit: int | None = None) -> Iterator[models.SettlementResponse]:
        """Every row of `settlements_list`, asked for page by page. limit: how many a page."""
        return cast("Iterator[models.SettlementResponse]", self._transport.pages("/v1/settlements", query={"limit": limit}))


class Checkout(Part):
    def card_tokens_create(self, body: models.CardTokenRequest) -> models.CardTokenResponse:
        """For the card-capture frame. A token pays once, within minutes. Not replayed by Idempotency-Key: nothing of it is kept.

        A restricted key needs `card_tokens: write`.
        """
        return cast("models.CardTokenResponse", self._transport.call("POST", "/v1/card_tokens", body=body))

    def sessions_create(self, body: models.SessionRequest, *, idempotency_key: str | None = None) -> models.SessionResponse:
        """Judges every item, spreads discount and shipping, freezes both, and answers with the page to send the shopper to.

        A restricted key needs `checkout_sessions: write`.
        """
        return cast(
            "models.SessionResponse",
            self._transport.call("POST", "/v1/checkout/sessions", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def sessions_get(self, public_id: str) -> models.SessionResponse:
        """A restricted key needs `checkout_sessions: read`."""
        return cast("models.SessionResponse", self._transport.call("GET", f"/v1/checkout/sessions/{quoted(public_id)}"))

    def sessions_capture(
        self, public_id: str, body: models.CaptureRequest | None = None, *, idempotency_key: str | None = None
    ) -> models.SessionResponse:
        """Takes the money of what you ship: by lines, by amount, or all. The session is complete once nothing is held any more.

        A restricted key needs `checkout_sessions: write`.
        """
        return cast(
            "models.SessionResponse",
            self._transport.call(
                "POST",
                f"/v1/checkout/sessions/{quoted(public_id)}/capture",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def sessions_confirm(
        self, public_id: str, body: models.ServerConfirmRequest | None = None, *, idempotency_key: str | None = None
    ) -> models.SessionResponse:
        """Charges each card in turn for what it may pay of what is left, all or nothing. The hosted page does this for you.

        With `requires_action` nothing is charged yet: send the shopper to `next_action.url`, then confirm again with the same
        cards and a new Idempotency-Key. A repeat with the same key is answered as the first call was, also if it was cut off.

        A restricted key needs `checkout_sessions: write`.
        """
        return cast(
            "models.SessionResponse",
            self._transport.call(
                "POST",
                f"/v1/checkout/sessions/{quoted(public_id)}/confirm",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def sessions_expire(self, public_id: str, *, idempotency_key: str | None = None) -> models.SessionResponse:
        """Closes an open or authorised session; anything held on a card is released.

        A restricted key needs `checkout_sessions: write`.
        """
        return cast(
            "models.SessionResponse",
            self._transport.call(
                "POST", f"/v1/checkout/sessions/{quoted(public_id)}/expire", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )

    def sessions_void(self, public_id: str, *, idempotency_key: str | None = None) -> models.SessionResponse:
        """Releases what was not captured: the session is cancelled, or complete with what was captured of it. Safe to repeat.

        A restricted key needs `checkout_sessions: write`.
        """
        return cast(
            "models.SessionResponse",
            self._transport.call(
                "POST", f"/v1/checkout/sessions/{quoted(public_id)}/void", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )


class Customers(Part):
    def list(self, *, cursor: str | None = None, limit: int | None = None, shopper: str | None = None) -> models.CustomerPage:
        """Whom rules know at your store: each shopper, and your business itself. Newest first.

        A restricted key needs `customers: read`.
        """
        return cast(
            "models.CustomerPage",
            self._transport.call("GET", "/v1/customers", query={"cursor": cursor, "limit": limit, "shopper": shopper}),
        )

    def list_all(self, *, limit: int | None = None, shopper: str | None = None) -> Iterator[models.CustomerResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.CustomerResponse]",
            self._transport.pages("/v1/customers", query={"limit": limit, "shopper": shopper}),
        )

    def get(self, public_id: str) -> models.CustomerDetailResponse:
        """With what rules know of the customer: counted from sales at your store, and from nothing else.

        A restricted key needs `customers: read`.
        """
        return cast("models.CustomerDetailResponse", self._transport.call("GET", f"/v1/customers/{quoted(public_id)}"))

    def devices(self, public_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.DevicePage:
        """Those that take pushes, newest first. Their tokens are not told.

        A restricted key needs `customers: read`.
        """
        return cast(
            "models.DevicePage",
            self._transport.call("GET", f"/v1/customers/{quoted(public_id)}/devices", query={"cursor": cursor, "limit": limit}),
        )

    def devices_all(self, public_id: str, *, limit: int | None = None) -> Iterator[models.DeviceResponse]:
        """Every row of `devices`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.DeviceResponse]",
            self._transport.pages(f"/v1/customers/{quoted(public_id)}/devices", query={"limit": limit}),
        )

    def devices_create(
        self, public_id: str, body: models.DeviceRequest, *, idempotency_key: str | None = None
    ) -> models.DeviceResponse:
        """From now on urgent hints are pushed to it: at most one a day, never at night. 200 instead of 201: it was registered before.

        A device belongs to one customer: registering it for another one takes it from the first.

        A restricted key needs `customers: write`.
        """
        return cast(
            "models.DeviceResponse",
            self._transport.call(
                "POST",
                f"/v1/customers/{quoted(public_id)}/devices",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def devices_delete(self, device: str, public_id: str) -> None:
        """No more pushes to it. Safe to repeat.

        A restricted key needs `customers: write`.
        """
        self._transport.call("DELETE", f"/v1/customers/{quoted(public_id)}/devices/{quoted(device)}")

    def snoops(
        self,
        public_id: str,
        *,
        channel: Literal["email", "feed", "portal", "push"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.SnoopPage:
        """Hints for this customer, most relevant first, with the words to show. Take each page as it comes: what you fetched counts as shown.

        Pages of one sequence belong together: nothing comes twice and nothing is skipped, whatever is judged meanwhile.

        A restricted key needs `customers: read`.
        """
        return cast(
            "models.SnoopPage",
            self._transport.call(
                "GET", f"/v1/customers/{quoted(public_id)}/snoops", query={"channel": channel, "cursor": cursor, "limit": limit}
            ),
        )

    def snoops_all(
        self, public_id: str, *, channel: Literal["email", "feed", "portal", "push"] | None = None, limit: int | None = None
    ) -> Iterator[models.SnoopResponse]:
        """Every row of `snoops`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.SnoopResponse]",
            self._transport.pages(f"/v1/customers/{quoted(public_id)}/snoops", query={"channel": channel, "limit": limit}),
        )

    def snoop_feedback(
        self, public_id: str, rule: str, body: models.FeedbackRequest, *, idempotency_key: str | None = None
    ) -> models.FeedbackResponse:
        """`seen` once it was on screen, `dismissed`, `restored` or `acted`. 200 instead of 201: this `client_id` was here before.

        A restricted key needs `customers: write`.
        """
        return cast(
            "models.FeedbackResponse",
            self._transport.call(
                "POST",
                f"/v1/customers/{quoted(public_id)}/snoops/{quoted(rule)}/feedback",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def tokens_create(
        self, public_id: str, body: models.TokenRequest | None = None, *, idempotency_key: str | None = None
    ) -> models.TokenResponse:
        """A `ct_…` with which an app or page may read this customer's Snoops and report feedback, and nothing else.

        Make it on your server for whoever is signed in there. It ends with its time, and with the key that made it.

        A restricted key needs `customers: write`.
        """
        return cast(
            "models.TokenResponse",
            self._transport.call(
                "POST",
                f"/v1/customers/{quoted(public_id)}/tokens",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )


class Disputes(Part):
    def list(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        payment: str | None = None,
        status: Literal["accepted", "expired", "lost", "needs_response", "submitted", "won"] | None = None,
    ) -> models.CardDisputePage:
        """A restricted key needs `disputes: read`."""
        return cast(
            "models.CardDisputePage",
            self._transport.call(
                "GET", "/v1/disputes", query={"cursor": cursor, "limit": limit, "payment": payment, "status": status}
            ),
        )

    def list_all(
        self,
        *,
        limit: int | None = None,
        payment: str | None = None,
        status: Literal["accepted", "expired", "lost", "needs_response", "submitted", "won"] | None = None,
    ) -> Iterator[models.CardDisputeResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.CardDisputeResponse]",
            self._transport.pages("/v1/disputes", query={"limit": limit, "payment": payment, "status": status}),
        )

    def get(self, public_id: str) -> models.CardDisputeResponse:
        """A restricted key needs `disputes: read`."""
        return cast("models.CardDisputeResponse", self._transport.call("GET", f"/v1/disputes/{quoted(public_id)}"))

    def accept(self, public_id: str, *, idempotency_key: str | None = None) -> models.CardDisputeResponse:
        """Gives in: what was taken from your balance stays taken. Safe to repeat.

        A restricted key needs `disputes: write`.
        """
        return cast(
            "models.CardDisputeResponse",
            self._transport.call(
                "POST", f"/v1/disputes/{quoted(public_id)}/accept", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )

    def evidence(
        self, public_id: str, body: models.EvidenceRequest | None = None, *, idempotency_key: str | None = None
    ) -> models.CardDisputeResponse:
        """Kept encrypted until you submit; the same file twice is kept once, and ten in all.

        A restricted key needs `disputes: write`.
        """
        return cast(
            "models.CardDisputeResponse",
            self._transport.call(
                "POST",
                f"/v1/disputes/{quoted(public_id)}/evidence",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def pack(self, public_id: str) -> models.ItemRecordResponse:
        """The item record as data. Each look is on the access log.

        A restricted key needs `disputes: read`.
        """
        return cast("models.ItemRecordResponse", self._transport.call("GET", f"/v1/disputes/{quoted(public_id)}/pack"))

    def submit(self, public_id: str, *, idempotency_key: str | None = None) -> models.CardDisputeResponse:
        """Sends the pack with your words and files, once, before the due date. Safe to repeat.

        A restricted key needs `disputes: write`.
        """
        return cast(
            "models.CardDisputeResponse",
            self._transport.call(
                "POST", f"/v1/disputes/{quoted(public_id)}/submit", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )


class Eligibility(Part):
    def changes(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        since: str | None = None,
        state: Literal["upcoming", "withdrawn", "changed"] | None = None,
    ) -> models.ChangePage:
        """Your products whose status became another, or is going to, in the order in which you were told. Keep `resume_cursor` and give
        it as `cursor` next time: nothing is missed.

        A restricted key needs `eligibility: read`.
        """
        return cast(
            "models.ChangePage",
            self._transport.call(
                "GET", "/v1/eligibility/changes", query={"cursor": cursor, "limit": limit, "since": since, "state": state}
            ),
        )

    def changes_all(
        self,
        *,
        limit: int | None = None,
        since: str | None = None,
        state: Literal["upcoming", "withdrawn", "changed"] | None = None,
    ) -> Iterator[models.ChangeResponse]:
        """Every row of `changes`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.ChangeResponse]",
            self._transport.pages("/v1/eligibility/changes", query={"limit": limit, "since": since, "state": state}),
        )

    def check(self, body: models.CheckRequest, *, expand: Literal["evidence"] | None = None) -> models.CheckResponse:
        """Says for each item, in the order given, whether a benefit card may pay for it, and on what evidence.

        An item that cannot be used has an `error` in its place, and the others are judged.

        A restricted key needs `eligibility: read`.
        """
        return cast(
            "models.CheckResponse", self._transport.call("POST", "/v1/eligibility/check", body=body, query={"expand": expand})
        )

    def disputes_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.DisputePage:
        """A restricted key needs `eligibility_disputes: read`."""
        return cast(
            "models.DisputePage",
            self._transport.call("GET", "/v1/eligibility/disputes", query={"cursor": cursor, "limit": limit}),
        )

    def disputes_list_all(self, *, limit: int | None = None) -> Iterator[models.DisputeResponse]:
        """Every row of `disputes_list`, asked for page by page. limit: how many a page."""
        return cast("Iterator[models.DisputeResponse]", self._transport.pages("/v1/eligibility/disputes", query={"limit": limit}))

    def disputes_create(self, body: models.DisputeRequest, *, idempotency_key: str | None = None) -> models.DisputeResponse:
        """Puts the item before people, ahead of everything else. Two of them answer; `eligibility.dispute_answered` tells. At most 50 of yours are open at a time.

        A restricted key needs `eligibility_disputes: write`.
        """
        return cast(
            "models.DisputeResponse",
            self._transport.call(
                "POST", "/v1/eligibility/disputes", body=body, is_repeatable=True, idempotency_key=idempotency_key
            ),
        )

    def disputes_get(self, public_id: str) -> models.DisputeResponse:
        """A restricted key needs `eligibility_disputes: read`."""
        return cast("models.DisputeResponse", self._transport.call("GET", f"/v1/eligibility/disputes/{quoted(public_id)}"))

    def jobs_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.JobPage:
        """Newest first, those taken into your products as well.

        A restricted key needs `eligibility: read`.
        """
        return cast(
            "models.JobPage", self._transport.call("GET", "/v1/eligibility/jobs", query={"cursor": cursor, "limit": limit})
        )

    def jobs_list_all(self, *, limit: int | None = None) -> Iterator[models.JobResponse]:
        """Every row of `jobs_list`, asked for page by page. limit: how many a page."""
        return cast("Iterator[models.JobResponse]", self._transport.pages("/v1/eligibility/jobs", query={"limit": limit}))

    def jobs_create(
        self,
        content: bytes,
        content_type: str,
        *,
        columns: str | None = None,
        delimiter: Literal["comma", "semicolon", "tab", "pipe"] | None = None,
        encoding: Literal["utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15"] | None = None,
        filename: str | None = None,
        format: Literal["csv", "jsonl", "xml"] | None = None,
        idempotency_key: str | None = None,
    ) -> models.JobResponse:
        """Takes CSV, JSON lines or a feed in XML and judges every row in the background. The event `eligibility_job.finished` says when it is done.

        A restricted key needs `eligibility: write`.
        """
        return cast(
            "models.JobResponse",
            self._transport.call(
                "POST",
                "/v1/eligibility/jobs",
                content=content,
                content_type=content_type,
                query={"columns": columns, "delimiter": delimiter, "encoding": encoding, "filename": filename, "format": format},
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def jobs_get(self, public_id: str) -> models.JobResponse:
        """A restricted key needs `eligibility: read`."""
        return cast("models.JobResponse", self._transport.call("GET", f"/v1/eligibility/jobs/{quoted(public_id)}"))

    def jobs_cancel(self, public_id: str, *, idempotency_key: str | None = None) -> models.JobResponse:
        """What is done stays done; the result file then says which rows that is.

        A restricted key needs `eligibility: write`.
        """
        return cast(
            "models.JobResponse",
            self._transport.call(
                "POST", f"/v1/eligibility/jobs/{quoted(public_id)}/cancel", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )

    def jobs_file(self, public_id: str, *, format: Literal["csv", "jsonl"] | None = None) -> str:
        """The rows in the order in which they came, with their own columns first and ours behind.

        A restricted key needs `eligibility: read`.
        """
        return cast(
            "str", self._transport.call("GET", f"/v1/eligibility/jobs/{quoted(public_id)}/file", query={"format": format})
        )

    def jobs_rows(
        self, public_id: str, *, cursor: str | None = None, limit: int | None = None, status: str | None = None
    ) -> models.JobRowPage:
        """In the order of the file.

        A restricted key needs `eligibility: read`.
        """
        return cast(
            "models.JobRowPage",
            self._transport.call(
                "GET",
                f"/v1/eligibility/jobs/{quoted(public_id)}/rows",
                query={"cursor": cursor, "limit": limit, "status": status},
            ),
        )

    def jobs_rows_all(
        self, public_id: str, *, limit: int | None = None, status: str | None = None
    ) -> Iterator[models.JobRowResponse]:
        """Every row of `jobs_rows`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.JobRowResponse]",
            self._transport.pages(f"/v1/eligibility/jobs/{quoted(public_id)}/rows", query={"limit": limit, "status": status}),
        )


class Events(Part):
    def list(
        self, *, cursor: str | None = None, limit: int | None = None, object_id: str | None = None, type: List[str] | None = None
    ) -> models.EventPage:
        """What happened to your sessions and payments, newest first.

        A restricted key needs `events: read`.
        """
        return cast(
            "models.EventPage",
            self._transport.call(
                "GET", "/v1/events", query={"cursor": cursor, "limit": limit, "object_id": object_id, "type": type}
            ),
        )

    def list_all(
        self, *, limit: int | None = None, object_id: str | None = None, type: List[str] | None = None
    ) -> Iterator[models.EventResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.EventResponse]",
            self._transport.pages("/v1/events", query={"limit": limit, "object_id": object_id, "type": type}),
        )

    def get(self, public_id: str) -> models.EventResponse:
        """As the webhook brought it: for a receiver that trusts only what it fetched itself.

        A restricted key needs `events: read`.
        """
        return cast("models.EventResponse", self._transport.call("GET", f"/v1/events/{quoted(public_id)}"))


class Letters(Part):
    def list(self, *, cursor: str | None = None, limit: int | None = None, shopper: str | None = None) -> models.LetterPage:
        """State and coverage, newest first. What a letter says of anybody's health is not shown to merchants.

        A restricted key needs `letters: read`.
        """
        return cast(
            "models.LetterPage",
            self._transport.call("GET", "/v1/letters", query={"cursor": cursor, "limit": limit, "shopper": shopper}),
        )

    def list_all(self, *, limit: int | None = None, shopper: str | None = None) -> Iterator[models.LetterResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.LetterResponse]", self._transport.pages("/v1/letters", query={"limit": limit, "shopper": shopper})
        )

    def create(self, body: models.LetterRequest, *, idempotency_key: str | None = None) -> models.LetterResponse:
        """Puts the request before a clinician. It covers nothing before it is `issued`: listen to `letter.issued` and `letter.declined`.

        At most five requests of one shopper wait at a time.

        A restricted key needs `letters: write`.
        """
        return cast(
            "models.LetterResponse",
            self._transport.call("POST", "/v1/letters", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def get(self, public_id: str) -> models.LetterResponse:
        """A restricted key needs `letters: read`."""
        return cast("models.LetterResponse", self._transport.call("GET", f"/v1/letters/{quoted(public_id)}"))

    def cancel(self, public_id: str, *, idempotency_key: str | None = None) -> models.LetterResponse:
        """Only before it is decided; an issued letter is revoked, and an amendment of it given up, by its clinician alone.

        A restricted key needs `letters: write`.
        """
        return cast(
            "models.LetterResponse",
            self._transport.call(
                "POST", f"/v1/letters/{quoted(public_id)}/cancel", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )


class PaymentLinks(Part):
    def list(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        status: Literal["active", "expired", "inactive", "used_up"] | None = None,
    ) -> models.PaymentLinkPage:
        """A restricted key needs `payment_links: read`."""
        return cast(
            "models.PaymentLinkPage",
            self._transport.call("GET", "/v1/payment_links", query={"cursor": cursor, "limit": limit, "status": status}),
        )

    def list_all(
        self, *, limit: int | None = None, status: Literal["active", "expired", "inactive", "used_up"] | None = None
    ) -> Iterator[models.PaymentLinkResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.PaymentLinkResponse]",
            self._transport.pages("/v1/payment_links", query={"limit": limit, "status": status}),
        )

    def create(
        self, body: models.PaymentLinkRequest | None = None, *, idempotency_key: str | None = None
    ) -> models.PaymentLinkResponse:
        """An address that sells these items, with no shop around it: send it, print its QR code, or put it on an invoice.

        Each sale is a session of its own, judged and split as any other; `checkout.session.completed` tells of it.

        A restricted key needs `payment_links: write`.
        """
        return cast(
            "models.PaymentLinkResponse",
            self._transport.call("POST", "/v1/payment_links", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def get(self, public_id: str) -> models.PaymentLinkResponse:
        """A restricted key needs `payment_links: read`."""
        return cast("models.PaymentLinkResponse", self._transport.call("GET", f"/v1/payment_links/{quoted(public_id)}"))

    def activate(self, public_id: str, *, idempotency_key: str | None = None) -> models.PaymentLinkResponse:
        """It takes payments again, if it is neither over nor used up.

        A restricted key needs `payment_links: write`.
        """
        return cast(
            "models.PaymentLinkResponse",
            self._transport.call(
                "POST", f"/v1/payment_links/{quoted(public_id)}/activate", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )

    def deactivate(self, public_id: str, *, idempotency_key: str | None = None) -> models.PaymentLinkResponse:
        """Nobody can pay through it any more, not even from a page that is open. It can be switched on again.

        A restricted key needs `payment_links: write`.
        """
        return cast(
            "models.PaymentLinkResponse",
            self._transport.call(
                "POST", f"/v1/payment_links/{quoted(public_id)}/deactivate", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )


class PaymentMethods(Part):
    def list(self, public_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.SavedCardPage:
        """The cards that this shopper lets you keep, newest first. `unusable` ones can pay no more: their bank has closed them.

        A restricted key needs `payment_methods: read`.
        """
        return cast(
            "models.SavedCardPage",
            self._transport.call(
                "GET", f"/v1/customers/{quoted(public_id)}/payment_methods", query={"cursor": cursor, "limit": limit}
            ),
        )

    def list_all(self, public_id: str, *, limit: int | None = None) -> Iterator[models.SavedCardResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.SavedCardResponse]",
            self._transport.pages(f"/v1/customers/{quoted(public_id)}/payment_methods", query={"limit": limit}),
        )

    def get(self, card: str, public_id: str) -> models.SavedCardResponse:
        """A restricted key needs `payment_methods: read`."""
        return cast(
            "models.SavedCardResponse",
            self._transport.call("GET", f"/v1/customers/{quoted(public_id)}/payment_methods/{quoted(card)}"),
        )

    def delete(self, card: str, public_id: str) -> None:
        """No sale can use it any more, and the network’s token for it ends. What it paid before stays as it is.

        A restricted key needs `payment_methods: write`.
        """
        self._transport.call("DELETE", f"/v1/customers/{quoted(public_id)}/payment_methods/{quoted(card)}")


class Payments(Part):
    def list(self, *, cursor: str | None = None, limit: int | None = None) -> models.PaymentPage:
        """A restricted key needs `payments: read`."""
        return cast("models.PaymentPage", self._transport.call("GET", "/v1/payments", query={"cursor": cursor, "limit": limit}))

    def list_all(self, *, limit: int | None = None) -> Iterator[models.PaymentResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast("Iterator[models.PaymentResponse]", self._transport.pages("/v1/payments", query={"limit": limit}))

    def declines(self, *, from_day: str | None = None, to_day: str | None = None) -> models.DeclineStatistics:
        """Of the attempts to pay that were captured or failed in these days: how many failed, of what, and by which network code.

        A restricted key needs `payments: read`.
        """
        return cast(
            "models.DeclineStatistics",
            self._transport.call("GET", "/v1/payments/declines", query={"from_day": from_day, "to_day": to_day}),
        )

    def get(self, public_id: str) -> models.PaymentResponse:
        """A restricted key needs `payments: read`."""
        return cast("models.PaymentResponse", self._transport.call("GET", f"/v1/payments/{quoted(public_id)}"))

    def captures(self, public_id: str) -> models.CaptureList:
        """Oldest first, all on one page: a payment has at most 50.

        A restricted key needs `payments: read`.
        """
        return cast("models.CaptureList", self._transport.call("GET", f"/v1/payments/{quoted(public_id)}/captures"))


class Payouts(Part):
    def bank_accounts_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.BankAccountPage:
        """Where you can be paid. Accounts are added and verified in the portal, by a person with a second factor.

        A restricted key needs `payouts: read`.
        """
        return cast(
            "models.BankAccountPage", self._transport.call("GET", "/v1/bank_accounts", query={"cursor": cursor, "limit": limit})
        )

    def bank_accounts_list_all(self, *, limit: int | None = None) -> Iterator[models.BankAccountResponse]:
        """Every row of `bank_accounts_list`, asked for page by page. limit: how many a page."""
        return cast("Iterator[models.BankAccountResponse]", self._transport.pages("/v1/bank_accounts", query={"limit": limit}))

    def list(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        status: Literal["cancelled", "failed", "paid", "pending", "returned", "sent"] | None = None,
    ) -> models.PayoutPage:
        """A restricted key needs `payouts: read`."""
        return cast(
            "models.PayoutPage",
            self._transport.call("GET", "/v1/payouts", query={"cursor": cursor, "limit": limit, "status": status}),
        )

    def list_all(
        self,
        *,
        limit: int | None = None,
        status: Literal["cancelled", "failed", "paid", "pending", "returned", "sent"] | None = None,
    ) -> Iterator[models.PayoutResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.PayoutResponse]", self._transport.pages("/v1/payouts", query={"limit": limit, "status": status})
        )

    def create(self, body: models.PayoutRequest | None = None, *, idempotency_key: str | None = None) -> models.PayoutResponse:
        """Send what is available to your verified bank account: `instant` in seconds, `standard` with the next run to the bank.

        The webhooks `payout.sent`, `payout.paid`, `payout.failed` and `payout.returned` tell what became of it.

        A restricted key needs `payouts: write`.
        """
        return cast(
            "models.PayoutResponse",
            self._transport.call("POST", "/v1/payouts", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def get(self, public_id: str) -> models.PayoutResponse:
        """A restricted key needs `payouts: read`."""
        return cast("models.PayoutResponse", self._transport.call("GET", f"/v1/payouts/{quoted(public_id)}"))

    def cancel(self, public_id: str, *, idempotency_key: str | None = None) -> models.PayoutResponse:
        """As long as the bank was not asked: a standard payout until its run. Its money is available again at once.

        A restricted key needs `payouts: write`.
        """
        return cast(
            "models.PayoutResponse",
            self._transport.call(
                "POST", f"/v1/payouts/{quoted(public_id)}/cancel", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )


class Products(Part):
    def list(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        sku: str | None = None,
        status: Literal["eligible", "rx", "letter", "not_eligible", "unknown"] | None = None,
    ) -> models.ProductPage:
        """Newest first, each with the decision in force.

        A restricted key needs `products: read`.
        """
        return cast(
            "models.ProductPage",
            self._transport.call("GET", "/v1/products", query={"cursor": cursor, "limit": limit, "sku": sku, "status": status}),
        )

    def list_all(
        self,
        *,
        limit: int | None = None,
        sku: str | None = None,
        status: Literal["eligible", "rx", "letter", "not_eligible", "unknown"] | None = None,
    ) -> Iterator[models.ProductResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.ProductResponse]",
            self._transport.pages("/v1/products", query={"limit": limit, "sku": sku, "status": status}),
        )

    def create(self, body: models.ProductRequest, *, idempotency_key: str | None = None) -> models.ProductResponse:
        """Adds a product, or changes the one with this SKU. It is judged at once.

        A restricted key needs `products: write`.
        """
        return cast(
            "models.ProductResponse",
            self._transport.call("POST", "/v1/products", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def product_feeds_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.FeedPage:
        """Newest first, each with its last pull.

        A restricted key needs `products: read`.
        """
        return cast(
            "models.FeedPage", self._transport.call("GET", "/v1/products/feeds", query={"cursor": cursor, "limit": limit})
        )

    def product_feeds_list_all(self, *, limit: int | None = None) -> Iterator[models.FeedResponse]:
        """Every row of `product_feeds_list`, asked for page by page. limit: how many a page."""
        return cast("Iterator[models.FeedResponse]", self._transport.pages("/v1/products/feeds", query={"limit": limit}))

    def product_feeds_create(self, body: models.FeedRequest, *, idempotency_key: str | None = None) -> models.FeedResponse:
        """The file at this address is fetched within a minute and then at its hours, and taken into your products where it changed.

        A restricted key needs `products: write`.
        """
        return cast(
            "models.FeedResponse",
            self._transport.call("POST", "/v1/products/feeds", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def product_feeds_get(self, public_id: str) -> models.FeedResponse:
        """A restricted key needs `products: read`."""
        return cast("models.FeedResponse", self._transport.call("GET", f"/v1/products/feeds/{quoted(public_id)}"))

    def product_feeds_change(self, public_id: str, body: models.PatchedFeedChangeRequest | None = None) -> models.FeedResponse:
        """A restricted key needs `products: write`."""
        return cast("models.FeedResponse", self._transport.call("PATCH", f"/v1/products/feeds/{quoted(public_id)}", body=body))

    def product_feeds_delete(self, public_id: str) -> models.FeedDeleted:
        """It is fetched no more, and its credentials are erased. Its products stay as they are.

        A restricted key needs `products: write`.
        """
        return cast("models.FeedDeleted", self._transport.call("DELETE", f"/v1/products/feeds/{quoted(public_id)}"))

    def product_feeds_approve(self, public_id: str, *, idempotency_key: str | None = None) -> models.FeedRunResponse:
        """Where more than a fifth of a feed's products vanished, they are switched off only after this call.

        A restricted key needs `products: write`.
        """
        return cast(
            "models.FeedRunResponse",
            self._transport.call(
                "POST", f"/v1/products/feeds/{quoted(public_id)}/approve", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )

    def product_feeds_pull(self, public_id: str, *, idempotency_key: str | None = None) -> models.FeedRunResponse:
        """Answers with the pull; where one is under way, with that one. At most once a minute. A paused feed is fetched this once.

        A restricted key needs `products: write`.
        """
        return cast(
            "models.FeedRunResponse",
            self._transport.call(
                "POST", f"/v1/products/feeds/{quoted(public_id)}/pull", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )

    def product_feeds_runs(self, public_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.FeedRunPage:
        """Newest first.

        A restricted key needs `products: read`.
        """
        return cast(
            "models.FeedRunPage",
            self._transport.call("GET", f"/v1/products/feeds/{quoted(public_id)}/runs", query={"cursor": cursor, "limit": limit}),
        )

    def product_feeds_runs_all(self, public_id: str, *, limit: int | None = None) -> Iterator[models.FeedRunResponse]:
        """Every row of `product_feeds_runs`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.FeedRunResponse]",
            self._transport.pages(f"/v1/products/feeds/{quoted(public_id)}/runs", query={"limit": limit}),
        )

    def import_(
        self,
        content: bytes,
        content_type: str,
        *,
        columns: str | None = None,
        delimiter: Literal["comma", "semicolon", "tab", "pipe"] | None = None,
        dry_run: bool | None = None,
        encoding: Literal["utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15"] | None = None,
        filename: str | None = None,
        format: Literal["csv", "jsonl", "xml"] | None = None,
        idempotency_key: str | None = None,
    ) -> models.JobResponse:
        """Adds or changes one product for each row, by its SKU, and judges it. Columns that the file has not stay as they are.

        A restricted key needs `products: write`.
        """
        return cast(
            "models.JobResponse",
            self._transport.call(
                "POST",
                "/v1/products/import",
                content=content,
                content_type=content_type,
                query={
                    "columns": columns,
                    "delimiter": delimiter,
                    "dry_run": dry_run,
                    "encoding": encoding,
                    "filename": filename,
                    "format": format,
                },
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def search(self, *, q: str, limit: int | None = None) -> models.SearchResponse:
        """Your products on sale that suit best, eligible ones first where they suit alike. Typing mistakes are forgiven.

        A product is found some seconds after it was added. A publishable key may ask from your own pages.

        A restricted key needs `products: read`.
        """
        return cast("models.SearchResponse", self._transport.call("GET", "/v1/products/search", query={"limit": limit, "q": q}))

    def get(self, public_id: str) -> models.ProductResponse:
        """A restricted key needs `products: read`."""
        return cast("models.ProductResponse", self._transport.call("GET", f"/v1/products/{quoted(public_id)}"))

    def change(self, public_id: str, body: models.PatchedProductChangeRequest | None = None) -> models.ProductResponse:
        """What is left out stays. The product is judged again if what it is called or coded has changed.

        A restricted key needs `products: write`.
        """
        return cast("models.ProductResponse", self._transport.call("PATCH", f"/v1/products/{quoted(public_id)}", body=body))

    def decisions(self, public_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.ProductDecisionPage:
        """Every judgement that differed from the one before, newest first, with what it rested on. Entries are never changed.

        A restricted key needs `products: read`.
        """
        return cast(
            "models.ProductDecisionPage",
            self._transport.call("GET", f"/v1/products/{quoted(public_id)}/decisions", query={"cursor": cursor, "limit": limit}),
        )

    def decisions_all(self, public_id: str, *, limit: int | None = None) -> Iterator[models.ProductDecisionResponse]:
        """Every row of `decisions`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.ProductDecisionResponse]",
            self._transport.pages(f"/v1/products/{quoted(public_id)}/decisions", query={"limit": limit}),
        )


class Public(Part):
    def verdict(self, ref: str) -> models.VerdictResponse:
        """For a badge on a product's page. Keep it for minutes: the answer says how long.

        A restricted key needs `products: read`.
        """
        return cast("models.VerdictResponse", self._transport.call("GET", f"/v1/public/products/{quoted(ref)}/verdict"))

    def split(self, body: models.SplitRequest) -> models.SplitResponse:
        """By the decisions in force about your products. Nothing is stored and nothing is bought.

        A restricted key needs `products: read`.
        """
        return cast("models.SplitResponse", self._transport.call("POST", "/v1/public/split", body=body))

    def verdicts(self, *, ref: List[str]) -> models.VerdictsResponse:
        """For a page of products: one call, in the order asked. What is no product of yours is `unknown`.

        A restricted key needs `products: read`.
        """
        return cast("models.VerdictsResponse", self._transport.call("GET", "/v1/public/verdicts", query={"ref": ref}))


class PushService(Part):
    def get(self) -> models.PushServiceResponse:
        """Where pushes for your shoppers' devices go. `url` is null while there is none: then they are kept for looking at, and go nowhere.

        A restricted key needs `push_service: read`.
        """
        return cast("models.PushServiceResponse", self._transport.call("GET", "/v1/push_service"))

    def set(self, body: models.PushServiceRequest, *, idempotency_key: str | None = None) -> models.PushServiceSecretResponse:
        """Each push becomes one HTTPS call to this address, signed like a webhook with the `secret` that is told this once.

        A restricted key needs `push_service: write`.
        """
        return cast(
            "models.PushServiceSecretResponse",
            self._transport.call("POST", "/v1/push_service", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def delete(self) -> None:
        """Nothing is sent any more. Safe to repeat.

        A restricted key needs `push_service: write`.
        """
        self._transport.call("DELETE", "/v1/push_service")


class Refunds(Part):
    def sessions_refund_preview(
        self, public_id: str, body: models.WishRequest | None = None, *, idempotency_key: str | None = None
    ) -> models.PreviewResponse:
        """The same as the preview of the session's payment.

        A restricted key needs `refunds: read`.
        """
        return cast(
            "models.PreviewResponse",
            self._transport.call(
                "POST",
                f"/v1/checkout/sessions/{quoted(public_id)}/refund_preview",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def list(self, *, cursor: str | None = None, limit: int | None = None, payment: str | None = None) -> models.RefundPage:
        """A restricted key needs `refunds: read`."""
        return cast(
            "models.RefundPage",
            self._transport.call("GET", "/v1/refunds", query={"cursor": cursor, "limit": limit, "payment": payment}),
        )

    def list_all(self, *, limit: int | None = None, payment: str | None = None) -> Iterator[models.RefundResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.RefundResponse]", self._transport.pages("/v1/refunds", query={"limit": limit, "payment": payment})
        )

    def create(self, body: models.RefundRequest, *, idempotency_key: str | None = None) -> models.RefundResponse:
        """Gives back by line, by amount, or all that is left: to the cards that paid, benefit card first. Preview it with the same body.

        A restricted key needs `refunds: write`.
        """
        return cast(
            "models.RefundResponse",
            self._transport.call("POST", "/v1/refunds", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def preview(self, body: models.PreviewRequest, *, idempotency_key: str | None = None) -> models.PreviewResponse:
        """Says to the cent what would go to which card for which line, and why. Changes nothing.

        A restricted key needs `refunds: read`.
        """
        return cast(
            "models.PreviewResponse",
            self._transport.call("POST", "/v1/refunds/preview", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def get(self, public_id: str) -> models.RefundResponse:
        """A restricted key needs `refunds: read`."""
        return cast("models.RefundResponse", self._transport.call("GET", f"/v1/refunds/{quoted(public_id)}"))


class Rules(Part):
    def evaluate(self, body: models.EvaluateRequest, *, idempotency_key: str | None = None) -> models.EvaluateResponse:
        """Judges one published rule for one of your customers, by what is known of the customer this very moment.

        The result becomes the current one of this pair: it counts until a run that began after it. A run that is under
        way now judges an earlier moment, so it does not undo the result as it ends.

        A restricted key needs `rules: write`.
        """
        return cast(
            "models.EvaluateResponse",
            self._transport.call("POST", "/v1/rules/evaluate", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )


class Subscriptions(Part):
    def list(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        status: Literal["active", "cancelled", "past_due", "paused", "unpaid"] | None = None,
    ) -> models.SubscriptionPage:
        """A restricted key needs `subscriptions: read`."""
        return cast(
            "models.SubscriptionPage",
            self._transport.call("GET", "/v1/subscriptions", query={"cursor": cursor, "limit": limit, "status": status}),
        )

    def list_all(
        self, *, limit: int | None = None, status: Literal["active", "cancelled", "past_due", "paused", "unpaid"] | None = None
    ) -> Iterator[models.SubscriptionResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.SubscriptionResponse]",
            self._transport.pages("/v1/subscriptions", query={"limit": limit, "status": status}),
        )

    def create(self, body: models.SubscriptionRequest, *, idempotency_key: str | None = None) -> models.SubscriptionResponse:
        """The first period is charged within seconds of its begin; listen for `subscription.renewed`.

        Each card must have been saved with consent to subscriptions (`save` with `covers: subscriptions` at a purchase).

        A restricted key needs `subscriptions: write`.
        """
        return cast(
            "models.SubscriptionResponse",
            self._transport.call("POST", "/v1/subscriptions", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def get(self, public_id: str) -> models.SubscriptionResponse:
        """A restricted key needs `subscriptions: read`."""
        return cast("models.SubscriptionResponse", self._transport.call("GET", f"/v1/subscriptions/{quoted(public_id)}"))

    def change(self, public_id: str, body: models.PatchedSubscriptionChangeRequest | None = None) -> models.SubscriptionResponse:
        """For the charges from now on. With other cards or items, a period that failed is charged again at once while it lasts.

        A restricted key needs `subscriptions: write`.
        """
        return cast(
            "models.SubscriptionResponse", self._transport.call("PATCH", f"/v1/subscriptions/{quoted(public_id)}", body=body)
        )

    def cancel(self, public_id: str, *, idempotency_key: str | None = None) -> models.SubscriptionResponse:
        """Ends it for good. What is being charged at this very moment ends as it ends: `latest_renewal` tells.

        A restricted key needs `subscriptions: write`.
        """
        return cast(
            "models.SubscriptionResponse",
            self._transport.call(
                "POST", f"/v1/subscriptions/{quoted(public_id)}/cancel", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )

    def pause(self, public_id: str, *, idempotency_key: str | None = None) -> models.SubscriptionResponse:
        """Nothing is charged until it is resumed. A failed charge that waits to be tried again is given up.

        A restricted key needs `subscriptions: write`.
        """
        return cast(
            "models.SubscriptionResponse",
            self._transport.call(
                "POST", f"/v1/subscriptions/{quoted(public_id)}/pause", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )

    def renewals(self, public_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.RenewalPage:
        """A restricted key needs `subscriptions: read`."""
        return cast(
            "models.RenewalPage",
            self._transport.call(
                "GET", f"/v1/subscriptions/{quoted(public_id)}/renewals", query={"cursor": cursor, "limit": limit}
            ),
        )

    def renewals_all(self, public_id: str, *, limit: int | None = None) -> Iterator[models.RenewalResponse]:
        """Every row of `renewals`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.RenewalResponse]",
            self._transport.pages(f"/v1/subscriptions/{quoted(public_id)}/renewals", query={"limit": limit}),
        )

    def resume(self, public_id: str, *, idempotency_key: str | None = None) -> models.SubscriptionResponse:
        """It goes on with the next period that begins; what began while it was paused or unpaid is not charged.

        A restricted key needs `subscriptions: write`.
        """
        return cast(
            "models.SubscriptionResponse",
            self._transport.call(
                "POST", f"/v1/subscriptions/{quoted(public_id)}/resume", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )

    def skip(self, public_id: str, *, idempotency_key: str | None = None) -> models.SubscriptionResponse:
        """Leaves out one period; each call leaves out one more, so send an Idempotency-Key.

        A restricted key needs `subscriptions: write`.
        """
        return cast(
            "models.SubscriptionResponse",
            self._transport.call(
                "POST", f"/v1/subscriptions/{quoted(public_id)}/skip", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )


class Terminals(Part):
    def stores_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.StorePage:
        """Newest first.

        A restricted key needs `stores: read`.
        """
        return cast("models.StorePage", self._transport.call("GET", "/v1/stores", query={"cursor": cursor, "limit": limit}))

    def stores_list_all(self, *, limit: int | None = None) -> Iterator[models.StoreResponse]:
        """Every row of `stores_list`, asked for page by page. limit: how many a page."""
        return cast("Iterator[models.StoreResponse]", self._transport.pages("/v1/stores", query={"limit": limit}))

    def stores_create(self, body: models.StoreRequest, *, idempotency_key: str | None = None) -> models.StoreResponse:
        """Where terminals stand; its opening hours say when silence is no alarm.

        A restricted key needs `stores: write`.
        """
        return cast(
            "models.StoreResponse",
            self._transport.call("POST", "/v1/stores", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def stores_get(self, public_id: str) -> models.StoreResponse:
        """A restricted key needs `stores: read`."""
        return cast("models.StoreResponse", self._transport.call("GET", f"/v1/stores/{quoted(public_id)}"))

    def stores_change(self, public_id: str, body: models.PatchedStoreChangeRequest | None = None) -> models.StoreResponse:
        """What is left out stays.

        A restricted key needs `stores: write`.
        """
        return cast("models.StoreResponse", self._transport.call("PATCH", f"/v1/stores/{quoted(public_id)}", body=body))

    def terminal_incidents_list(
        self, *, cursor: str | None = None, limit: int | None = None, state: Literal["open", "resolved"] | None = None
    ) -> models.IncidentPage:
        """Incidents that hit terminals of yours, newest first. Terminals that fail together are one incident.

        A restricted key needs `terminals: read`.
        """
        return cast(
            "models.IncidentPage",
            self._transport.call("GET", "/v1/terminal_incidents", query={"cursor": cursor, "limit": limit, "state": state}),
        )

    def terminal_incidents_list_all(
        self, *, limit: int | None = None, state: Literal["open", "resolved"] | None = None
    ) -> Iterator[models.IncidentResponse]:
        """Every row of `terminal_incidents_list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.IncidentResponse]",
            self._transport.pages("/v1/terminal_incidents", query={"limit": limit, "state": state}),
        )

    def terminal_incidents_get(self, public_id: str) -> models.IncidentWhole:
        """With the terminals of yours that it hit, the ones that are not well first.

        A restricted key needs `terminals: read`.
        """
        return cast("models.IncidentWhole", self._transport.call("GET", f"/v1/terminal_incidents/{quoted(public_id)}"))

    def list(
        self,
        *,
        app: str | None = None,
        cursor: str | None = None,
        firmware: str | None = None,
        group: str | None = None,
        kind: str | None = None,
        limit: int | None = None,
        model: str | None = None,
        operator: str | None = None,
        q: str | None = None,
        region: str | None = None,
        serial: str | None = None,
        state: str | None = None,
        store: str | None = None,
        tag: str | None = None,
    ) -> models.TerminalPage:
        """Tills and online stores, newest first.

        A restricted key needs `terminals: read`.
        """
        return cast(
            "models.TerminalPage",
            self._transport.call(
                "GET",
                "/v1/terminals",
                query={
                    "app": app,
                    "cursor": cursor,
                    "firmware": firmware,
                    "group": group,
                    "kind": kind,
                    "limit": limit,
                    "model": model,
                    "operator": operator,
                    "q": q,
                    "region": region,
                    "serial": serial,
                    "state": state,
                    "store": store,
                    "tag": tag,
                },
            ),
        )

    def list_all(
        self,
        *,
        app: str | None = None,
        firmware: str | None = None,
        group: str | None = None,
        kind: str | None = None,
        limit: int | None = None,
        model: str | None = None,
        operator: str | None = None,
        q: str | None = None,
        region: str | None = None,
        serial: str | None = None,
        state: str | None = None,
        store: str | None = None,
        tag: str | None = None,
    ) -> Iterator[models.TerminalResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.TerminalResponse]",
            self._transport.pages(
                "/v1/terminals",
                query={
                    "app": app,
                    "firmware": firmware,
                    "group": group,
                    "kind": kind,
                    "limit": limit,
                    "model": model,
                    "operator": operator,
                    "q": q,
                    "region": region,
                    "serial": serial,
                    "state": state,
                    "store": store,
                    "tag": tag,
                },
            ),
        )

    def create(self, body: models.TerminalRequest, *, idempotency_key: str | None = None) -> models.TerminalResponse:
        """Takes it into stock. With a store it can be enrolled: make an enrolment code and type it into the terminal.

        A restricted key needs `terminals: write`.
        """
        return cast(
            "models.TerminalResponse",
            self._transport.call("POST", "/v1/terminals", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def get(self, public_id: str) -> models.TerminalResponse:
        """A restricted key needs `terminals: read`."""
        return cast("models.TerminalResponse", self._transport.call("GET", f"/v1/terminals/{quoted(public_id)}"))

    def change(self, public_id: str, body: models.PatchedTerminalChangeRequest | None = None) -> models.TerminalResponse:
        """What is left out stays. Its state has an address of its own.

        A restricted key needs `terminals: write`.
        """
        return cast("models.TerminalResponse", self._transport.call("PATCH", f"/v1/terminals/{quoted(public_id)}", body=body))

    def alerts(self, public_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.AlertPage:
        """What was and is wrong with it, newest first. At most one alert of a rule is open at a time.

        A restricted key needs `terminals: read`.
        """
        return cast(
            "models.AlertPage",
            self._transport.call("GET", f"/v1/terminals/{quoted(public_id)}/alerts", query={"cursor": cursor, "limit": limit}),
        )

    def alerts_all(self, public_id: str, *, limit: int | None = None) -> Iterator[models.AlertResponse]:
        """Every row of `alerts`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.AlertResponse]",
            self._transport.pages(f"/v1/terminals/{quoted(public_id)}/alerts", query={"limit": limit}),
        )

    def terminal_commands_list(
        self, public_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> models.CommandPage:
        """Newest first, ours and yours.

        A restricted key needs `terminal_commands: read`.
        """
        return cast(
            "models.CommandPage",
            self._transport.call("GET", f"/v1/terminals/{quoted(public_id)}/commands", query={"cursor": cursor, "limit": limit}),
        )

    def terminal_commands_list_all(self, public_id: str, *, limit: int | None = None) -> Iterator[models.CommandResponse]:
        """Every row of `terminal_commands_list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.CommandResponse]",
            self._transport.pages(f"/v1/terminals/{quoted(public_id)}/commands", query={"limit": limit}),
        )

    def terminal_commands_create(
        self, public_id: str, body: models.CommandRequest, *, idempotency_key: str | None = None
    ) -> models.CommandResponse:
        """It reaches a connected terminal within a second; one that is away gets it when it returns, until it expires.

        A restricted key needs `terminal_commands: write`.
        """
        return cast(
            "models.CommandResponse",
            self._transport.call(
                "POST",
                f"/v1/terminals/{quoted(public_id)}/commands",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def terminal_commands_get(self, command: str, public_id: str) -> models.CommandResponse:
        """A restricted key needs `terminal_commands: read`."""
        return cast(
            "models.CommandResponse", self._transport.call("GET", f"/v1/terminals/{quoted(public_id)}/commands/{quoted(command)}")
        )

    def terminal_commands_cancel(
        self, command: str, public_id: str, *, idempotency_key: str | None = None
    ) -> models.CommandResponse:
        """Of those that you sent. A terminal that has confirmed it does it all the same. Safe to repeat.

        A restricted key needs `terminal_commands: write`.
        """
        return cast(
            "models.CommandResponse",
            self._transport.call(
                "POST",
                f"/v1/terminals/{quoted(public_id)}/commands/{quoted(command)}/cancel",
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def terminal_commands_log(self, command: str, public_id: str) -> models.LogContentResponse:
        """What the terminal sent when its log was pulled. Each look is written into the audit trail.

        A restricted key needs `terminal_commands: read`.
        """
        return cast(
            "models.LogContentResponse",
            self._transport.call("GET", f"/v1/terminals/{quoted(public_id)}/commands/{quoted(command)}/log"),
        )

    def enrolment_code(self, public_id: str) -> models.CodeResponse:
        """For this terminal, once, within a day. A new code ends the one before; tokens end when it is used.

        A restricted key needs `terminals: write`.
        """
        return cast("models.CodeResponse", self._transport.call("POST", f"/v1/terminals/{quoted(public_id)}/enrolment_code"))

    def history(
        self,
        public_id: str,
        *,
        fields: str | None = None,
        points: int | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> models.HistoryResponse:
        """Every report of a day, five-minute summaries of a month, hourly ones of a year. What is not over yet is in it, some seconds behind.

        A restricted key needs `terminals: read`.
        """
        return cast(
            "models.HistoryResponse",
            self._transport.call(
                "GET",
                f"/v1/terminals/{quoted(public_id)}/history",
                query={"fields": fields, "points": points, "since": since, "until": until},
            ),
        )

    def revoke_token(self, public_id: str) -> models.TerminalResponse:
        """Within two seconds it is let in no more, until it is enrolled anew. Safe to repeat.

        A restricted key needs `terminals: write`.
        """
        return cast("models.TerminalResponse", self._transport.call("POST", f"/v1/terminals/{quoted(public_id)}/revoke_token"))

    def rotate_token(self, public_id: str) -> models.TerminalTokenResponse:
        """A new token; the one before goes on working for an hour. A terminal can also do this itself.

        A restricted key needs `terminals: write`.
        """
        return cast(
            "models.TerminalTokenResponse", self._transport.call("POST", f"/v1/terminals/{quoted(public_id)}/rotate_token")
        )

    def move(self, public_id: str, body: models.StateRequest, *, idempotency_key: str | None = None) -> models.TerminalResponse:
        """Stock → active → repair → active or retired. Into stock and when it is retired its tokens end. Safe to repeat.

        A restricted key needs `terminals: write`.
        """
        return cast(
            "models.TerminalResponse",
            self._transport.call(
                "POST", f"/v1/terminals/{quoted(public_id)}/state", body=body, is_repeatable=True, idempotency_key=idempotency_key
            ),
        )


class TillSales(Part):
    def till_card_tokens_create(self, public_id: str, body: models.TillCardTokenRequest) -> models.TillCardTokenResponse:
        """For a card reader. A token pays once, within minutes; after a time offline the till makes one as it sends the sale.

        A restricted key needs `till_sales: write`.
        """
        return cast(
            "models.TillCardTokenResponse",
            self._transport.call("POST", f"/v1/terminals/{quoted(public_id)}/card_tokens", body=body),
        )

    def till_days_close(
        self, public_id: str, body: models.CloseDayRequest | None = None, *, idempotency_key: str | None = None
    ) -> models.TillDayResponse:
        """Adds up what was sold since the last close, by tender. Closed again it answers 200 with the day as it was closed.

        A restricted key needs `till_sales: write`.
        """
        return cast(
            "models.TillDayResponse",
            self._transport.call(
                "POST",
                f"/v1/terminals/{quoted(public_id)}/close_day",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def till_days_list(self, public_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.TillDayPage:
        """Newest first.

        A restricted key needs `till_sales: read`.
        """
        return cast(
            "models.TillDayPage",
            self._transport.call("GET", f"/v1/terminals/{quoted(public_id)}/days", query={"cursor": cursor, "limit": limit}),
        )

    def till_days_list_all(self, public_id: str, *, limit: int | None = None) -> Iterator[models.TillDayResponse]:
        """Every row of `till_days_list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.TillDayResponse]",
            self._transport.pages(f"/v1/terminals/{quoted(public_id)}/days", query={"limit": limit}),
        )

    def list(self, public_id: str, *, cursor: str | None = None, limit: int | None = None) -> models.TillSalePage:
        """Newest first.

        A restricted key needs `till_sales: read`.
        """
        return cast(
            "models.TillSalePage",
            self._transport.call("GET", f"/v1/terminals/{quoted(public_id)}/sales", query={"cursor": cursor, "limit": limit}),
        )

    def list_all(self, public_id: str, *, limit: int | None = None) -> Iterator[models.TillSaleResponse]:
        """Every row of `list`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.TillSaleResponse]",
            self._transport.pages(f"/v1/terminals/{quoted(public_id)}/sales", query={"limit": limit}),
        )

    def create(
        self, public_id: str, body: models.TillSaleRequest, *, idempotency_key: str | None = None
    ) -> models.TillSaleResponse:
        """Judges every line, splits the basket, authorises and captures, and answers with the receipt to print.

        Sent again with the same `sale_number` it answers 200 with the sale that there is, with or without an Idempotency-Key.

        A restricted key needs `till_sales: write`.
        """
        return cast(
            "models.TillSaleResponse",
            self._transport.call(
                "POST", f"/v1/terminals/{quoted(public_id)}/sales", body=body, is_repeatable=True, idempotency_key=idempotency_key
            ),
        )

    def batch(
        self, public_id: str, body: models.TillBatchRequest, *, idempotency_key: str | None = None
    ) -> models.TillBatchResponse:
        """Each is judged and authorised by itself, in any order; one that is refused keeps no other back. Safe to send again.

        A restricted key needs `till_sales: write`.
        """
        return cast(
            "models.TillBatchResponse",
            self._transport.call(
                "POST",
                f"/v1/terminals/{quoted(public_id)}/sales/batch",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def get(self, public_id: str, sale_number: str) -> models.TillSaleResponse:
        """What became of a sale, for a till that did not hear the answer. A number that never came is a 404.

        A restricted key needs `till_sales: read`.
        """
        return cast(
            "models.TillSaleResponse",
            self._transport.call("GET", f"/v1/terminals/{quoted(public_id)}/sales/number/{quoted(sale_number)}"),
        )

    def void_last(
        self, public_id: str, body: models.VoidRequest, *, idempotency_key: str | None = None
    ) -> models.TillSaleResponse:
        """Reverses it at the network and in the book, until the network’s day or the till’s is over. Safe to send again.

        A restricted key needs `till_sales: write`.
        """
        return cast(
            "models.TillSaleResponse",
            self._transport.call(
                "POST",
                f"/v1/terminals/{quoted(public_id)}/sales/void_last",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )


class Webhooks(Part):
    def webhook_deliveries_replay(self, public_id: str, *, idempotency_key: str | None = None) -> models.DeliveryResponse:
        """At once, with a fresh set of attempts, and with the same `webhook-id`.

        A restricted key needs `webhook_endpoints: write`.
        """
        return cast(
            "models.DeliveryResponse",
            self._transport.call(
                "POST", f"/v1/webhook_deliveries/{quoted(public_id)}/replay", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )

    def webhook_endpoints_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.EndpointPage:
        """A restricted key needs `webhook_endpoints: read`."""
        return cast(
            "models.EndpointPage", self._transport.call("GET", "/v1/webhook_endpoints", query={"cursor": cursor, "limit": limit})
        )

    def webhook_endpoints_list_all(self, *, limit: int | None = None) -> Iterator[models.EndpointResponse]:
        """Every row of `webhook_endpoints_list`, asked for page by page. limit: how many a page."""
        return cast("Iterator[models.EndpointResponse]", self._transport.pages("/v1/webhook_endpoints", query={"limit": limit}))

    def webhook_endpoints_create(
        self, body: models.EndpointRequest, *, idempotency_key: str | None = None
    ) -> models.EndpointResponse:
        """Your address hears of events from now on. The answer holds the secret that signs them, this once.

        A restricted key needs `webhook_endpoints: write`.
        """
        return cast(
            "models.EndpointResponse",
            self._transport.call("POST", "/v1/webhook_endpoints", body=body, is_repeatable=True, idempotency_key=idempotency_key),
        )

    def webhook_endpoints_get(self, public_id: str) -> models.EndpointResponse:
        """A restricted key needs `webhook_endpoints: read`."""
        return cast("models.EndpointResponse", self._transport.call("GET", f"/v1/webhook_endpoints/{quoted(public_id)}"))

    def webhook_endpoints_change(
        self, public_id: str, body: models.PatchedEndpointChangeRequest | None = None
    ) -> models.EndpointResponse:
        """A restricted key needs `webhook_endpoints: write`."""
        return cast(
            "models.EndpointResponse", self._transport.call("PATCH", f"/v1/webhook_endpoints/{quoted(public_id)}", body=body)
        )

    def webhook_endpoints_delete(self, public_id: str) -> models.EndpointDeleted:
        """Nothing more is sent to it, and its secrets are erased.

        A restricted key needs `webhook_endpoints: write`.
        """
        return cast("models.EndpointDeleted", self._transport.call("DELETE", f"/v1/webhook_endpoints/{quoted(public_id)}"))

    def webhook_endpoints_deliveries(
        self,
        public_id: str,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["waiting", "delivered", "failed", "cancelled"] | None = None,
        type: Literal[
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
        | None = None,
    ) -> models.DeliveryPage:
        """Newest first, each with every attempt.

        A restricted key needs `webhook_endpoints: read`.
        """
        return cast(
            "models.DeliveryPage",
            self._transport.call(
                "GET",
                f"/v1/webhook_endpoints/{quoted(public_id)}/deliveries",
                query={"cursor": cursor, "limit": limit, "state": state, "type": type},
            ),
        )

    def webhook_endpoints_deliveries_all(
        self,
        public_id: str,
        *,
        limit: int | None = None,
        state: Literal["waiting", "delivered", "failed", "cancelled"] | None = None,
        type: Literal[
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
        | None = None,
    ) -> Iterator[models.DeliveryResponse]:
        """Every row of `webhook_endpoints_deliveries`, asked for page by page. limit: how many a page."""
        return cast(
            "Iterator[models.DeliveryResponse]",
            self._transport.pages(
                f"/v1/webhook_endpoints/{quoted(public_id)}/deliveries", query={"limit": limit, "state": state, "type": type}
            ),
        )

    def webhook_endpoints_replay(
        self, public_id: str, body: models.ReplayRequest, *, idempotency_key: str | None = None
    ) -> models.ReplayResponse:
        """Every event of at most 31 days that the endpoint listens to, sent before or not, goes out with its own `webhook-id`.

        A restricted key needs `webhook_endpoints: write`.
        """
        return cast(
            "models.ReplayResponse",
            self._transport.call(
                "POST",
                f"/v1/webhook_endpoints/{quoted(public_id)}/replay",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def webhook_endpoints_rotate_secret(
        self, public_id: str, body: models.RotateRequest | None = None, *, idempotency_key: str | None = None
    ) -> models.EndpointResponse:
        """The answer holds the new secret, this once. Until `overlap_hours` are over, messages carry a signature of each.

        A restricted key needs `webhook_endpoints: write`.
        """
        return cast(
            "models.EndpointResponse",
            self._transport.call(
                "POST",
                f"/v1/webhook_endpoints/{quoted(public_id)}/rotate_secret",
                body=body,
                is_repeatable=True,
                idempotency_key=idempotency_key,
            ),
        )

    def webhook_endpoints_test(self, public_id: str, *, idempotency_key: str | None = None) -> models.DeliveryResponse:
        """Sends `webhook_endpoint.test` to this endpoint alone. See its deliveries for what came of it.

        A restricted key needs `webhook_endpoints: write`.
        """
        return cast(
            "models.DeliveryResponse",
            self._transport.call(
                "POST", f"/v1/webhook_endpoints/{quoted(public_id)}/test", is_repeatable=True, idempotency_key=idempotency_key
            ),
        )


class Parts:
    """All parts of the API, by name."""

    def __init__(self, transport: Transport) -> None:
        self.account = Account(transport)
        self.balance = Balance(transport)
        self.checkout = Checkout(transport)
        self.customers = Customers(transport)
        self.disputes = Disputes(transport)
        self.eligibility = Eligibility(transport)
        self.events = Events(transport)
        self.letters = Letters(transport)
        self.payment_links = PaymentLinks(transport)
        self.payment_methods = PaymentMethods(transport)
        self.payments = Payments(transport)
        self.payouts = Payouts(transport)
        self.products = Products(transport)
        self.public = Public(transport)
        self.push_service = PushService(transport)
        self.refunds = Refunds(transport)
        self.rules = Rules(transport)
        self.subscriptions = Subscriptions(transport)
        self.terminals = Terminals(transport)
        self.till_sales = TillSales(transport)
        self.webhooks = Webhooks(transport)
