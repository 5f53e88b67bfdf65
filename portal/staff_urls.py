"""Pages of the platform's staff outside the admin."""

from __future__ import annotations

from django.urls import path

from portal.views import break_glass

app_name = "staff"
urlpatterns = [
    path("emergency-access/", break_glass.emergency, name="emergency"),
    path("emergency-access/ask/", break_glass.ask, name="emergency_ask"),
    path("emergency-access/<str:public_id>/end/", break_glass.end, name="emergency_end"),
]
