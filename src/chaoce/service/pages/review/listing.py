"""The queue: its list, kept views, the workbook, and steps over several cases."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chaoce.service.calls.models import Call
from chaoce.service.cases import bulk, queue
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import BulkRun, Case, SavedView
from chaoce.service.cases.queue import TABS, TASKS, Wanted
from chaoce.service.pages.review.export import MOST, workbook
from chaoce.service.people.models import Membership, Town
from chaoce.service.people.roles import DEPARTMENT, Role

PAGE = 25
#: What of a query makes a view; the page of a list is none of it.
_KEPT = ("tab", "q", "state", "call", "town", "verdict", "stops", "late", "mine", "sort")
#: Kept views that a person may have.
_MOST_VIEWS = 30


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The list."""
    member: Membership = request.member  # type: ignore[attr-defined]
    wanted = Wanted.of(request.GET, member)
    query = kept_query(request.GET)
    if request.session.get("review_queue") != query:  # each time that it is set the session is written
        request.session["review_queue"] = query
    tabs = queue.counts(member, wanted)
    pages = Paginator(queue.queue(member, wanted), PAGE)
    pages.count = tabs[wanted.tab]  # counted already
    page = pages.get_page(request.GET.get("page"))
    for case in page.object_list:
        case.waited = queue.waiting(case)  # type: ignore[attr-defined]
        case.task_label = TASKS.get(case.task, "")  # type: ignore[attr-defined]
    context = {
        "page": page,
        "wanted": wanted,
        "tabs": [(name, TABS[name], tabs[name]) for name in tabs],
        "states": [(state.value, state.label) for state in State if state != State.DRAFT],
        "calls": Call.objects.filter(pk__in=Case.objects.seen_by(member).order_by().values("call")).order_by("-year", "pk"),
        "towns": Town.objects.all() if member.role != Role.TOWN else [],
        "sorts": queue.SORTS.items(),
        "views": [(view, view.query == query) for view in SavedView.objects.filter(user=member.user_id)],
        "query": query,
        "department": Role(member.role) in DEPARTMENT,
        "bulk_actions": list(bulk.ACTIONS.items()) if Role(member.role) in DEPARTMENT else [],
        "token": bulk.new_token(),
        "most": MOST,
    }
    return render(request, "review/queue.html", context)


def kept_query(given: QueryDict) -> str:
    """What of a query makes a view, in one order."""
    kept = QueryDict(mutable=True)
    for name in _KEPT:
        if given.get(name):
            kept[name] = given[name].replace("\x00", "")[:80]  # type: ignore[union-attr]
    return kept.urlencode()


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The filtered list as XLSX."""
    member: Membership = request.member  # type: ignore[attr-defined]
    rows = queue.queue(member, Wanted.of(request.GET, member))[:MOST]
    name = f"{_('applications')}-{timezone.localdate().isoformat()}.xlsx"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FileResponse(workbook(rows), as_attachment=True, filename=name, content_type=kind)  # type: ignore[return-value]


# Kept views.


def _to(query: str) -> HttpResponse:
    return redirect(reverse("review:queue") + (f"?{query}" if query else ""))


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keeps the filters under a name; the same name again keeps the new filters."""
    query = kept_query(QueryDict(request.POST.get("query", "")[:2000]))[:500]
    name = request.POST.get("name", "").replace("\x00", "").strip()[:60]
    mine = SavedView.objects.filter(user=request.user)  # type: ignore[misc]
    if not name:
        messages.error(request, _("Give the view a name."))
    elif mine.count() >= _MOST_VIEWS and not mine.filter(name=name).exists():
        messages.error(request, _("You keep %(most)s views already; delete one first.") % {"most": _MOST_VIEWS})
    else:
        SavedView.objects.update_or_create(user=request.user, name=name, defaults={"query": query})  # type: ignore[misc]
        messages.success(request, _("The view “%(name)s” is kept.") % {"name": name})
    return _to(query)


@require_POST
def rename_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name for a kept view."""
    view = get_object_or_404(SavedView, pk=pk, user=request.user)
    name = request.POST.get("name", "").replace("\x00", "").strip()[:60]
    if not name:
        messages.error(request, _("Give the view a name."))
        return _to(view.query)
    view.name = name
    try:
        with transaction.atomic():
            view.save()
        messages.success(request, _("The view is called “%(name)s” now.") % {"name": name})
    except IntegrityError:
        messages.error(request, _("You have another view called “%(name)s”.") % {"name": name})
    return _to(view.query)


@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Forgets a kept view; the cases are untouched."""
    view = SavedView.objects.filter(pk=pk, user=request.user).first()  # type: ignore[misc]
    if view is not None:
        view.delete()
        messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    return _to("")


# Several cases at once.


@require_POST
def over_several(request: HttpRequest) -> HttpResponse:
    """Takes a step in each of the cases that were ticked; pressed twice it is taken once."""
    member: Membership = request.member  # type: ignore[attr-defined]
    try:
        run = bulk.run(request.POST.get("token", ""), member, request.POST.get("action", ""), list(_chosen(request.POST.getlist("case"))))
    except Refused as refused:
        messages.error(request, refused.text)
        return _to(request.session.get("review_queue", ""))
    return redirect("review:bulk_result", run.token)


def _chosen(values: list[str]) -> list[tuple[int, int]]:
    """(case, version) of boxes like `17:4`; anything else is left out."""
    found = []
    for value in values[: bulk.MOST + 1]:
        case, _colon, version = value.partition(":")
        if (case + version).isascii() and case.isdigit() and version.isdigit() and len(case) < 19 and len(version) < 10:
            found.append((int(case), int(version)))
    return found


@require_GET
def bulk_result(request: HttpRequest, token: str) -> HttpResponse:
    """What a press over several cases did, case by case."""
    run = get_object_or_404(BulkRun, token=token, user=request.user)
    done = [(pk, number) for pk, number, why in run.results if not why]
    left = [(pk, number, why) for pk, number, why in run.results if why]
    seen = set(Case.objects.seen_by(request.member).filter(pk__in=[row[0] for row in run.results]).values_list("pk", flat=True))  # type: ignore[attr-defined]
    context = {
        "run": run, "action": bulk.ACTIONS[run.action], "done": done, "left": left, "seen": seen,
        "unfinished": run.asked - len(run.results), "back": request.session.get("review_queue", ""),
    }  # fmt: skip
    return render(request, "review/bulk.html", context)
