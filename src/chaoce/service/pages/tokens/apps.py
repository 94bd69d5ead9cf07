"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class TokensPagesConfig(AppConfig):
    """Programs and their tokens."""

    name = "chaoce.service.pages.tokens"
    label = "pages_tokens"
