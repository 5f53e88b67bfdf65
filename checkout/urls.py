from __future__ import annotations

from django.urls import path

from checkout.pages import card_frame, challenge, links, looks, pay, receipts, remind
from common.actors import hosted_page

app_name = "checkout"
urlpatterns = [
    path("pay/<str:public_id>/", hosted_page(pay.pay_page), name="pay"),
    path("pay/<str:public_id>/confirm/", hosted_page(pay.Confirm.as_view()), name="confirm"),
    path("pay/<str:public_id>/remind/", hosted_page(remind.Remind.as_view()), name="remind"),
    path("pay/<str:public_id>/status/", hosted_page(pay.status), name="status"),
    path("pay/<str:public_id>/challenged/<str:authentication>/", hosted_page(challenge.challenged), name="challenged"),
    path("sandbox-bank/", challenge.sandbox_bank, name="sandbox_bank"),
    path("looks/<str:public_id>/<str:version>.css", looks.looks_css, name="looks_css"),
    path("looks/<str:public_id>/<str:version>.png", looks.looks_logo, name="looks_logo"),
    path("l/<str:public_id>/", hosted_page(links.link_page), name="link"),
    path("l/<str:public_id>/qr.svg", hosted_page(links.link_qr_svg), name="link_qr_svg"),
    path("l/<str:public_id>/qr.png", hosted_page(links.link_qr_png), name="link_qr_png"),
    path("card-frame/bins/<str:version>.json", card_frame.card_bins, name="card_bins"),
    path("card-frame/<str:public_id>/", hosted_page(card_frame.card_frame), name="card_frame"),
    path("receipts/<str:public_id>/", hosted_page(receipts.receipt), name="receipt"),
    path("receipts/<str:public_id>/receipt.pdf", hosted_page(receipts.receipt_pdf), name="receipt_pdf"),
    path("test-cards/", pay.test_cards_page, name="test_cards"),
]
