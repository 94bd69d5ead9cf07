"""Where the pages of programs are."""

from __future__ import annotations

from django.urls import path

from chaoce.service.pages.tokens import views

app_name = "tokens"
urlpatterns = [
    path("", views.list_tokens, name="list"),
    path("new/", views.create, name="create"),
    path("<int:pk>/end/", views.end_token, name="end"),
    path("reference/", views.reference, name="reference"),
]
