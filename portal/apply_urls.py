"""Pages of a business that applies. The link's key, or a signed-in leader of a merchant that is not live, opens an application."""

from __future__ import annotations

from django.urls import path

from portal.views import apply

app_name = "apply"
urlpatterns = [
    path("", apply.start, name="start"),
    path("mine/", apply.mine, name="mine"),
    path("<str:key>/", apply.form, name="form"),
    path("<str:key>/people/", apply.person_add, name="person_add"),
    path("<str:key>/people/<str:public_id>/remove/", apply.person_remove, name="person_remove"),
    path("<str:key>/documents/", apply.document_add, name="document_add"),
    path("<str:key>/documents/<str:public_id>/remove/", apply.document_remove, name="document_remove"),
    path("<str:key>/submit/", apply.submit, name="submit"),
    path("<str:key>/withdraw/", apply.withdraw, name="withdraw"),
]
