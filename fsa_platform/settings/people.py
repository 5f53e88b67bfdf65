"""Sign-in, second factor, sessions, lock-outs; mail."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from fsa_platform.settings.base import DATA_DIR, env

# --- People -------------------------------------------------------------------------------------------------------
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
NOTICE_ATTACHMENTS = {
    "terminals.weekly": "pos_monitor.care.mailing.report_of_letter"
}  # topic -> what makes its letter's attachment
NOTICE_DETAILS = {
    "eligibility.changes": "eligibility.lists.notices.mail.details_of_letter"
}  # topic -> what finds, at the moment of sending, more for its letter's templates than a notice's row may hold
SESSION_ENGINE = (
    "django.contrib.sessions.backends.db"  # no process remembers anybody: each serves everybody, and a restart signs nobody out
)
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

# --- Mail ---------------------------------------------------------------------------------------------------------
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
