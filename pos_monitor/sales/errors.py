"""What a till's sale can be refused for."""

from __future__ import annotations

from common.errors import PlatformError


class TerminalNotSelling(PlatformError):
    """Only a till in use sells: this terminal is no till, or is in stock, in repair or retired."""

    code = "terminal_not_selling"
    http_status = 409


class SaleNumberReused(PlatformError):
    """This terminal has sent another basket under this sale number: each sale has a number of its own."""

    code = "sale_number_reused"
    http_status = 409


class PluUnknown(PlatformError):
    """This PLU is none of your catalogue’s SKUs, and the line says no till text."""

    code = "plu_unknown"


class OfflineTimeInvalid(PlatformError):
    """A sale that was taken offline is at most seven days old, and not of the future."""

    code = "offline_time_invalid"


class OfflineLimitExceeded(PlatformError):
    """Offline the till took more for this card than your floor limit allows. Nothing was charged; it stands among your unpaid offline sales."""

    code = "offline_limit_exceeded"
    http_status = 409


class TillSaleUnknown(PlatformError):
    """This terminal has no paid sale of this number."""

    code = "till_sale_unknown"
    http_status = 404


class SaleNotLast(PlatformError):
    """Only the last sale of a terminal can be voided: refund this one."""

    code = "sale_not_last"
    http_status = 409


class SaleSettled(PlatformError):
    """This sale is in a closed day, or the network has cleared it: refund it."""

    code = "sale_settled"
    http_status = 409


class DayInvalid(PlatformError):
    """A day is closed on that day or later, and not before one that is closed."""

    code = "till_day_invalid"
    http_status = 409


class LossSettled(PlatformError):
    """You have said what became of this offline sale, so it is taken no more. Nothing was charged."""

    code = "till_loss_settled"
    http_status = 409
