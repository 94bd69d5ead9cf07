"""Where the departments' pages are."""

from __future__ import annotations

from django.urls import path

from chaoce.service.pages.review import case, files, listing, places

app_name = "review"

urlpatterns = [
    path("", listing.show, name="queue"),
    path("export/", listing.export, name="export"),
    path("next/", case.following, name="next"),
    path("views/", listing.save_view, name="save_view"),
    path("views/<int:pk>/name/", listing.rename_view, name="rename_view"),
    path("views/<int:pk>/delete/", listing.delete_view, name="delete_view"),
    path("several/", listing.over_several, name="bulk"),
    path("several/<str:token>/", listing.bulk_result, name="bulk_result"),
    path("visits/", places.visits, name="visits"),
    path("firms/", places.firms, name="firms"),
    path("firms/<int:pk>/", places.firm, name="firm"),
    path("cases/<int:pk>/", case.show, name="case"),
    path("cases/<int:pk>/accept/", case.accept, name="accept"),
    path("cases/<int:pk>/look-again/", case.look_again, name="look_again"),
    path("cases/<int:pk>/send-back/", case.send_back, name="send_back"),
    path("cases/<int:pk>/go-on/", case.go_on, name="go_on"),
    path("cases/<int:pk>/finding/", case.verdict, name="verdict"),
    path("cases/<int:pk>/lines/<int:line>/lower/", case.lower, name="lower"),
    path("cases/<int:pk>/checks/<int:check>/clear/", case.clear, name="clear"),
    path("cases/<int:pk>/close/", case.close_review, name="close_review"),
    path("cases/<int:pk>/return/", case.return_to_review, name="return_to_review"),
    path("cases/<int:pk>/decide/", case.decide, name="decide"),
    path("cases/<int:pk>/ready/", case.make_ready, name="make_ready"),
    path("cases/<int:pk>/reopen/", case.reopen, name="reopen"),
    path("cases/<int:pk>/inside/", case.inside, name="inside"),
    path("cases/<int:pk>/to-firm/", case.to_firm, name="to_firm"),
    path("cases/<int:pk>/ask/", case.ask, name="ask"),
    path("cases/<int:pk>/visit/", case.visit, name="visit"),
    path("cases/<int:pk>/answer/", case.answer, name="answer"),
    path("cases/<int:pk>/files/<uuid:upload>/", files.download, name="file"),
    path("cases/<int:pk>/files/<uuid:upload>/source/", files.source, name="source"),
    path("cases/<int:pk>/files/<uuid:upload>/pages/<int:number>/", files.picture, name="picture"),
]
