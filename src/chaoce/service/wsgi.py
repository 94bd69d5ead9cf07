"""What a WSGI server such as gunicorn serves, with the settings that DJANGO_SETTINGS_MODULE names, else production's."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chaoce.service.settings.production")
application = get_wsgi_application()
