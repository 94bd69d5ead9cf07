"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Applications, from draft to decision."""

    name = "chaoce.service.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"
