"""Handing a list in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chaoce.service.cases.faults import Refused
from chaoce.service.documents.store import chunks_of
from chaoce.service.lists import importing
from chaoce.service.lists.models import OfficialList
from chaoce.service.pages.lists.forms import ListForm
from chaoce.service.pages.lists.listing import hands_in, member_of
from chaoce.service.people.roles import Role


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """First the type of fact, then the file with its document; finance hands in support received and is not asked for a type."""
    member = member_of(request)
    kind = OfficialList.Kind.RECEIVED if member.role == Role.FINANCE else OfficialList.Kind.FACTS
    corrects = _corrects(request, kind)
    types = importing.types()
    asked = request.GET.get("type") or (corrects.type if corrects is not None else "")
    type = types.get(asked) if kind == OfficialList.Kind.FACTS else None
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ListForm(data, files, member=member, kind=kind, type=type, corrects=corrects)
    if request.method == "POST" and hands_in(member, kind) and form.is_valid():
        listed = _hand_in(request, form, kind, asked if type is not None else "")
        if listed is not None:
            listed.refresh_from_db(fields=["state", "total"])
            if listed.unusable:
                messages.error(request, _("The file was read, but nothing of it can be used. What is wrong stands below."))
            elif listed.state == OfficialList.State.CHECKING:
                messages.info(request, _("The list is here and is being checked."))
            else:
                messages.success(request, _("The list is here. Look through its rows, then take it over."))
            return redirect("lists:detail", listed.pk)
    context: dict[str, Any] = {"form": form, "kind": kind, "types": types, "type": type, "asked": asked, "corrects": corrects}
    return render(request, "lists/new.html", context, status=422 if form.errors else 200)


def _corrects(request: HttpRequest, kind: str) -> OfficialList | None:
    pk = request.GET.get("corrects", "")
    rows = importing.correctable(member_of(request), kind)
    return rows.filter(pk=pk).first() if pk.isascii() and pk.isdecimal() and len(pk) < 19 else None


def _hand_in(request: HttpRequest, form: ListForm, kind: str, type: str) -> OfficialList | None:
    given = form.cleaned_data
    file = given["file"]
    before = given["supersedes"]
    try:
        return importing.hand_in(
            member_of(request),
            file.name,
            chunks_of(file),
            kind,
            given["title"],
            issuer=given["issuer"],
            issued_on=given["issued_on"],
            type=type,
            values=form.values(),
            supersedes=before.pk if before is not None else None,
            expected=file.size,
        )
    except Refused as refused:
        for text in refused.points or [refused.text]:
            form.add_error(None, text)
        return None
