"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    """The database itself: its two roles and extensions."""

    name = "chaoce.service.database"
    label = "database"
    default_auto_field = "django.db.models.BigAutoField"
