"""Where every page is."""

from __future__ import annotations

from django.urls import include, path

handler400 = "chaoce.service.pages.faults.bad"
handler403 = "chaoce.service.pages.faults.forbidden"
handler404 = "chaoce.service.pages.faults.missing"
handler500 = "chaoce.service.pages.faults.broken"

urlpatterns = [
    path("", include("chaoce.service.pages.urls")),
    path("accounts/", include("chaoce.service.pages.account.sign_in")),
]
