from __future__ import annotations

from django.urls import path

from checkout.pages import pay, receipts
from common.actors import hosted_page

app_name = "checkout"
urlpatterns = [
    path("pay/<str:public_id>/", hosted_page(pay.pay_page), name="pay"),
    path("pay/<str:public_id>/confirm/", hosted_page(pay.Confirm.as_view()), name="confirm"),
    path("pay/<str:public_id>/status/", hosted_page(pay.status), name="status"),
    path("card-frame/<str:public_id>/", hosted_page(pay.card_frame), name="card_frame"),
    path("receipts/<str:public_id>/", hosted_page(receipts.receipt), name="receipt"),
    path("receipts/<str:public_id>/receipt.pdf", hosted_page(receipts.receipt_pdf), name="receipt_pdf"),
    path("test-cards/", pay.test_cards_page, name="test_cards"),
]
