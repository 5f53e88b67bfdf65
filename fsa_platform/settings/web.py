"""What a request passes through: apps, middleware, templates, what browsers may load."""

from __future__ import annotations

from typing import Any

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

from fsa_platform.admin_look import UNFOLD as UNFOLD
from fsa_platform.settings.base import BASE_DIR, CARD_FRAME_ORIGIN, DATA_DIR, DEBUG, env

# --- Apps ---------------------------------------------------------------------------------------------------------
ROOT_URLCONF = "fsa_platform.urls"
ASGI_APPLICATION = "fsa_platform.asgi.application"
INSTALLED_APPS = [
    "fsa_platform",
    "portal",
    "compliance",
    "rules",
    "sales",
    "claims",
    "treasury",
    "pos_monitor",
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

# --- Middleware ---------------------------------------------------------------------------------------------------
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
    "portal.support_view.SupportViewMiddleware",
    "axes.middleware.AxesMiddleware",
    "common.middleware.AdminScopeMiddleware",
    "portal.form_addresses.FormAddressMiddleware",
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
                "portal.support_view.support_banner",
            ]
        },
    }
]

WEB_THREADS: int = env.int("WEB_THREADS", 24)  # a slow issuer holds one for seconds; each waits more than it works

# --- Time and language --------------------------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- Pages --------------------------------------------------------------------------------------------------------
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
