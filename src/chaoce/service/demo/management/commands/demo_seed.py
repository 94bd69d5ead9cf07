"""`demo_seed`: the demonstration's first data, where there is none yet."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from chaoce.service.demo.seed import seed


class Command(BaseCommand):
    """What `chaoce service run` calls after the migrations."""

    help = "The demonstration's accounts, firms, calls and cases; nothing where they are there."

    def handle(self, *args: Any, **options: Any) -> None:
        """Says what was made."""
        self.stdout.write(seed())
