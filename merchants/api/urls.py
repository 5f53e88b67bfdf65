from __future__ import annotations

from django.urls import path

from merchants.api import views

urlpatterns = [
    path("events", views.EventList.as_view()),
    path("events/<str:public_id>", views.EventDetail.as_view()),
]
