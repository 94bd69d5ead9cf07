"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Messages to people, in the service and by mail."""

    name = "chaoce.service.messaging"
    label = "messaging"
    default_auto_field = "django.db.models.BigAutoField"
