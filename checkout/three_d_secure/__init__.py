"""3-D Secure: a card's bank is asked whether the one who types the card is its holder. A certified service is another class of this shape."""

from __future__ import annotations

from django.conf import settings

from checkout.three_d_secure.sandbox import SandboxAuthenticator
from checkout.three_d_secure.types import AuthenticationUnreachable, Authenticator


def authenticator() -> Authenticator:
    """The configured service. Raises AuthenticationUnreachable where there is none: nobody is called authenticated whom no bank knows."""
    if not settings.IS_SANDBOX:
        raise AuthenticationUnreachable("No authentication service is connected.")
    return SandboxAuthenticator()
