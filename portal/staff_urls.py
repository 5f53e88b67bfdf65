"""Pages of the platform's staff outside the admin."""

from __future__ import annotations

from django.urls import path

from portal.views import break_glass, reviews

app_name = "staff"
urlpatterns = [
    path("reviews/", reviews.queue, name="reviews"),
    path("reviews/next/", reviews.following, name="review_next"),
    path("reviews/decide/", reviews.decide, name="review_decide"),
    path("reviews/skip/", reviews.skip, name="review_skip"),
    path("reviews/undo/", reviews.undo, name="review_undo"),
    path("reviews/numbers/", reviews.numbers, name="review_numbers"),
    path("reviews/files/<str:public_id>/", reviews.evidence_file, name="review_file"),
    path("emergency-access/", break_glass.emergency, name="emergency"),
    path("emergency-access/ask/", break_glass.ask, name="emergency_ask"),
    path("emergency-access/<str:public_id>/end/", break_glass.end, name="emergency_end"),
]
