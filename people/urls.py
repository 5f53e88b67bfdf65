"""Pages about one's own sign-in, beside those of django-allauth."""

from __future__ import annotations

from django.urls import path

from people.views import factors, own_sessions, unused

urlpatterns = [
    # allauth would keep addresses in clear in a table of its own; ours are sealed with the person.
    path("email/", unused, name="account_email"),
    path("confirm-email/", unused, name="account_email_verification_sent"),
    path("2fa/", factors.factors, name="mfa_index"),
    path("2fa/webauthn/keys/<int:pk>/remove/", factors.remove_passkey, name="mfa_remove_webauthn"),
    path("sessions/", own_sessions.sessions, name="own_sessions"),
    path("sessions/end/", own_sessions.end, name="end_sessions"),
]
