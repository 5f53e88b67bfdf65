from __future__ import annotations

from django.urls import path

from eligibility.api import views

urlpatterns = [
    path("eligibility/check", views.EligibilityCheck.as_view()),
    path("products", views.ProductList.as_view()),
    path("products/<str:public_id>", views.ProductDetail.as_view()),
]
