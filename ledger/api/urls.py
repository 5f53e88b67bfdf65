from __future__ import annotations

from django.urls import path

from ledger.api import views

urlpatterns = [
    path("balance/entries", views.BalanceEntries.as_view()),
]
