"""Where the pages of official lists are."""

from __future__ import annotations

from django.urls import path

from chaoce.service.pages.lists import acting, handing, listing, one

app_name = "lists"
urlpatterns = [
    path("", listing.facts, name="list"),
    path("received/", listing.received, name="received"),
    path("new/", handing.new, name="new"),
    path("template/", listing.template, name="template"),
    path("<int:pk>/", one.show, name="detail"),
    path("<int:pk>/progress/", one.progress, name="progress"),
    path("<int:pk>/preview/", one.preview, name="preview"),
    path("<int:pk>/download/", one.download, name="download"),
    path("<int:pk>/take/", acting.take, name="take"),
    path("<int:pk>/drop/", acting.drop, name="drop"),
    path("<int:pk>/again/", acting.again, name="again"),
    path("<int:pk>/alike/", acting.alike, name="alike"),
    path("<int:pk>/register/", acting.register_all, name="register_all"),
    path("<int:pk>/rows/<int:row>/choose/", acting.choose, name="choose"),
    path("<int:pk>/rows/<int:row>/register/", acting.register, name="register"),
]
