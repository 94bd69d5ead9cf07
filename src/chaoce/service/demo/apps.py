"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """What only the demonstration has."""

    name = "chaoce.service.demo"
    label = "demo"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Its own views come with their rights: where the app is not installed, the table has nothing of them."""
        from chaoce.service.people.rights import PUBLIC, RIGHTS

        RIGHTS.update({"demo:enter": PUBLIC, "demo:code": PUBLIC})
