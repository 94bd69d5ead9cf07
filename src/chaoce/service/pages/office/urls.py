"""Where the pages of the programme office are."""

from __future__ import annotations

from django.urls import path

from chaoce.service.pages.office import decisions, overview, policy, record

app_name = "office"
urlpatterns = [
    path("", overview.show, name="overview"),
    path("decisions/", decisions.show, name="decisions"),
    path("record/", record.show, name="audit"),
    path("record/export/", record.export, name="audit_export"),
    path("policy/", policy.first, name="policies"),
    path("policy/<slug:policy_id>/", policy.show, name="policy"),
]
