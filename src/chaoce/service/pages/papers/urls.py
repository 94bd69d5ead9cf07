"""Where the papers of a case are."""

from __future__ import annotations

from django.urls import path

from chaoce.service.pages.papers import views

app_name = "papers"
urlpatterns = [
    path("<int:pk>/", views.list_papers, name="list"),
    path("<int:pk>/application.pdf", views.application, name="application"),
    path("<int:pk>/receipt.pdf", views.receipt, name="receipt"),
    path("<int:pk>/correction-<int:correction>.pdf", views.correction, name="correction"),
    path("<int:pk>/decision.pdf", views.decision, name="decision"),
    path("<int:pk>/case.zip", views.bundle, name="bundle"),
]
