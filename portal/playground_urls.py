from __future__ import annotations

from django.urls import path

from portal.views import playground

app_name = "playground"
urlpatterns = [
    path("", playground.playground, name="page"),
    path("session/", playground.session, name="session"),
]
