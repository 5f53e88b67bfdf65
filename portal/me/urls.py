from __future__ import annotations

from django.urls import path

from portal.me import accounts, bank, cards, letters, passkey_views, snoops, views

app_name = "me"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("open/<str:token>/", views.open_link, name="open"),
    path("snoops/", snoops.snoops, name="snoops"),
    path("snoops/seen.gif", snoops.seen, name="snoops_seen"),
    path("snoops/<str:rule>/<str:verb>/", snoops.snoop, name="snoop"),
    path("letters/", letters.letters, name="letters"),
    path("letters/<str:public_id>/", letters.letter, name="letter"),
    path("letters/<str:public_id>/answer/", letters.answer, name="letter_answer"),
    path("letters/<str:public_id>/<str:which>.pdf", letters.pdf, name="letter_pdf"),
    path("cards/", cards.cards, name="cards"),
    path("cards/<str:public_id>/delete/", cards.delete, name="card_delete"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/add/", accounts.add, name="benefit_add"),
    path("accounts/<str:public_id>/", accounts.benefit, name="benefit"),
    path("accounts/<str:public_id>/balance/", accounts.balance, name="benefit_balance"),
    path("accounts/<str:public_id>/close/", accounts.close, name="benefit_close"),
    path("bank/", bank.link, name="bank_link"),
    path("bank/return/", bank.come_back, name="bank_return"),
    path("bank/<str:public_id>/refresh/", bank.refresh, name="bank_refresh"),
    path("bank/<str:public_id>/end/", bank.end, name="bank_end"),
    path("account/", views.account, name="account"),
    path("account/end/", views.end, name="end"),
    path("passkeys/add/", passkey_views.add, name="passkey_add"),
    path("passkeys/sign-in/", passkey_views.sign_in, name="passkey_sign_in"),
    path("passkeys/<str:public_id>/remove/", passkey_views.remove, name="passkey_remove"),
]
