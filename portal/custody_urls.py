from __future__ import annotations

from django.urls import path

from portal.views import custody, custody_requests

app_name = "custody"
urlpatterns = [
    path("", custody.keys, name="keys"),
    path("requests/<str:public_id>/", custody_requests.show, name="request"),
    path("requests/<str:public_id>/decide/", custody_requests.decide, name="decide"),
    path("requests/<str:public_id>/repeat/", custody_requests.repeat, name="repeat"),
    path("<str:owner>/", custody.key, name="key"),
    path("<str:owner>/<str:verb>/", custody_requests.ask, name="ask"),
]
