"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ListPagesConfig(AppConfig):
    """The pages of official lists."""

    name = "chaoce.service.pages.lists"
    label = "pages_lists"
