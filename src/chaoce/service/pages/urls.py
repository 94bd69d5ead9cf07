"""The pages, group by group."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from chaoce.service.pages import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("language/", views.language, name="language"),
    path("switch/", views.switch, name="switch"),
    path("", include("chaoce.service.pages.account.urls")),
    path("firm/", include("chaoce.service.pages.firm.urls")),
    path("review/", include("chaoce.service.pages.review.urls")),
    path("calls/", include("chaoce.service.pages.calls.urls")),
    path("lists/", include("chaoce.service.pages.lists.urls")),
    path("office/", include("chaoce.service.pages.office.urls")),
    path("messages/", include("chaoce.service.pages.messages.urls")),
    path("papers/", include("chaoce.service.pages.papers.urls")),
    path("tokens/", include("chaoce.service.pages.tokens.urls")),
    path("api/", include("chaoce.service.api.urls")),
]
