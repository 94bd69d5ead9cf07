"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ReviewPagesConfig(AppConfig):
    """The departments' pages."""

    name = "chaoce.service.pages.review"
    label = "pages_review"
    default_auto_field = "django.db.models.BigAutoField"
