"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class CallsPagesConfig(AppConfig):
    """The pages of calls."""

    name = "chaoce.service.pages.calls"
    label = "pages_calls"
