"""The addresses of a firm's pages."""

from __future__ import annotations

from django.urls import path

from chaoce.service.pages.firm import calls, cases, draft, facts, home, lines, onefile, uploads

app_name = "firm"
urlpatterns = [
    path("", home.home, name="home"),
    path("benefits/<slug:policy>/<slug:benefit>/", home.benefit, name="benefit"),
    path("files/", uploads.uploads, name="uploads"),
    path("files/receive/", uploads.receive, name="receive"),
    path("files/list/", uploads.listing, name="listing"),
    path("files/<uuid:pk>/", onefile.upload, name="upload"),
    path("files/<uuid:pk>/take-back/", onefile.take_back, name="take-back"),
    path("files/<uuid:pk>/bring-back/", onefile.bring_back, name="bring-back"),
    path("files/<uuid:pk>/download/", onefile.download, name="upload-file"),
    path("files/<uuid:pk>/picture/<int:page>/", onefile.picture, name="upload-picture"),
    path("files/<uuid:pk>/lines/<int:number>/", lines.line, name="line"),
    path("files/<uuid:pk>/lines/<int:number>/alike/", lines.alike, name="alike"),
    path("files/<uuid:pk>/lines/<int:number>/clear/", lines.clear, name="clear-line"),
    path("facts/", facts.facts, name="facts"),
    path("facts/state/", facts.choose, name="state-choose"),
    path("facts/state/<slug:kind>/", facts.state, name="state"),
    path("facts/<int:pk>/take-back/", facts.take_back, name="fact-take-back"),
    path("facts/<int:pk>/bring-back/", facts.bring_back, name="fact-bring-back"),
    path("calls/", calls.calls, name="calls"),
    path("calls/<int:pk>/", calls.call, name="call"),
    path("calls/<int:pk>/apply/", calls.apply, name="apply"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("cases/<int:pk>/draft/", draft.draft, name="draft"),
    path("cases/<int:pk>/save/", draft.save, name="save"),
    path("cases/<int:pk>/submit/", draft.submit, name="submit"),
    path("cases/<int:pk>/evidence/<str:code>/", draft.evidence, name="evidence"),
    path("cases/<int:pk>/withdraw/", cases.withdraw, name="withdraw"),
    path("cases/<int:pk>/write/", cases.write, name="write"),
]
