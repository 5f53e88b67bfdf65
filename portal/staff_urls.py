"""Pages of the platform's staff outside the admin."""

from __future__ import annotations

from django.urls import path

from portal.views import break_glass, letters, reviews

app_name = "staff"
urlpatterns = [
    path("letters/", letters.queue, name="letters"),
    path("letters/<str:public_id>/", letters.review, name="letter"),
    path("letters/<str:public_id>/claim/", letters.claim, name="letter_claim"),
    path("letters/<str:public_id>/sign/", letters.sign, name="letter_sign"),
    path("letters/<str:public_id>/decide/", letters.decide, name="letter_decide"),
    path("letters/<str:public_id>/<str:which>.pdf", letters.document, name="letter_document"),
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
