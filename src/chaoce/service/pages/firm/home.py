"""A firm's home: what it is due now and why, what would bring more; and one benefit with its text and rule."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from chaoce.assessment.claims import Line
from chaoce.assessment.describe import describe, punctuated
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Case, Correction
from chaoce.service.documents.models import Upload
from chaoce.service.documents.settling import settlement
from chaoce.service.firms.models import Firm
from chaoce.service.pages.firm.common import firm_of, year_of, years
from chaoce.service.pages.firm.due import position
from chaoce.service.plan.sessions import policy_of, session_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the firm is due in a year."""
    firm, year = firm_of(request), year_of(request)
    now = position(firm, year)
    context = {"firm": firm, "now": now, "year": year, "years": years(), "todo": todo(firm)}
    context["empty"] = not now.facts and not now.received and not Upload.objects.kept().filter(firm=firm).exists()
    return render(request, "firm/home.html", context)


def todo(firm: Firm) -> dict[str, Any]:
    """What waits for the firm: claims to confirm, corrections, drafts, lines to answer, files without use."""
    drafts = list(
        Case.objects.filter(firm=firm, state=State.DRAFT, call__closes_at__gt=timezone.now(), call__closed_at=None).select_related("call")
    )
    corrections = Correction.objects.filter(case__firm=firm, case__state=State.CORRECTION, answered_at=None)
    found = settlement(firm)
    return {
        "ready": [case for case in drafts if case.ready_made and case.call.is_open],
        "drafts": [case for case in drafts if not case.ready_made],
        "corrections": list(corrections.select_related("case", "case__call")),
        "open_lines": 0 if found is None else len(found.evidence.questions),
        "refused": Upload.objects.kept().filter(firm=firm, state=Upload.State.REFUSED).count(),
    }


@require_safe
def benefit(request: HttpRequest, policy: str, benefit: str) -> HttpResponse:
    """One benefit: the text with its rule, what the firm is due under it, what it lacks, when it can apply."""
    firm, year = firm_of(request), year_of(request)
    line = line_of(policy, benefit, year)
    if line is None:
        raise Http404
    now = position(firm, year)
    pair = (policy, benefit)
    context = {
        "said": describe(line),
        "conditions": punctuated([condition.names for condition in line.conditions]),
        "policy": policy_of(policy),
        "paragraph": paragraph(line),
        "readings": [reading for reading in policy_of(policy).readings if reading.clause == line.benefit.clause],
        "due": next((due for due in now.dues if (due.said["policy"], due.said["id"]) == pair), None),
        "refused": [entry for entry in now.said["refused"] if (entry["policy"], entry["benefit"]) == pair],
        "conflicts": [row for row in now.said["conflicts"] if (row["lost"]["policy"], row["lost"]["benefit"]) == pair],
        "now": now,
        "window": now.windows.get(pair),
        "year": year,
        "years": years(),
    }
    return render(request, "firm/benefit.html", context)


def line_of(policy: str, benefit: str, year: int) -> Line | None:
    """The rule of a benefit under the year's decisions; None if no policy here has it."""
    lines = session_of(year).assessor.engine.lines
    return next((line for line in lines if (line.policy.id, line.benefit.id) == (policy, benefit)), None)


def paragraph(line: Line) -> SafeString:
    """The paragraph of the official text in which the benefit stands, with the words that the rule quotes marked."""
    benefit = line.benefit
    whole = next(
        (text for text in line.policy.document.text.split("\n") if benefit.sentence and benefit.sentence in text), benefit.sentence
    )
    words = [re.escape(str(escape(quote))) for quote in sorted(benefit.quotes, key=len, reverse=True)]
    text = str(escape(whole))
    return mark_safe(re.sub("|".join(words), lambda match: f"<mark>{match[0]}</mark>", text) if words else text)
