from __future__ import annotations

from django.urls import path

from portal.views.handbook import docs_home, docs_page, docs_search

urlpatterns = [
    path("", docs_home, name="docs"),
    path("search.json", docs_search, name="docs-search"),
    path("<slug:name>/", docs_page, name="docs-page"),
]
