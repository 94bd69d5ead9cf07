"""What is done with a list: firms chosen and registered, the list taken over, dropped, or begun again after it broke off."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from chaoce.service.cases.faults import Refused
from chaoce.service.lists import matching, takeover
from chaoce.service.lists.models import OfficialList, Row
from chaoce.service.pages.lists.forms import FirmForm
from chaoce.service.pages.lists.listing import member_of
from chaoce.service.pages.lists.one import list_of, tell
from chaoce.service.pages.views import back


def _refuse(request: HttpRequest, refused: Refused) -> None:
    messages.error(request, " ".join([refused.text, *refused.points]))


def _row(request: HttpRequest, pk: int, row: int) -> Row:
    return get_object_or_404(Row.objects.select_related("list"), pk=row, list=list_of(request, pk))


def _do(request: HttpRequest, pk: int, act: Callable[[], str]) -> HttpResponse:
    """Acts on a list and goes back to it, with what came of it."""
    list_of(request, pk)
    try:
        said = act()
    except Refused as refused:
        _refuse(request, refused)
    else:
        messages.success(request, said)
    return redirect("lists:detail", pk)


@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a list over."""

    def act() -> str:
        listed = takeover.begin(member_of(request), pk)
        if listed.state == OfficialList.State.TAKING:
            return _("The list is being taken over in the background.")
        return _("The list is taken over.")

    return _do(request, pk, act)


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Undoes a take-over, or puts a list aside that was not taken over."""

    def act() -> str:
        takeover.drop(member_of(request), pk, request.POST.get("why", ""))
        return _("The list is dropped. What it had added is withdrawn; nothing is deleted.")

    return _do(request, pk, act)


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins work again that broke off."""

    def act() -> str:
        takeover.begin_again(member_of(request), pk)
        return _("The work has begun again.")

    return _do(request, pk, act)


@require_POST
def alike(request: HttpRequest, pk: int) -> HttpResponse:
    """Chooses the firm of every row whose name is wholly that of one firm."""

    def act() -> str:
        count = matching.choose_exact(member_of(request), pk)
        return ngettext("%(n)s row is settled.", "%(n)s rows are settled.", count) % {"n": count}

    return _do(request, pk, act)


@require_POST
def register_all(request: HttpRequest, pk: int) -> HttpResponse:
    """Enters all firms into the register whose rows say enough."""

    def act() -> str:
        count = matching.register_all(member_of(request), pk)
        return ngettext("%(n)s firm is registered.", "%(n)s firms are registered.", count) % {"n": count}

    return _do(request, pk, act)


@require_POST
def choose(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Says which firm a row is about: one that is offered, one named by its tax id, or none. Answers HTMX with the row."""
    found, member = _row(request, pk, row), member_of(request)
    firm, uscc = request.POST.get("firm", ""), request.POST.get("uscc", "").strip()
    wrong = ""
    try:
        if uscc:
            matching.find(member, pk, found.number, uscc)
        else:
            matching.choose(member, pk, found.number, int(firm) if firm.isascii() and firm.isdecimal() and len(firm) < 19 else None)
    except Refused as refused:
        wrong = refused.text
    if request.headers.get("HX-Request") == "true":
        told = tell([_row(request, pk, row)], True)[0]
        return render(request, "lists/part_row.html", {"listed": found.list, "one": told, "wrong": wrong, "changes": True})
    if wrong:
        messages.error(request, wrong)
    return redirect(
        back(request, "lists:list") if request.POST.get("next") else "lists:detail", *([] if request.POST.get("next") else [pk])
    )


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Enters the firm of a row into the register, after the row; what it does not say is asked for."""
    found, member = _row(request, pk, row), member_of(request)
    if not matching.may_change(member, found.list):
        messages.error(request, _("This row is not there, or not for you."))
        return redirect("lists:detail", pk)
    form = FirmForm(request.POST if request.method == "POST" else None, matching.known_of(found))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            matching.register(member, pk, found.number, given["name"], given["industry"], given["division"], given["town"])
        except Refused as refused:
            form.add_error(None, refused.text)
        else:
            messages.success(request, _("The firm is in the register."))
            return redirect("lists:detail", pk)
    return render(request, "lists/register.html", {"form": form, "listed": found.list, "row": found}, status=422 if form.errors else 200)
