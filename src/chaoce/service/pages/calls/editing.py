"""Making a call, writing its guide, publishing it, moving its window, ending it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chaoce.service.calls import keeping
from chaoce.service.calls.keeping import MOST_ITEMS
from chaoce.service.calls.models import Call
from chaoce.service.cases.faults import Refused
from chaoce.service.pages.calls.forms import CallForm, GuideForm, WindowForm, read_evidence, read_rules, rule_rows
from chaoce.service.pages.calls.showing import call_of, shown
from chaoce.service.people.models import Membership


def _member(request: HttpRequest) -> Membership:
    return request.member  # type: ignore[attr-defined,no-any-return]


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new call; its guide is drawn from the rules of the benefits chosen."""
    member = _member(request)
    form = CallForm(request.POST or None, member=member)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            call = keeping.make(
                member, given["year"], given["zh"], given["en"], form.pairs(), given["opens_at"], given["closes_at"], given["lead"]
            )
        except Refused as refused:
            for text in refused.points or [refused.text]:
                form.add_error(None, text)
        else:
            messages.success(request, _("The call is drafted. Look through its guide, then publish it."))
            return redirect("calls:edit", call.pk)
    return render(request, "calls/new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins a new version of the guide, as a copy of the last."""
    return _do(request, pk, lambda call: keeping.new_version(call, _member(request)), "calls:edit")


@require_http_methods(["GET", "HEAD", "POST"])
def guide(request: HttpRequest, pk: int) -> HttpResponse:
    """The version of the guide that is being written."""
    member, call = _member(request), call_of(request, pk)
    draft = keeping.draft_of(call)
    if draft is None or not keeping.may_keep(member, call.lead):
        messages.warning(request, _("There is no version to write; begin a new one first."))
        return redirect("calls:detail", pk)
    form, data, points = GuideForm(draft), None, []
    if request.method == "POST":
        form, data = GuideForm(draft, request.POST), request.POST
        if form.is_valid():
            changes = {**form.cleaned_data, "rules": read_rules(data), "evidence": read_evidence(data)}
            try:
                keeping.write(draft, member, changes)
            except Refused as refused:
                points = refused.points or [refused.text]
            else:
                messages.success(request, _("Saved."))
                return redirect("calls:edit", pk)
    items = draft.evidence if data is None else read_evidence(data)
    blank = {"code": "", "zh": "", "en": "", "required": False, "benefit": "", "unless": []}
    context: dict[str, Any] = {
        "call": call,
        "guide": draft,
        "form": form,
        "rules": rule_rows(draft, data),
        "items": [*items, *[blank] * min(3, MOST_ITEMS - len(items))],
        "benefits": sorted(name for _policy, name in call.pairs),
        "points": points,
        "missing": keeping.wrong_in(draft, publishing=True),
        "publishes": keeping.may_publish(member, call.lead),
    }
    return render(request, "calls/edit.html", context, status=422 if points or form.errors else 200)


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publishes the version that was being written."""
    return _do(
        request, pk, lambda call: keeping.publish(call, _member(request)), "calls:detail", _("Published. It does not change any more.")
    )


@require_POST
def window(request: HttpRequest, pk: int) -> HttpResponse:
    """Moves the window."""
    call = call_of(request, pk)
    form = WindowForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            keeping.move_window(call, _member(request), given["opens_at"], given["closes_at"], given["why"])
        except Refused as refused:
            form.add_error(None, " ".join([refused.text, *refused.points]))
        else:
            messages.success(request, _("The window is moved."))
            return redirect("calls:detail", pk)
    return render(request, "calls/detail.html", shown(request, call, window=form), status=422)


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a call before its time."""
    why = request.POST.get("why", "")
    return _do(request, pk, lambda call: keeping.end(call, _member(request), why), "calls:detail", _("The call is ended."))


def _do(request: HttpRequest, pk: int, act: Callable[[Call], object], then: str, done: str = "") -> HttpResponse:
    """Acts on a call, says what came of it, and shows a page of the call."""
    call = call_of(request, pk)
    try:
        act(call)
    except Refused as refused:
        messages.error(request, " ".join([refused.text, *refused.points]))
        return redirect("calls:detail", pk)
    if done:
        messages.success(request, done)
    return redirect(then, pk)
