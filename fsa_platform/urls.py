"""Every address of the platform."""

from __future__ import annotations

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from fsa_platform import health
from fsa_platform.metrics import metrics
from portal.views.errors_page import errors_page
from portal.views.handbook import ApiDocsPage, old_guide

API = [
    path("", include("checkout.api.urls")),
    path("", include("eligibility.api.urls")),
    path("", include("ledger.api.urls")),
    path("", include("merchants.api.urls")),
    path("", include("pos_monitor.api.urls")),
    path("", include("rules.api.urls")),
    path("", include("treasury.api.urls")),
    path("", include("webhooks.api.urls")),
]

# Swagger's page sets styles as it draws; it shows no data of anybody's.
api_docs = csp_update({"style-src": [UNSAFE_INLINE]})(ApiDocsPage.as_view(url_name="openapi"))

# The admin's own pages, and beside them those that belong to no table.
ADMIN = [path("fleet/", include("pos_monitor.admin.fleet_page")), *admin.site.urls[0]]

urlpatterns = [
    path("v1/", include(API)),
    path("v1/openapi.json", SpectacularJSONAPIView.as_view(), name="openapi"),
    path("v1/docs/errors/", errors_page, name="error-codes"),
    path("v1/docs/<slug:name>/", old_guide, name="old-guide"),
    path("v1/docs/", api_docs, name="api-docs"),
    path("docs/playground/", include("portal.playground_urls")),
    path("docs/", include("portal.handbook_urls")),
    path("sdk/", include("portal.sdk_urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics),
    path("admin/", (ADMIN, "admin", admin.site.name)),
    path("accounts/", include("people.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("custody/", include("portal.custody_urls")),
    path("", include("checkout.urls")),
    path("", include("eligibility.checker.urls")),
    path("me/", include("portal.me.urls")),
    path("apply/", include("portal.apply_urls")),
    path("staff/", include("portal.staff_urls")),
    path("", include("portal.urls")),
]

handler404 = "portal.views.errors.not_found"
handler403 = "portal.views.errors.forbidden"
handler500 = "portal.views.errors.server_error"
handler400 = "portal.views.errors.bad_request"
