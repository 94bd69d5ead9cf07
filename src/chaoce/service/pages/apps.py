"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """The pages."""

    name = "chaoce.service.pages"
    label = "pages"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hears of sign-ins, for the language."""
        from django.contrib.auth.signals import user_logged_in

        from chaoce.service.pages.language import signed_in

        user_logged_in.connect(signed_in, dispatch_uid="chaoce.language")
