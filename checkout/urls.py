from __future__ import annotations

from django.urls import path

from checkout.pages import pay, receipts

app_name = "checkout"
urlpatterns = [
    path("pay/<str:public_id>/", pay.pay_page, name="pay"),
    path("pay/<str:public_id>/confirm/", pay.Confirm.as_view(), name="confirm"),
    path("pay/<str:public_id>/status/", pay.status, name="status"),
    path("card-frame/<str:public_id>/", pay.card_frame, name="card_frame"),
    path("receipts/<str:public_id>/", receipts.receipt, name="receipt"),
    path("receipts/<str:public_id>/receipt.pdf", receipts.receipt_pdf, name="receipt_pdf"),
    path("test-cards/", pay.test_cards_page, name="test_cards"),
]
