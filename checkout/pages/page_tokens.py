"""What proves that a payment comes from our hosted page, also inside a merchant's frame, where browsers send no cookie.

A signed token stands in the page and comes back in a header. Another site can neither read the one nor set the other.
"""

from __future__ import annotations

from datetime import timedelta

from django.core import signing

from checkout.errors import PageExpired

SALT = "checkout.page"
LIFE = timedelta(hours=24)
HEADER = "X-CSRFToken"


def page_token(session: str) -> str:
    """The token of the page of this session (a public id), good for a day."""
    return signing.dumps(session, salt=SALT)


def require_page_token(written: str, session: str) -> None:
    """Raise PageExpired unless the token is this session's and fresh."""
    try:
        opened = signing.loads(written, salt=SALT, max_age=LIFE)
    except signing.BadSignature as error:
        raise PageExpired() from error
    if opened != session:
        raise PageExpired()
