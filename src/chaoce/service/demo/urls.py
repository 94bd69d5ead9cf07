"""The service's addresses, and those of the demonstration."""

from __future__ import annotations

from django.urls import include, path

from chaoce.service import urls
from chaoce.service.demo import views

handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500

_DEMO = [
    path("<slug:key>/enter/", views.enter, name="enter"),
    path("<slug:key>/code/", views.code, name="code"),
]
urlpatterns = [*urls.urlpatterns, path("demo/", include((_DEMO, "demo")))]
