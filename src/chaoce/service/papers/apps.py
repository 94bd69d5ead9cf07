"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class PapersConfig(AppConfig):
    """Papers as PDF and the case file as ZIP."""

    name = "chaoce.service.papers"
    label = "papers"
    default_auto_field = "django.db.models.BigAutoField"
