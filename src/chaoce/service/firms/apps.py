"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class FirmsConfig(AppConfig):
    """Firms and their registration."""

    name = "chaoce.service.firms"
    label = "firms"
    default_auto_field = "django.db.models.BigAutoField"
