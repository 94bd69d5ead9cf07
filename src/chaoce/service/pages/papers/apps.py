"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class PapersPagesConfig(AppConfig):
    """The papers of a case to be read and taken along."""

    name = "chaoce.service.pages.papers"
    label = "pages_papers"
