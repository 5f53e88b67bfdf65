"""Shoppers sign in without a password: by a link in a letter, which proves the address, or by a passkey made later."""

from __future__ import annotations

import hmac
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from common.tokens import digest_of, new_token
from shoppers.accounts import ShopperAccount, ShopperSession, SignInLink, account_index
from shoppers.errors import LinkOver, TooManyLinks
from vault.audit.services import record_about

LINK_LIFE = timedelta(minutes=15)
LINKS_PER_ADDRESS, LINKS_PER_NETWORK = 5, 30  # within one link's life
SESSION_LIFE, SESSION_IDLE = timedelta(hours=12), timedelta(minutes=30)
SEEN_PRECISION = timedelta(minutes=1)


@transaction.atomic
def make_link(*, email: str, browser: str, network: str | None, receipt_id: str = "") -> tuple[SignInLink, str]:
    """A link for whoever reads the letters of this address; returns its token, which is kept nowhere.

    Whether anybody has an account with it makes no difference. browser: the mark of the browser that asks.
    """
    index, since = account_index(email), timezone.now() - LINK_LIFE
    recent = SignInLink.objects.filter(created_at__gt=since)
    if recent.filter(email_index=index).count() >= LINKS_PER_ADDRESS:
        raise TooManyLinks()
    if network and recent.filter(network=network).count() >= LINKS_PER_NETWORK:
        raise TooManyLinks()
    token = new_token()
    link = SignInLink.objects.create(
        email=email.strip(), email_index=index, digest=digest_of(token), browser=digest_of(browser), network=network, receipt_id=receipt_id,
        expires_at=timezone.now() + LINK_LIFE,
    )  # fmt: skip
    record_about(link, "created")
    return link, token


def link_for(token: str) -> SignInLink:
    """The open link with this token; LinkOver for any other, whatever the reason."""
    link = SignInLink.objects.filter(digest=digest_of(token)).first()
    if link is None or not link.is_open:
        raise LinkOver()
    return link


def is_same_browser(link: SignInLink, browser: str) -> bool:
    return hmac.compare_digest(link.browser, digest_of(browser))


@transaction.atomic
def use_link(*, link: SignInLink) -> ShopperAccount:
    """Use the link up and return the account of its address, made if new. Of two who press at once, one finds it over."""
    now = timezone.now()
    if not SignInLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now).update(used_at=now):
        raise LinkOver()
    account, is_new = ShopperAccount.objects.get_or_create(email_index=link.email_index, defaults={"email": link.email})
    if is_new:
        record_about(account, "created", fields=["email"])
    return account


@transaction.atomic
def begin_session(*, account: ShopperAccount, device: str, network: str | None) -> str:
    """Sign the account in on one browser; returns the cookie's text. Each sign-in has a new one."""
    text = new_token()
    session = ShopperSession.objects.create(account=account, digest=digest_of(text), device=device, network=network)
    record_about(session, "created")
    return text


def session_for(text: str) -> ShopperSession | None:
    """The session of this cookie while it lasts; notes, at most once a minute, that it is in use."""
    now = timezone.now()
    session = (
        ShopperSession.objects.select_related("account")
        .filter(digest=digest_of(text), started_at__gt=now - SESSION_LIFE, seen_at__gt=now - SESSION_IDLE)
        .first()
    )
    if session and now - session.seen_at > SEEN_PRECISION:
        ShopperSession.objects.filter(pk=session.pk).update(seen_at=now)
    return session


def sessions_of(account: ShopperAccount) -> list[ShopperSession]:
    now = timezone.now()
    return list(account.sessions.filter(started_at__gt=now - SESSION_LIFE, seen_at__gt=now - SESSION_IDLE).order_by("-seen_at"))


@transaction.atomic
def end_sessions(*, account: ShopperAccount, only: str = "", but: str = "") -> int:
    """Sign the account out everywhere, or only at one, or but one (public ids). Safe to repeat."""
    rows = account.sessions.exclude(public_id=but)
    count, _ = (rows.filter(public_id=only) if only else rows).delete()
    if count:
        record_about(account, "signed_out", details={"sessions": count})
    return int(count)


@transaction.atomic
def forget_old() -> int:
    """Take away links and sessions that ended a day ago. Safe to repeat."""
    day_ago = timezone.now() - timedelta(days=1)
    links, _ = SignInLink.objects.filter(expires_at__lt=day_ago).delete()
    sessions, _ = ShopperSession.objects.filter(seen_at__lt=day_ago).delete()
    return int(links + sessions)
