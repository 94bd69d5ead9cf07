"""The case on one page, and every step that is taken on it.

A step that cannot be taken comes back as the same page with its reason and with all that was typed; a page on which somebody else
has been at work meanwhile shows the case as it is now, and the typed words below, to be looked at and sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chaoce.money import say_yuan
from chaoce.service.cases import queue, steps
from chaoce.service.cases.faults import Refused, Stale
from chaoce.service.cases.models import Case
from chaoce.service.cases.workdays import after_workdays, announced
from chaoce.service.pages.review import forms as asked
from chaoce.service.pages.review.shown import Shown
from chaoce.service.people.models import Membership
from chaoce.service.people.rights import RIGHTS

#: Findings whose words may go to the firm as a point of a correction: they name nothing but its own papers.
_FOR_THE_FIRM = (
    "buyer",
    "red_invoice",
    "sums",
    "copies",
    "tax_ids",
    "invoice",
    "above_invoice",
    "outside_term",
    "records_years",
    "own_word",
    "evidence",
)

#: Steps that stand in the card of steps; the others stand where they belong.
_STEPS = {"accept", "close_review", "make_ready", "verdict", "send_back", "go_on", "return_to_review", "reopen", "ask", "decide"}

Take = Callable[[Case, Membership, int, dict[str, Any]], object]


def _case(request: HttpRequest, pk: int) -> Case:
    rows = Case.objects.seen_by(request.member).select_related(  # type: ignore[attr-defined]
        "call", "call__lead", "guide", "firm", "firm__town", "submitted_by", "decided_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The case, as the reader may see it."""
    return page(request, _case(request, pk))


