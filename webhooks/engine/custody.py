"""Which endpoints may be called as far as their merchants' keys go, and with which secrets."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vault import keyring
from vault.errors import CustodianUnavailable, MerchantKeyMissing, MerchantKeyRevoked, SealBroken
from webhooks.engine.claims import Due
from webhooks.models import WebhookEndpoint
from webhooks.signing import Secrets

logger = logging.getLogger(__name__)
MAX_KEPT: Final = 5000


class SecretKeeper:
    """Opened secrets of one loop, so that each is opened, and its opening audited, once and not for every message.

    Whether the merchant's key is open is asked each time all the same; a locked one's secrets are forgotten.
    """

    def __init__(self) -> None:
        self._opened: dict[int, tuple[datetime, Secrets]] = {}
        self._waiting: set[int] = set()  # merchants of whom it was said that their deliveries wait

    def callable(self, due: Sequence[Due]) -> dict[int, tuple[WebhookEndpoint, Secrets]]:
        """Of these, the endpoints that may be called (id -> row, secrets). The others' deliveries wait as they are."""
        rows = WebhookEndpoint.objects.defer("secret", "previous_secret").filter(pk__in=[one.endpoint_id for one in due])
        return {row.pk: (row, secrets) for row in rows if (secrets := self._secrets(row)) is not None}

    def _secrets(self, endpoint: WebhookEndpoint) -> Secrets | None:
        try:
            keyring.require_open(endpoint.merchant_id)
            changed_at, secrets = self._opened.get(endpoint.pk, (None, None))
            if secrets is None or changed_at != endpoint.secret_changed_at:
                secrets = endpoint.open_secrets()
                if len(self._opened) >= MAX_KEPT:
                    self._opened.clear()
                self._opened[endpoint.pk] = endpoint.secret_changed_at, secrets
            self._waiting.discard(endpoint.merchant_id)
            return secrets
        except (MerchantKeyRevoked, CustodianUnavailable) as refusal:
            if endpoint.merchant_id not in self._waiting:
                self._waiting.add(endpoint.merchant_id)
                logger.warning("webhooks of merchant %s wait: %s", endpoint.merchant_id, refusal.code)
        except (MerchantKeyMissing, SealBroken):
            logger.exception("the secret of webhook endpoint %s does not open", endpoint.public_id)
        self._opened.pop(endpoint.pk, None)
        return None
