from __future__ import annotations

from django.urls import path

from portal.me import letters, passkey_views, views

app_name = "me"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("open/<str:token>/", views.open_link, name="open"),
    path("letters/", letters.letters, name="letters"),
    path("letters/<str:public_id>/", letters.letter, name="letter"),
    path("letters/<str:public_id>/answer/", letters.answer, name="letter_answer"),
    path("letters/<str:public_id>/<str:which>.pdf", letters.pdf, name="letter_pdf"),
    path("account/", views.account, name="account"),
    path("account/end/", views.end, name="end"),
    path("passkeys/add/", passkey_views.add, name="passkey_add"),
    path("passkeys/sign-in/", passkey_views.sign_in, name="passkey_sign_in"),
    path("passkeys/<str:public_id>/remove/", passkey_views.remove, name="passkey_remove"),
]
