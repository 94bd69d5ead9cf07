"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class MessagesPagesConfig(AppConfig):
    """The messages of a person."""

    name = "chaoce.service.pages.messages"
    label = "pages_messages"
