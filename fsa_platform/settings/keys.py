"""What seals data, and who keeps the keys."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from fsa_platform.settings.base import DATA_DIR, PORT, env

# --- Sealed data --------------------------------------------------------------------------------------------------
# The first key seals, all of them open: put a new key in front to rotate.
FIELD_ENCRYPTION_KEY: list[str] = env.list("FIELD_ENCRYPTION_KEY")
# Who keeps the merchants' keys: the partner bank's key service, or in the sandbox a process of our own that plays it.
CUSTODIAN: str = env.str("CUSTODIAN", "local")
if CUSTODIAN not in {"local", "aws", "pkcs11"}:
    raise ImproperlyConfigured(f"CUSTODIAN is “{CUSTODIAN}”: it must be “local”, “aws” or “pkcs11”.")
CUSTODIAN_URL: str = env.str("CUSTODIAN_URL", f"http://127.0.0.1:{PORT + 85}").rstrip("/")
CUSTODIAN_TOKEN: str = env.str("CUSTODIAN_TOKEN", "")
CUSTODIAN_BANK_TOKEN: str = env.str("CUSTODIAN_BANK_TOKEN", "")  # only where the bank's own people work
VAULT_CACHE_TTL_S: int = env.int("VAULT_CACHE_TTL_S", 30)
if not 1 <= VAULT_CACHE_TTL_S <= 50:  # with what a look takes, a locked key is refused everywhere within 60 s
    raise ImproperlyConfigured(f"VAULT_CACHE_TTL_S is {VAULT_CACHE_TTL_S}: it must be from 1 to 50 seconds.")
# Where the audit trail stood, minute by minute: a folder that whoever runs the database cannot write to.
AUDIT_ANCHOR_DIR: Path = Path(env.str("AUDIT_ANCHOR_DIR", str(DATA_DIR / "audit-anchors")))

# --- The keeper of keys at AWS or in a PKCS#11 module (docs/custody.md) -------------------------------------------
CUSTODIAN_AWS_REGION: str = env.str("CUSTODIAN_AWS_REGION", "")
CUSTODIAN_AWS_MASTER_KEY: str = env.str("CUSTODIAN_AWS_MASTER_KEY", "")
CUSTODIAN_AWS_ENDPOINT: str = env.str("CUSTODIAN_AWS_ENDPOINT", "")
CUSTODIAN_PKCS11_LIBRARY: str = env.str("CUSTODIAN_PKCS11_LIBRARY", "")
CUSTODIAN_PKCS11_TOKEN: str = env.str("CUSTODIAN_PKCS11_TOKEN", "")
CUSTODIAN_PKCS11_PIN_FILE: str = env.str("CUSTODIAN_PKCS11_PIN_FILE", "")
CUSTODIAN_PKCS11_MASTER_LABEL: str = env.str("CUSTODIAN_PKCS11_MASTER_LABEL", "fsa-master")
# Only where a process acts for the bank: what locks, unlocks and rotates keys.
CUSTODIAN_AWS_BANK_PROFILE: str = env.str("CUSTODIAN_AWS_BANK_PROFILE", "")
CUSTODIAN_PKCS11_BANK_PIN_FILE: str = env.str("CUSTODIAN_PKCS11_BANK_PIN_FILE", "")
