"""`manage.py reseal_platform`: after a new key in front of the list, everything of the platform's own is sealed with it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from django.db import connection

from people.models import User
from vault.rotation import platform
from vault.rotation.platform import reseal_platform_rows, rows_of_older_keys

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def people():
    return [User.objects.create_user(username=f"person{n}", email=f"person{n}@x.example") for n in range(5)]


@pytest.fixture
def _new_key(settings, people):
    TOTP.activate(people[0], SECRET)
    RecoveryCodes.activate(people[0])
    settings.FIELD_ENCRYPTION_KEY = [urlsafe_b64encode(bytes(range(32))).decode(), *settings.FIELD_ENCRYPTION_KEY]


def run() -> str:
    out = StringIO()
    call_command("reseal_platform", stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("_new_key")
def test_everything_is_sealed_with_the_new_key_and_opens_without_the_old(people, settings):
    codes = RecoveryCodes(Authenticator.objects.get(user=people[0], type="recovery_codes")).generate_codes()

    told = run()

    assert "Nothing is sealed with an older key any more." in told
    assert "second factors: 2 sealed anew" in told
    settings.FIELD_ENCRYPTION_KEY = settings.FIELD_ENCRYPTION_KEY[:1]
    assert [User.objects.get(pk=person.pk).email for person in people] == [f"person{n}@x.example" for n in range(5)]
    factor = Authenticator.objects.get(user=people[0], type="totp").wrap()
    assert factor.validate_code("000000") in {True, False}  # its secret opens
    assert RecoveryCodes(Authenticator.objects.get(user=people[0], type="recovery_codes")).generate_codes() == codes


@pytest.mark.usefixtures("_new_key")
def test_a_repeat_changes_nothing():
    run()
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM people_user ORDER BY id")
        before = cursor.fetchall()

    told = run()

    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM people_user ORDER BY id")
        assert cursor.fetchall() == before
    assert "second factors: 0 sealed anew" in told


@pytest.mark.usefixtures("_new_key")
def test_one_that_was_broken_off_goes_on(monkeypatch):
    monkeypatch.setattr(platform, "BATCH", 2)
    before = rows_of_older_keys()
    going = reseal_platform_rows()
    half = next(left for _ in going if (left := rows_of_older_keys()) < before)  # columns without rows come and go first
    going.close()

    run()

    assert before > half > 0
    assert rows_of_older_keys() == 0