def page(
    request: HttpRequest, case: Case, typed: dict[str, forms.Form] | None = None, points: asked.Points | None = None,
    refused: Refused | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page of a case; `typed` are forms as they were sent, by their name."""
    member: Membership = request.member  # type: ignore[attr-defined]
    shown = Shown(case, member)
    if "decide" in shown.may:
        shown.reckon()
    given = _forms(shown) | (typed or {})
    for one in shown.checks:
        one.form = given.get(f"clear{one.row.pk}")  # type: ignore[attr-defined]
    for line in shown.shown_lines.values():
        line.form = given.get(f"lower{line.line.pk}")  # type: ignore[attr-defined]
    decide = given.get("decide")
    if isinstance(decide, asked.DecideForm):
        for row, amount, why, seen in decide.rows():
            shown.shown_lines[row.pk].decide = (amount, why, seen)  # type: ignore[attr-defined]
    context = {
        "case": case,
        "shown": shown,
        "forms": given,
        "points": points or _points(shown),
        "refused": refused,
        "stale": isinstance(refused, Stale),
        "typed": typed or {},
        "talk": "firm" if request.GET.get("talk") == "firm" or "to_firm" in (typed or {}) or not shown.inside else "inside",
        "has_tasks": "todo" in queue.tabs_of(member),
        "joint": list(case.call.joint.all()),
        "may_firm": RIGHTS["review:firm"].allows(member.role, safe=True),
        "steps_there": bool(shown.may & _STEPS),
        "back": request.session.get("review_queue", ""),
        "announced": announced(timezone.localdate().year),
        "today": timezone.localdate(),
    }
    return render(request, "review/case.html", context, status=status)


def _forms(shown: Shown) -> dict[str, forms.Form]:
    """An empty form of every step that is offered."""
    made: dict[str, forms.Form] = {}
    for name, form in (("go_on", asked.Why), ("return_to_review", asked.Why), ("reopen", asked.Why), ("answer", asked.AnswerForm)):
        if name in shown.may:
            made[name] = form(auto_id=f"{name}_%s")
    if "verdict" in shown.may:
        own = shown.own_review
        begun = {"verdict": own.verdict, "opinion": own.opinion} if own is not None and own.verdict else None
        made["verdict"] = asked.VerdictForm(auto_id="verdict_%s", initial=begun)
    if "send_back" in shown.may:
        deadline = after_workdays(timezone.localdate(), shown.case.guide.correction_days)
        made["send_back"] = asked.SendBackForm(auto_id="send_back_%s", initial={"deadline": deadline})
    made |= {name: asked.RemarkForm(auto_id=f"{name}_%s") for name in ("inside", "to_firm") if name in shown.may}
    if "ask" in shown.may:
        made["ask"] = asked.AskForm(auto_id="ask_%s")
    if "visit" in shown.may:
        made["visit"] = asked.VisitForm(auto_id="visit_%s", initial={"day": timezone.localdate()})
    if "decide" in shown.may:
        made["decide"] = asked.DecideForm(auto_id="decide_%s", lines=shown.lines, now=shown.now)
    if "clear" in shown.may:
        made |= {f"clear{one.row.pk}": asked.ClearForm(auto_id=f"clear{one.row.pk}_%s") for one in shown.failing if one.open}
    if "lower" in shown.may:
        for line in shown.lines:
            begun = {"amount": asked.first_amount(line), "why": line.lowered_why}
            made[f"lower{line.pk}"] = asked.LowerForm(auto_id=f"lower{line.pk}_%s", initial=begun)
    return made


def _points(shown: Shown) -> asked.Points:
    """The findings that the firm could put right, to begin a correction with."""
    if "send_back" not in shown.may:
        return asked.Points([])
    return asked.Points(
        [
            (one.text, str(one.row.particulars.get("fact", "")))
            for one in shown.failing
            if one.row.code in _FOR_THE_FIRM and one.row.stops and one.row.cleared_at is None
        ]
    )


@require_GET
def following(request: HttpRequest) -> HttpResponse:
    """To the next case that is the reader's to do, but not the one that `but` names; to the queue where there is none. It is looked for
    when somebody asks, not on every page of a case."""
    member: Membership = request.member  # type: ignore[attr-defined]
    but = request.GET.get("but", "")
    found = (
        queue.next_to_do(member, int(but) if but.isascii() and but.isdigit() and len(but) < 19 else None) if queue.tasks(member) else None
    )
    if found is None:
        messages.info(request, _("Nothing else is yours to do."))
        return redirect("review:queue")
    return redirect("review:case", found)


# Steps.


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _take(request: HttpRequest, pk: int, name: str, form: forms.Form, take: Take, done: str, at: str = "") -> HttpResponse:
    """Takes a step with what a form says; else the page again, with why not and with all that was typed."""
    case = _case(request, pk)
    member: Membership = request.member  # type: ignore[attr-defined]
    points = asked.Points.of(request.POST) if name == "send_back" else None
    if not form.is_valid():
        return page(request, case, {name: form}, points, status=422)
    try:
        take(case, member, _version(request), form.cleaned_data)
    except Refused as refused:
        return page(request, _case(request, pk), {name: form}, points, refused, status=409 if isinstance(refused, Stale) else 422)
    messages.success(request, done)
    return redirect(_address(pk, at))


def _address(pk: int, at: str) -> str:
    return reverse("review:case", args=[pk]) + at


def _plain(name: str, form: type[forms.Form], take: Take, done: Callable[[], str], at: str = "") -> Callable[..., HttpResponse]:
    """The view of a step whose form needs nothing of the case."""

    @require_POST
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        return _take(request, pk, name, form(request.POST, auto_id=f"{name}_%s"), take, done(), at)

    view.__name__ = name
    return view


accept = _plain("accept", asked.Empty, lambda c, m, v, d: steps.accept(c, m, v), lambda: _("Accepted: the departments review it together."))
look_again = _plain(
    "look_again", asked.Empty, lambda c, m, v, d: steps.look_again(c, m, v), lambda: _("The checks have been run anew."), "#checks"
)
close_review = _plain("close_review", asked.Empty, lambda c, m, v, d: steps.close_review(c, m, v), lambda: _("The review is closed."))
make_ready = _plain("make_ready", asked.Empty, lambda c, m, v, d: steps.make_ready(c, m, v), lambda: _("Released for the notice."))
go_on = _plain("go_on", asked.Why, lambda c, m, v, d: steps.go_on(c, m, v, d["why"]), lambda: _("The case goes on as it is."))
return_to_review = _plain(
    "return_to_review", asked.Why, lambda c, m, v, d: steps.return_to_review(c, m, v, d["why"]), lambda: _("Returned to review.")
)
reopen = _plain(
    "reopen",
    asked.Why,
    lambda c, m, v, d: steps.reopen(c, m, v, d["why"]),
    lambda: _("The case is open again; what it granted no longer stands."),
)
verdict = _plain(
    "verdict",
    asked.VerdictForm,
    lambda c, m, v, d: steps.give_verdict(c, m, v, d["verdict"], d["opinion"]),
    lambda: _("The finding of your department is recorded; it may be changed until the review is closed."),
)
inside = _plain(
    "inside",
    asked.RemarkForm,
    lambda c, m, v, d: steps.remark(c, m, v, d["text"], True),
    lambda: _("Written inside; the firm does not see it."),
    "#talk",
)
to_firm = _plain(
    "to_firm",
    asked.RemarkForm,
    lambda c, m, v, d: steps.remark(c, m, v, d["text"], False),
    lambda: _("Sent to the firm."),
    "?talk=firm#talk",
)
ask = _plain(
    "ask",
    asked.AskForm,
    lambda c, m, v, d: steps.ask_expert(c, m, v, d["expert"], d["question"]),
    lambda: _("The expert is asked, and sees the case from now on."),
)
visit = _plain(
    "visit",
    asked.VisitForm,
    lambda c, m, v, d: steps.report_visit(c, m, v, d["day"], d["report"], d["sound"] == "1", d["on_site"] == "1"),
    lambda: _("The report is with the departments."),
)
answer = _plain(
    "answer",
    asked.AnswerForm,
    lambda c, m, v, d: steps.answer_as_expert(c, m, v, d["text"], d["recused"]),
    lambda: _("Your answer is with the departments."),
)


@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends the list of points; `more` asks only for another line to write on."""
    form = asked.SendBackForm(request.POST, auto_id="send_back_%s")
    if "more" in request.POST:
        points = asked.Points.of(request.POST, more=1)
        return page(
            request, _case(request, pk), {"send_back": asked.SendBackForm(auto_id="send_back_%s", initial=request.POST.dict())}, points
        )
    wanted = asked.Points.of(request.POST).points
    return _take(
        request, pk, "send_back", form, lambda c, m, v, d: steps.send_back(c, m, v, wanted, d["deadline"]),
        _("Sent back to the firm; the clock stands until it answers."),
    )  # fmt: skip


@require_POST
def lower(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Lowers a line, or takes the lower amount back."""
    if "undo" in request.POST:
        return _take(
            request, pk, f"lower{line}", asked.Empty(request.POST), lambda c, m, v, d: steps.lower(c, m, v, line, None, ""),
            _("The lower amount is taken back."), f"#line{line}",
        )  # fmt: skip
    form = asked.LowerForm(request.POST, auto_id=f"lower{line}_%s")
    return _take(
        request, pk, f"lower{line}", form, lambda c, m, v, d: steps.lower(c, m, v, line, d["amount"], d["why"]),
        _("The amount is lowered; the head decides on it."), f"#line{line}",
    )  # fmt: skip


@require_POST
def clear(request: HttpRequest, pk: int, check: int) -> HttpResponse:
    """Clears a finding with its reason."""
    form = asked.ClearForm(request.POST, auto_id=f"clear{check}_%s")
    return _take(
        request,
        pk,
        f"clear{check}",
        form,
        lambda c, m, v, d: steps.clear_check(c, m, v, check, d["why"]),
        _("The finding is cleared."),
        "#checks",
    )


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decides on the amounts that were seen: where one of them is another by now, nothing is decided and the new one is shown."""
    case = _case(request, pk)
    lines = list(case.lines.select_related("fact"))
    form = asked.DecideForm(request.POST, auto_id="decide_%s", lines=lines, now={})

    def take(case: Case, member: Membership, version: int, _data: dict[str, Any]) -> None:
        with transaction.atomic():
            decided = steps.decide(case, member, version, form.grants(), form.cleaned_data["why"])
            seen = form.seen()
            other = [line for line in decided.lines.select_related("fact") if line.computed != seen[line.pk]]
            if other:
                raise Stale(
                    _("Nothing was decided: what is computed has changed since you opened the page."),
                    [
                        _("“%(fact)s”: %(now)s yuan now, %(seen)s yuan on your page.")
                        % {"fact": line.fact.key, "now": say_yuan(line.computed or 0), "seen": say_yuan(seen[line.pk])}
                        for line in other
                    ],
                )

    return _take(request, pk, "decide", form, take, _("Decided. The firm is told."))
