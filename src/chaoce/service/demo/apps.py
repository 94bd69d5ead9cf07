"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """What only the demonstration has."""

    name = "chaoce.service.demo"
    label = "demo"
    default_auto_field = "django.db.models.BigAutoField"
