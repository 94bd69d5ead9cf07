"""The app."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class DatabaseConfig(AppConfig):
    """The database itself: its two roles and extensions."""

    name = "chaoce.service.database"
    label = "database"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Holds every connection to its role, and closes what could be open after each migration."""
        from chaoce.service.database.guard import after_migrating, check_role

        connection_created.connect(check_role)
        # This app has no models, for which Django sends no signal; the app of people stands for all.
        post_migrate.connect(after_migrating, sender=apps.get_app_config("people"))
