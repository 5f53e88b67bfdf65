"""Finding people, whose e-mail addresses are sealed."""

from __future__ import annotations

from people.models import User, email_index

LONGEST_LOGIN = 254


def user_with_email(email: str) -> User | None:
    """The person who signs in with this address, in whatever case it is typed."""
    index = email_index(email)
    return User.objects.filter(email_index=index).first() if index else None


def user_of_login(typed: str) -> User | None:
    """The person meant by what was typed at the sign-in: an e-mail address or a username. No username has an @."""
    written = typed.replace("\x00", "").strip()
    if not written or len(written) > LONGEST_LOGIN:
        return None
    if "@" in written:
        return user_with_email(written)
    return User.objects.filter(username__iexact=written).first()
