"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class PlanConfig(AppConfig):
    """The policies in force, the year's decisions, assessments."""

    name = "chaoce.service.plan"
    label = "plan"
    default_auto_field = "django.db.models.BigAutoField"
