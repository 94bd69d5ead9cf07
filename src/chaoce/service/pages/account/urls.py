"""Addresses of the pages of accounts and people."""

from __future__ import annotations

from django.urls import path

from chaoce.service.pages.account import people, views

app_name = "account"

urlpatterns = [
    path("account/", views.home, name="home"),
    path("account/sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("people/", people.of_firm, name="people"),
    path("staff/", people.of_city, name="staff"),
    path("people/invitations/<int:pk>/cancel/", people.cancel, name="cancel"),
    path("people/memberships/<int:pk>/end/", people.end, name="end"),
    path("staff/<int:pk>/second-factor/", people.reset_factor, name="reset_factor"),
]
