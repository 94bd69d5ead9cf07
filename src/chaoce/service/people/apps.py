"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """People, their roles and rights."""

    name = "chaoce.service.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
