"""The pages, group by group."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from chaoce.service.pages import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("language/", views.language, name="language"),
    path("switch/", views.switch, name="switch"),
]

_GROUPS = {
    "": "chaoce.service.pages.account.urls",
    "firm/": "chaoce.service.pages.firm.urls",
    "review/": "chaoce.service.pages.review.urls",
    "calls/": "chaoce.service.pages.calls.urls",
    "lists/": "chaoce.service.pages.lists.urls",
    "office/": "chaoce.service.pages.office.urls",
    "messages/": "chaoce.service.pages.messages.urls",
    "papers/": "chaoce.service.pages.papers.urls",
    "tokens/": "chaoce.service.pages.tokens.urls",
    "api/": "chaoce.service.api.urls",
}
for prefix, module in _GROUPS.items():
    if find_spec(module.rpartition(".")[0]) and find_spec(module):
        try:
            urlpatterns.append(path(prefix, include(module)))
        except ImportError as fault:  # while the groups are being built; the list becomes plain includes at the end
            print(f"{module} is left out: {fault}", file=sys.stderr)
