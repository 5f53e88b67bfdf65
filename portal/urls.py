from __future__ import annotations

from django.urls import path

from portal.views import audit, disputes, keys, notices, pages, team, webhooks

app_name = "portal"
urlpatterns = [
    path("", pages.home, name="home"),
    path("switch/", pages.switch, name="switch"),
    path("sales/", pages.sales, name="sales"),
    path("sales/<str:public_id>/", pages.sale, name="sale"),
    path("products/", pages.products, name="products"),
    path("disputes/", disputes.disputes, name="disputes"),
    path("disputes/open/", disputes.open_one, name="dispute_open"),
    path("disputes/training/", disputes.consent, name="training_consent"),
    path("disputes/files/<str:public_id>/", disputes.evidence_file, name="dispute_file"),
    path("disputes/<str:public_id>/", disputes.dispute, name="dispute"),
    path("balance/", pages.balance, name="balance"),
    path("access-log/", audit.access_log, name="access_log"),
    path("team/", team.team, name="team"),
    path("team/invite/", team.invite, name="team_invite"),
    path("team/invitations/<str:public_id>/withdraw/", team.withdraw, name="team_withdraw"),
    path("team/join/<str:token>/", team.join, name="join"),
    path("team/<int:pk>/role/", team.change, name="team_change"),
    path("team/<int:pk>/remove/", team.remove, name="team_remove"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.mark_read, name="notices_read"),
    path("notices/preferences/", notices.notice_preferences, name="notice_preferences"),
    path("notices/address/", notices.trust_address, name="notice_address"),
    path("notices/unsubscribe/<str:token>/", notices.unsubscribe, name="notice_unsubscribe"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/create/", webhooks.create, name="webhook_create"),
    path("webhooks/deliveries/<str:public_id>/", webhooks.delivery, name="webhook_delivery"),
    path("webhooks/deliveries/<str:public_id>/replay/", webhooks.replay_one, name="webhook_replay"),
    path("webhooks/<str:public_id>/", webhooks.endpoint, name="webhook"),
    path("webhooks/<str:public_id>/change/", webhooks.change, name="webhook_change"),
    path("webhooks/<str:public_id>/state/", webhooks.set_state, name="webhook_state"),
    path("webhooks/<str:public_id>/test/", webhooks.test, name="webhook_test"),
    path("webhooks/<str:public_id>/rotate/", webhooks.rotate, name="webhook_rotate"),
    path("webhooks/<str:public_id>/replay/", webhooks.replay_days, name="webhook_replay_days"),
    path("webhooks/<str:public_id>/delete/", webhooks.delete, name="webhook_delete"),
    path("keys/", keys.keys, name="keys"),
    path("keys/create/", keys.create, name="key_create"),
    path("keys/embedding/", keys.embedding, name="embedding"),
    path("keys/<str:public_id>/", keys.key, name="key"),
    path("keys/<str:public_id>/roll/", keys.roll, name="key_roll"),
    path("keys/<str:public_id>/revoke/", keys.revoke, name="key_revoke"),
]
