from __future__ import annotations

from django.urls import path

from checkout.api import capturing, declines, payment_links, public_split, subscriptions, views
from checkout.disputes import api as disputes
from checkout.refunds import api as refunds

urlpatterns = [
    path("checkout/sessions", views.SessionList.as_view()),
    path("checkout/sessions/<str:public_id>", views.SessionDetail.as_view()),
    path("checkout/sessions/<str:public_id>/confirm", views.SessionConfirm.as_view()),
    path("checkout/sessions/<str:public_id>/capture", capturing.SessionCapture.as_view()),
    path("checkout/sessions/<str:public_id>/expire", views.SessionExpire.as_view()),
    path("checkout/sessions/<str:public_id>/void", capturing.SessionVoid.as_view()),
    path("checkout/sessions/<str:public_id>/refund_preview", refunds.SessionRefundPreview.as_view()),
    path("card_tokens", views.CardTokenList.as_view()),
    path("payments", views.PaymentList.as_view()),
    path("payments/declines", declines.DeclineList.as_view()),
    path("payments/<str:public_id>", views.PaymentDetail.as_view()),
    path("payment_links", payment_links.PaymentLinkList.as_view()),
    path("payment_links/<str:public_id>", payment_links.PaymentLinkDetail.as_view()),
    path("payment_links/<str:public_id>/deactivate", payment_links.PaymentLinkDeactivate.as_view()),
    path("payment_links/<str:public_id>/activate", payment_links.PaymentLinkActivate.as_view()),
    path("payments/<str:public_id>/captures", capturing.PaymentCaptures.as_view()),
    path("disputes", disputes.DisputeList.as_view()),
    path("disputes/<str:public_id>", disputes.DisputeDetail.as_view()),
    path("disputes/<str:public_id>/pack", disputes.DisputePack.as_view()),
    path("disputes/<str:public_id>/evidence", disputes.DisputeEvidenceAdd.as_view()),
    path("disputes/<str:public_id>/accept", disputes.DisputeAccept.as_view()),
    path("disputes/<str:public_id>/submit", disputes.DisputeSubmit.as_view()),
    path("public/split", public_split.PublicSplit.as_view()),
    path("refunds", refunds.RefundList.as_view()),
    path("refunds/preview", refunds.RefundPreview.as_view()),
    path("refunds/<str:public_id>", refunds.RefundDetail.as_view()),
    path("subscriptions", subscriptions.SubscriptionList.as_view()),
    path("subscriptions/<str:public_id>", subscriptions.SubscriptionDetail.as_view()),
    path("subscriptions/<str:public_id>/pause", subscriptions.SubscriptionPause.as_view()),
    path("subscriptions/<str:public_id>/resume", subscriptions.SubscriptionResume.as_view()),
    path("subscriptions/<str:public_id>/skip", subscriptions.SubscriptionSkip.as_view()),
    path("subscriptions/<str:public_id>/cancel", subscriptions.SubscriptionCancel.as_view()),
    path("subscriptions/<str:public_id>/renewals", subscriptions.RenewalList.as_view()),
]
