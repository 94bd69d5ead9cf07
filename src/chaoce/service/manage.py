"""Django's own commands: `python -m chaoce.service.manage …`, with the settings that DJANGO_SETTINGS_MODULE names, else production's."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chaoce.service.settings.production")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
