"""`fill_places`: the departments that the policies name, and the towns, as far as they are not there yet."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from chaoce.service.people.places import fill_places


class Command(BaseCommand):
    """Run after every migration: a new policy may name a department that the others did not."""

    help = "Departments that the policies name, and towns, as far as they are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        """Says how many were written."""
        self.stdout.write(f"fill_places: {fill_places()}")
