from __future__ import annotations

from django.urls import path

from eligibility.api import disputes, letters, public, views
from eligibility.catalogue.api import feeds, jobs, products
from eligibility.search.api.views import ProductSearchView

urlpatterns = [
    path("eligibility/check", views.EligibilityCheck.as_view()),
    path("eligibility/disputes", disputes.DisputeList.as_view()),
    path("eligibility/disputes/<str:public_id>", disputes.DisputeDetail.as_view()),
    path("eligibility/changes", products.EligibilityChanges.as_view()),
    path("letters", letters.LetterList.as_view()),
    path("letters/<str:public_id>", letters.LetterDetail.as_view()),
    path("letters/<str:public_id>/cancel", letters.LetterCancel.as_view()),
    path("eligibility/jobs", jobs.JobList.as_view()),
    path("eligibility/jobs/<str:public_id>", jobs.JobDetail.as_view()),
    path("eligibility/jobs/<str:public_id>/cancel", jobs.JobCancel.as_view()),
    path("eligibility/jobs/<str:public_id>/rows", jobs.JobRows.as_view()),
    path("eligibility/jobs/<str:public_id>/file", jobs.JobFile.as_view()),
    path("products/import", jobs.ProductImport.as_view()),
    path("products/feeds", feeds.FeedList.as_view()),
    path("products/feeds/<str:public_id>", feeds.FeedDetail.as_view()),
    path("products/feeds/<str:public_id>/runs", feeds.FeedRuns.as_view()),
    path("products/feeds/<str:public_id>/pull", feeds.FeedPull.as_view()),
    path("products/feeds/<str:public_id>/approve", feeds.FeedApprove.as_view()),
    path("products", products.ProductList.as_view()),
    path("products/search", ProductSearchView.as_view()),
    path("products/<str:public_id>", products.ProductDetail.as_view()),
    path("public/products/<path:ref>/verdict", public.PublicVerdict.as_view()),
    path("public/verdicts", public.PublicVerdicts.as_view()),
    path("products/<str:public_id>/decisions", products.ProductDecisions.as_view()),
]
