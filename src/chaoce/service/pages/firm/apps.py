"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class FirmPagesConfig(AppConfig):
    """The pages of a firm."""

    name = "chaoce.service.pages.firm"
    label = "pages_firm"
