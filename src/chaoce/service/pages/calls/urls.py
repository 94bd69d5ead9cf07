"""Where the pages of calls are."""

from __future__ import annotations

from django.urls import path

from chaoce.service.pages.calls import editing, showing

app_name = "calls"
urlpatterns = [
    path("", showing.every, name="list"),
    path("new/", editing.new, name="new"),
    path("<int:pk>/", showing.one, name="detail"),
    path("<int:pk>/guide/", editing.guide, name="edit"),
    path("<int:pk>/guide/begin/", editing.begin, name="begin"),
    path("<int:pk>/publish/", editing.publish, name="publish"),
    path("<int:pk>/window/", editing.window, name="window"),
    path("<int:pk>/end/", editing.end, name="end"),
]
