from __future__ import annotations

from django.urls import path

from treasury.api import views

urlpatterns = [
    path("balance", views.Balance.as_view()),
    path("settlements", views.SettlementList.as_view()),
    path("bank_accounts", views.BankAccountList.as_view()),
    path("payouts", views.PayoutList.as_view()),
    path("payouts/<str:public_id>", views.PayoutDetail.as_view()),
    path("payouts/<str:public_id>/cancel", views.PayoutCancel.as_view()),
]
