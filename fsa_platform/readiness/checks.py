"""The questions, each a function of the settings that answers with what is wrong, or nothing. Ids are never used again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from fsa_platform.readiness import hosts, keys, parts

# id -> (what asks, what to do about it)
QUESTIONS: dict[str, tuple[Callable[[Any], str], str]] = {
    "fsa.E001": (keys.weak_secret_key, "Set SECRET_KEY to 50 random characters; docs/operations.md shows how to make them."),
    "fsa.E002": (keys.sandbox_keys, "Make new keys for production; those of a sandbox were written into its data folder."),
    "fsa.E003": (keys.weak_field_keys, "Set FIELD_ENCRYPTION_KEY to keys of 32 random bytes; docs/operations.md shows how."),
    "fsa.E004": (keys.one_key_for_both, "Make two keys: whoever forges a session must not be able to open what is sealed."),
    "fsa.E005": (hosts.debug, "Take DEBUG away: its pages show settings and rows to whoever meets an error."),
    "fsa.E006": (hosts.plain_base_url, "Set BASE_URL to the https:// address that people use, and let a proxy speak TLS for it."),
    "fsa.E007": (hosts.plain_card_frame, "Set CARD_FRAME_ORIGIN to an https:// address."),
    "fsa.E008": (hosts.same_origin, "Give CARD_FRAME_ORIGIN a host name of its own, so that no other page reaches into the card fields."),
    "fsa.E009": (hosts.any_host, "Set ALLOWED_HOSTS to the host names of BASE_URL and CARD_FRAME_ORIGIN, and no pattern."),
    "fsa.E010": (hosts.own_hosts_missing, "Add them to ALLOWED_HOSTS."),
    "fsa.E011": (hosts.proxy_unknown, "Set TRUSTED_PROXIES to the addresses of your proxy; else every caller has the proxy's address."),
    "fsa.E012": (hosts.proxies_malformed, "Write addresses or networks, such as 10.0.0.4 or 10.0.0.0/28; never *."),
    "fsa.E013": (parts.embedded_database, "Set DATABASE_URL to a PostgreSQL server that is backed up."),
    "fsa.E014": (parts.embedded_redis, "Set REDIS_URL to a Redis server."),
    "fsa.E015": (parts.open_database_link, "Add ?sslmode=verify-full to DATABASE_URL; or name the host in TRUSTED_LINKS if nobody else is on that network."),
    "fsa.E016": (parts.open_redis_link, "Use rediss:// in REDIS_URL; or name the host in TRUSTED_LINKS if nobody else is on that network."),
    "fsa.E017": (parts.mail_to_nowhere, "Set EMAIL_BACKEND to django.core.mail.backends.smtp.EmailBackend, and EMAIL_HOST."),
    "fsa.E018": (parts.local_custodian, "Set CUSTODIAN to aws or pkcs11: the bank keeps the merchants' keys, not this machine."),
    "fsa.E019": (parts.sandbox_acquirer, "Set ACQUIRER_HOST and ACQUIRER_PORT to the certified processor's; the sandbox moves no money."),
    "fsa.E020": (parts.sandbox_bins, "Set CARD_BINS_FILE to your acquirer's BIN file, in the columns of checkout/data/card_bins.csv."),
    "fsa.E021": (parts.private_calls, "Take OUTGOING_MAY_REACH away: whoever writes down an address could reach into your network."),
    "fsa.E022": (parts.scripts_changed, "Read the change, then run “manage.py authorise_scripts --by NAME --reason WHY”."),
}  # fmt: skip


@register(Tags.security, deploy=True)
def ready_for_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return list(_findings(settings)) if not settings.IS_SANDBOX else []


def _findings(conf: Any) -> Iterator[CheckMessage]:
    for id, (ask, hint) in QUESTIONS.items():
        if wrong := ask(conf):
            yield Error(wrong, hint=hint, id=id)
