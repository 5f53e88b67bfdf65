from __future__ import annotations

from django.urls import path

from webhooks.api import views

ONE = "webhook_endpoints/<str:public_id>"
urlpatterns = [
    path("webhook_endpoints", views.EndpointList.as_view()),
    path(ONE, views.EndpointDetail.as_view()),
    path(f"{ONE}/rotate_secret", views.SecretRotation.as_view()),
    path(f"{ONE}/test", views.TestEvent.as_view()),
    path(f"{ONE}/deliveries", views.DeliveryList.as_view()),
    path(f"{ONE}/replay", views.RangeReplay.as_view()),
    path("webhook_deliveries/<str:public_id>/replay", views.DeliveryReplay.as_view()),
]
