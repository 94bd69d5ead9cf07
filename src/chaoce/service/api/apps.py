"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The service for programs."""

    name = "chaoce.service.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
