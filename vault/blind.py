"""Finding sealed values by a keyed fingerprint."""

from __future__ import annotations

import hashlib
import hmac

from vault.keyring import ring
from vault.platform_keys import platform_index_key


def blind_index(*, label: str, value: str, merchant_id: int | None) -> str:
    """64 hex digits that are the same for the same value, in any case and with any space around it.

    label: `app.Model.field`. With a merchant the key is that merchant's, survives new versions of its secret, and is out
    of reach while the bank locks it; without one it is the platform's.
    """
    key = platform_index_key(label) if merchant_id is None else ring(merchant_id).index_key(label)
    return hmac.new(key, value.strip().casefold().encode(), hashlib.sha256).hexdigest()
