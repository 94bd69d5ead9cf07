"""The policy as it runs: the official text, and beside each sentence that pays, the rule that stands on it, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from chaoce.assessment.describe import describe
from chaoce.policy.literate import Block
from chaoce.policy.model import Policy
from chaoce.service.plan.sessions import policies, policy_of, session_of, this_year


@dataclass(frozen=True)
class Passage:
    """A paragraph of the text and what stands on it."""

    clause: str
    text: str
    benefits: list[dict[str, Any]]
    readings: list[Any]
    departments: tuple[str, ...]


@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """The first policy of this service."""
    return redirect("office:policy", policies()[0].id)


@require_safe
def show(request: HttpRequest, policy_id: str) -> HttpResponse:
    """One policy."""
    try:
        policy = policy_of(policy_id)
    except KeyError:
        raise Http404 from None
    year = this_year()
    session = session_of(year)
    lines = {line.benefit.id: describe(line) for line in session.assessor.engine.lines if line.policy.id == policy.id}
    return render(
        request,
        "office/policy.html",
        {"policy": policy, "policies": policies(), "year": year, "passages": passages(policy, lines), "english": policy.in_english},
    )


def passages(policy: Policy, lines: dict[str, dict[str, Any]]) -> list[Passage]:
    """The paragraphs in order, each with the benefits and readings whose blocks follow it."""
    standing: dict[int, list[Block]] = {}
    for block in policy.document.blocks:
        if block.kind in ("benefit", "reading"):
            standing.setdefault(policy.text.paragraph_at(block.offset).start, []).append(block)
    readings = {reading.id: reading for reading in policy.readings}
    found = []
    for paragraph in policy.text.paragraphs:
        blocks = standing.get(paragraph.start, [])
        found.append(
            Passage(
                paragraph.clause,
                policy.text.text[paragraph.start : paragraph.end],
                [lines[block.name] for block in blocks if block.kind == "benefit" and block.name in lines],
                [readings[block.name] for block in blocks if block.kind == "reading" and block.name in readings],
                policy.text.departments(paragraph),
            )
        )
    return found
