from __future__ import annotations

from django.urls import path

from common.actors import hosted_page
from eligibility.checker.views import checker

app_name = "checker"
urlpatterns = [path("check/<str:public_id>/", hosted_page(checker), name="page")]
