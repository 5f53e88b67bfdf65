from __future__ import annotations

from django.urls import path

from checkout.api import views

urlpatterns = [
    path("checkout/sessions", views.SessionList.as_view()),
    path("checkout/sessions/<str:public_id>", views.SessionDetail.as_view()),
    path("checkout/sessions/<str:public_id>/confirm", views.SessionConfirm.as_view()),
    path("checkout/sessions/<str:public_id>/capture", views.SessionCapture.as_view()),
    path("checkout/sessions/<str:public_id>/expire", views.SessionExpire.as_view()),
    path("card_tokens", views.CardTokenList.as_view()),
    path("payments", views.PaymentList.as_view()),
    path("payments/<str:public_id>", views.PaymentDetail.as_view()),
]
