"""`reseal_factors`: after a new key was put first, everything is sealed with it, and the older ones may go."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from chaoce.service.people.sealing import Unreadable, reseal, with_secrets


class Command(BaseCommand):
    """Seals the secrets of all second factors with the first key."""

    help = "Seals the secrets of all second factors with the first key of CHAOCE_FACTOR_KEYS; the other keys may then be removed."

    def handle(self, *args: Any, **options: Any) -> None:
        """All that can be read; says whose cannot, and then fails: their owners need a reset by the programme office."""
        done, lost = 0, []
        with transaction.atomic():
            for row in (
                Authenticator.objects.select_for_update(of=("self",)).select_related("user").exclude(type=Authenticator.Type.WEBAUTHN)
            ):
                try:
                    row.data = with_secrets(row.data, reseal)
                except Unreadable:
                    lost.append(row.user.email)
                    continue
                row.save(update_fields=["data"])
                done += 1
        self.stdout.write(f"sealed with the first key: {done}")
        if lost:
            raise CommandError(f"no key opens those of {', '.join(sorted(set(lost)))}; the programme office can take them away")
