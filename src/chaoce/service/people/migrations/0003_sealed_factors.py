"""Secrets of second factors that lie in clear are sealed; on the way back they are opened again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import migrations

from chaoce.service.people.sealing import is_sealed, seal, unseal, with_secrets


def _change(apps: Any, change: Callable[[str], str]) -> None:
    factors = apps.get_model("mfa", "Authenticator").objects.exclude(type="webauthn")
    for row in factors.iterator():
        row.data = with_secrets(row.data, change)
        row.save(update_fields=["data"])


def seal_all(apps: Any, schema_editor: Any) -> None:
    """Seals what is in clear."""
    _change(apps, lambda text: text if is_sealed(text) else seal(text))


def open_all(apps: Any, schema_editor: Any) -> None:
    """Opens what is sealed."""
    _change(apps, lambda text: unseal(text) if is_sealed(text) else text)


class Migration(migrations.Migration):
    dependencies = [("people", "0002_who_ended"), ("mfa", "0003_authenticator_type_uniq")]
    operations = [migrations.RunPython(seal_all, open_all)]
