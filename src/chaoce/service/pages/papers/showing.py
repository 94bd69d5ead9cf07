"""Papers with the addresses at which they are."""

from __future__ import annotations

from typing import NamedTuple

from django.urls import reverse

from chaoce.service.cases.models import Case
from chaoce.service.papers.shelf import Paper, papers


class Linked(NamedTuple):
    """A paper and where it is."""

    paper: Paper
    url: str


def linked(case: Case) -> list[Linked]:
    """The papers that a case has, with their addresses."""
    return [Linked(paper, _url(case, paper)) for paper in papers(case)]


def _url(case: Case, paper: Paper) -> str:
    own = [case.pk] if paper.correction is None else [case.pk, paper.correction]
    return reverse(f"papers:{paper.kind}", args=own)
