"""Where the pages of messages are."""

from __future__ import annotations

from django.urls import path

from chaoce.service.pages.messages import views

app_name = "messages"
urlpatterns = [
    path("", views.list_messages, name="list"),
    path("<int:pk>/open/", views.open_message, name="open"),
    path("<int:pk>/read/", views.mark_read, name="read"),
    path("read/", views.mark_all_read, name="read_all"),
    path("mails/", views.mails, name="mails"),
]
