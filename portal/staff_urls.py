"""Pages of the platform's staff outside the admin."""

from __future__ import annotations

from django.urls import path

from portal.views import applications, break_glass, letters, merchant_file, reviews, support_view, where_money

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
    path("applications/", applications.queue, name="applications"),
    path("applications/documents/<str:public_id>/", applications.document, name="application_document"),
    path("applications/people/<str:public_id>/reveal/", applications.reveal, name="application_reveal"),
    path("applications/<str:public_id>/", applications.application, name="application"),
    path("applications/<str:public_id>/<str:verb>/", applications.do, name="application_do"),
    path("merchants/", merchant_file.merchants, name="merchants"),
    path("merchants/changes/<str:public_id>/", merchant_file.decide_change, name="merchant_change"),
    path("merchants/notes/<str:public_id>/pin/", merchant_file.pin, name="merchant_note_pin"),
    path("merchants/<str:public_id>/", merchant_file.merchant, name="merchant"),
    path("merchants/<str:public_id>/limits/", merchant_file.limits, name="merchant_limits"),
    path("merchants/<str:public_id>/hold/", merchant_file.hold, name="merchant_hold"),
    path("merchants/<str:public_id>/release/", merchant_file.release, name="merchant_release"),
    path("merchants/<str:public_id>/notes/", merchant_file.note, name="merchant_note"),
    path("merchants/<str:public_id>/look/", support_view.look, name="look"),
    path("look/end/", support_view.end, name="look_end"),
    path("money/", where_money.where_money, name="money"),
    path("emergency-access/", break_glass.emergency, name="emergency"),
    path("emergency-access/ask/", break_glass.ask, name="emergency_ask"),
    path("emergency-access/<str:public_id>/end/", break_glass.end, name="emergency_end"),
]
