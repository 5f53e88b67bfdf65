from __future__ import annotations

from django.urls import path

from checkout.api.payment_methods import PaymentMethodDetail, PaymentMethodList
from rules.api import devices, views
from rules.feed.customers import shopper_named

urlpatterns = [
    path("rules/evaluate", views.Evaluate.as_view()),
    path("customers", views.CustomerList.as_view()),
    path("customers/<str:public_id>", views.CustomerDetail.as_view()),
    path("customers/<str:public_id>/snoops", views.CustomerSnoops.as_view()),
    path("customers/<str:public_id>/snoops/<str:rule>/feedback", views.SnoopFeedbackView.as_view()),
    path("customers/<str:public_id>/tokens", views.CustomerTokens.as_view()),
    path("customers/<str:public_id>/devices", devices.CustomerDevices.as_view()),
    path("customers/<str:public_id>/devices/<str:device>", devices.CustomerDevice.as_view()),
    path("customers/<str:public_id>/payment_methods", PaymentMethodList.as_view(find_shopper=shopper_named)),
    path("customers/<str:public_id>/payment_methods/<str:card>", PaymentMethodDetail.as_view(find_shopper=shopper_named)),
    path("push_service", devices.PushServiceView.as_view()),
]
