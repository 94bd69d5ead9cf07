"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Files handed in and what was read in them."""

    name = "chaoce.service.documents"
    label = "documents"
    default_auto_field = "django.db.models.BigAutoField"
