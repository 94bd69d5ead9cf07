"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """Official lists imported by departments."""

    name = "chaoce.service.lists"
    label = "lists"
    default_auto_field = "django.db.models.BigAutoField"
