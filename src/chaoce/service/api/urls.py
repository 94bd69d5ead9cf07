"""Addresses of the API."""

from __future__ import annotations

from django.urls import path, re_path

from chaoce.service.api import app, views

urlpatterns = [
    path("v1/openapi.json", views.openapi, name="api_openapi"),
    path("v1/", app.patterns()),
    re_path(r"^(?:v1/?.*)?$", views.nothing, name="api_nothing"),
]
