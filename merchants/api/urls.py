from __future__ import annotations

from django.urls import path

from merchants.api import account, views

urlpatterns = [
    path("account", account.AccountDetail.as_view()),
    path("events", views.EventList.as_view()),
    path("events/<str:public_id>", views.EventDetail.as_view()),
]
