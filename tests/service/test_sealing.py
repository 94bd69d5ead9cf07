"""Secrets of second factors: sealed in the database, opened with every key that is still named, and with nothing else."""

from __future__ import annotations

import importlib
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from chaoce.service.people.roles import Role
from chaoce.service.people.sealing import Unreadable, is_sealed, key_from, seal, unseal
from service.kit import make_member

pytestmark = pytest.mark.django_db
OLD, NEW, OTHER = key_from("old"), key_from("new"), key_from("other")


def digits_of(secret: str) -> str:
    """The six digits that an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def person():
    """Somebody without a second factor."""
    return make_member(Role.FIRM_OWNER).user


def in_database() -> str:
    """Everything that the table of second factors holds, as a dump of it shows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        return "\n".join(text for (text,) in cursor.fetchall())


def test_the_secret_in_the_database_is_not_the_clear_one():
    """What a dump of the database shows opens no account: neither the secret of an app nor the seed of recovery codes stands in it."""
    user, secret = person(), generate_totp_secret()
    TOTP.activate(user, secret)
    codes = RecoveryCodes.activate(user)
    text = in_database()
    assert secret not in text and unseal(codes.instance.data["seed"]) not in text
    assert all(code not in text for code in codes.generate_codes())
    totp = Authenticator.objects.get(user=user, type="totp").wrap()
    assert totp.validate_code(digits_of(secret)) and not totp.validate_code("000000x")
    first = codes.generate_codes()[0]
    assert codes.validate_code(first) and not codes.validate_code(first)


def test_two_seals_of_one_secret_differ():
    """Nobody sees from the database that two factors have the same secret."""
    assert seal("ABC") != seal("ABC") and unseal(seal("ABC")) == "ABC"


def test_a_new_key_still_reads_what_an_old_one_sealed(settings):
    """“Several keys for rotation”: with the new key first and the old one behind it, all works on; without the old one it does not,
    until everything was sealed anew."""
    settings.CHAOCE_FACTOR_KEYS = [OLD]
    user, secret = person(), generate_totp_secret()
    TOTP.activate(user, secret)
    before = Authenticator.objects.get(user=user).data["secret"]
    settings.CHAOCE_FACTOR_KEYS = [NEW, OLD]
    assert Authenticator.objects.get(user=user).wrap().validate_code(digits_of(secret))
    said = StringIO()
    call_command("reseal_factors", stdout=said)
    assert said.getvalue() == "sealed with the first key: 1\n"
    after = Authenticator.objects.get(user=user).data["secret"]
    settings.CHAOCE_FACTOR_KEYS = [NEW]
    assert unseal(after) == secret
    with pytest.raises(Unreadable):
        unseal(before)


def test_a_lost_key_is_told_with_whom_it_concerns(settings):
    """Where no key opens a secret, the command names its owner and leaves it as it is; the others are sealed anew."""
    settings.CHAOCE_FACTOR_KEYS = [OTHER]
    lost, kept = person(), person()
    TOTP.activate(lost, generate_totp_secret())
    settings.CHAOCE_FACTOR_KEYS = [OLD]
    TOTP.activate(kept, generate_totp_secret())
    before = Authenticator.objects.get(user=lost).data
    settings.CHAOCE_FACTOR_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match=lost.email) as told:
        call_command("reseal_factors", stdout=StringIO())
    assert kept.email not in str(told.value) and Authenticator.objects.get(user=lost).data == before
    settings.CHAOCE_FACTOR_KEYS = [NEW]
    assert unseal(Authenticator.objects.get(user=kept).data["secret"])


def test_what_was_never_sealed_is_no_secret():
    """Whoever can write into the database but has no key cannot give somebody a factor of his own."""
    user, secret = person(), generate_totp_secret()
    row = Authenticator.objects.create(user=user, type="totp", data={"secret": secret})
    with pytest.raises(Unreadable):
        row.wrap().validate_code(digits_of(secret))


def test_the_migration_seals_what_lay_in_clear_and_opens_it_on_the_way_back():
    """An installation that has secrets in clear goes on with them, sealed; passkeys stay as they are; twice is once."""
    migration = importlib.import_module("chaoce.service.people.migrations.0003_sealed_factors")
    user, secret = person(), generate_totp_secret()
    totp = Authenticator.objects.create(user=user, type="totp", data={"secret": secret})
    codes = Authenticator.objects.create(user=user, type="recovery_codes", data={"migrated_codes": ["12345678"], "used_mask": 0})
    key = Authenticator.objects.create(user=user, type="webauthn", data={"name": "key", "secret": "public"})
    migration.seal_all(apps, None)
    migration.seal_all(apps, None)
    for row in (totp, codes, key):
        row.refresh_from_db()
    assert is_sealed(totp.data["secret"]) and totp.wrap().validate_code(digits_of(secret))
    assert "12345678" not in str(codes.data) and codes.wrap().get_unused_codes() == ["12345678"]
    assert key.data == {"name": "key", "secret": "public"}
    migration.open_all(apps, None)
    totp.refresh_from_db()
    assert totp.data == {"secret": secret}
