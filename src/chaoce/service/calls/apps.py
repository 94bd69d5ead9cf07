"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """Calls for applications and their guides."""

    name = "chaoce.service.calls"
    label = "calls"
    default_auto_field = "django.db.models.BigAutoField"
