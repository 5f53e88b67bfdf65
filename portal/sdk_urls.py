from __future__ import annotations

from django.urls import path

from portal.views import sdk

app_name = "sdk"
urlpatterns = [path("v<str:version>/<str:name>", sdk.release, name="release")]
