"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class OfficePagesConfig(AppConfig):
    """The pages of the programme office."""

    name = "chaoce.service.pages.office"
    label = "pages_office"
