from __future__ import annotations

from django.urls import path

from portal.views import audit, keys, notices, pages

app_name = "portal"
urlpatterns = [
    path("", pages.home, name="home"),
    path("switch/", pages.switch, name="switch"),
    path("sales/", pages.sales, name="sales"),
    path("sales/<str:public_id>/", pages.sale, name="sale"),
    path("products/", pages.products, name="products"),
    path("balance/", pages.balance, name="balance"),
    path("access-log/", audit.access_log, name="access_log"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.mark_read, name="notices_read"),
    path("notices/preferences/", notices.notice_preferences, name="notice_preferences"),
    path("notices/address/", notices.trust_address, name="notice_address"),
    path("notices/unsubscribe/<str:token>/", notices.unsubscribe, name="notice_unsubscribe"),
    path("keys/", keys.keys, name="keys"),
    path("keys/create/", keys.create, name="key_create"),
    path("keys/embedding/", keys.embedding, name="embedding"),
    path("keys/<str:public_id>/", keys.key, name="key"),
    path("keys/<str:public_id>/roll/", keys.roll, name="key_roll"),
    path("keys/<str:public_id>/revoke/", keys.revoke, name="key_revoke"),
]
