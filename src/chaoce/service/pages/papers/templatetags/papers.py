"""Tags for every page of a case; `{% load papers %}` first.

{% papers_of case %}   links to the papers that the case has, and to the ZIP of all of it
{% timeline case %}    what happened to the case, newest first, as `member` of the page may see it
{% waiting case %}     how long it has waited, and how long cases like it took; nothing for a draft
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from chaoce.service.cases import timeline as timelines
from chaoce.service.cases import waiting as waits
from chaoce.service.cases.models import Case
from chaoce.service.pages.papers.showing import linked

register = template.Library()


@register.inclusion_tag("papers/links.html")
def papers_of(case: Case) -> dict[str, Any]:
    """Links to the papers that a case has."""
    return {"case": case, "papers": linked(case)}


@register.inclusion_tag("components/timeline.html", takes_context=True)
def timeline(context: Context, case: Case) -> dict[str, Any]:
    """What happened to a case."""
    return {"entries": timelines.timeline(case, context["member"]), "firm": context["member"].is_firm}


@register.inclusion_tag("components/waiting.html")
def waiting(case: Case) -> dict[str, Any]:
    """How long a case has waited, in sentences."""
    return {"sentences": waits.said(case)}
