"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class FactsConfig(AppConfig):
    """The facts of a firm and what it has received."""

    name = "chaoce.service.facts"
    label = "facts"
    default_auto_field = "django.db.models.BigAutoField"
