"""What a firm is due in a year, as its pages show it: amounts with their sentences, facts with their sources, calls with their days.

Nothing is computed here: the amounts and reasons are those of `assessment/explain.py` over the firm's dossier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from chaoce.assessment.describe import describe
from chaoce.money import parse_yuan
from chaoce.service.calls.models import Call, Guide
from chaoce.service.calls.procedure import basis_of
from chaoce.service.cases.flow import State
from chaoce.service.cases.form import wanted_of
from chaoce.service.cases.matters import WAITING, decided
from chaoce.service.cases.models import Case, CaseLine
from chaoce.service.facts.dossier import DEFAULT, compose
from chaoce.service.facts.models import Fact, Received
from chaoce.service.firms.models import Firm
from chaoce.service.pages.firm.common import guide_in_force
from chaoce.service.plan.assessing import explained_of
from chaoce.service.plan.sessions import session_of

Pair = tuple[str, str]


@dataclass(frozen=True)
class FactRow:
    """A fact that pays under a benefit, with the row of the database that it comes from, the case that claims it already, and the
    line of a case by whose decision it is settled: then it is no longer due, whatever the rule would still give."""

    said: Mapping[str, Any]
    amount: int
    fact: Fact | None
    case: Case | None
    decided: CaseLine | None = None


@dataclass(frozen=True)
class Window:
    """Until when a benefit can be applied for: the call that is open, the next one, or the last one."""

    open: Call | None = None
    coming: Call | None = None
    closed: Call | None = None
    guide: Guide | None = None
    draft: Case | None = None

    @property
    def other_basis(self) -> bool:
        """Whether the call counts invoices on another tax basis than these pages."""
        return self.guide is not None and basis_of(self.guide) != DEFAULT


@dataclass(frozen=True)
class Due:
    """What one benefit pays the firm, without what decisions have settled. `said` is the explanation's entry; amounts are fen."""

    said: Mapping[str, Any]
    amount: int
    facts: list[FactRow]
    missing: list[Mapping[str, Any]]
    window: Window

    @property
    def ceiling(self) -> bool:
        """Whether the amount is only a ceiling."""
        return bool(self.said["ceiling"])

    @property
    def cases(self) -> list[Case]:
        """The cases that claim some of it already."""
        return list({row.case.pk: row.case for row in self.facts if row.case is not None}.values())

    @property
    def evidence(self) -> list[dict[str, Any]]:
        """What the guide of the open call asks to be attached for these facts."""
        guide = self.window.guide
        rows = [row for row in self.facts if row.fact is not None and row.decided is None]
        lines = [SimpleNamespace(benefit=self.said["id"], fact=row.fact) for row in rows]
        return [item for item in wanted_of(guide, lines) if item.get("required")] if guide is not None else []  # type: ignore[arg-type]

    @property
    def left(self) -> bool:
        """Whether something of it is in no case yet."""
        return any(row.case is None and row.decided is None for row in self.facts)

    @property
    def settled(self) -> bool:
        """Whether decisions have settled all of it."""
        return all(row.decided is not None for row in self.facts)


@dataclass(frozen=True)
class Position:
    """A firm's year: what it is due, what would bring more, what was chosen over what, what it has received."""

    year: int
    said: Mapping[str, Any]
    dues: list[Due]
    more: list[dict[str, Any]]
    facts: list[Fact]
    received: list[Received]
    windows: Mapping[Pair, Window] = field(default_factory=dict)
    others: Sequence[Mapping[str, Any]] = ()

    @property
    def ceiling(self) -> int:
        """What is due as ceilings, together; never added to what is decided."""
        return sum(due.amount for due in self.dues if due.ceiling)

    @property
    def decided(self) -> int:
        """What is due as decided amounts, together."""
        return sum(due.amount for due in self.dues if not due.ceiling)

    @property
    def paid(self) -> int:
        """What was received in the year."""
        return sum(row.amount for row in self.received if (row.year or row.date.year) == self.year)


def position(firm: Firm, year: int) -> Position:
    """Where a firm stands in a year."""
    facts = list(firm.facts.standing().with_sources())
    received = list(firm.received.standing().select_related("row__list", "case_line__case"))
    session = session_of(year)
    said = explained_of(compose(firm, facts, received), year)
    found = windows(firm, year)
    claimed, over = claims_in_hand(firm), decided(firm, year=year)
    by_key = {fact.key: fact for fact in facts}
    refused: dict[Pair, list[Mapping[str, Any]]] = {}
    for entry in said["refused"]:
        refused.setdefault((entry["policy"], entry["benefit"]), []).append({**entry, "row": by_key.get(entry["fact"])})
    dues = [_due(entry, by_key, claimed, over, refused, found) for entry in said["benefits"]]
    dues.sort(key=lambda due: due.settled)
    paid = {(entry["policy"], entry["id"]) for entry in said["benefits"]}
    more = [entry for pair, entries in refused.items() if pair not in paid and (entry := _more(entries))["entries"]]
    told = paid | {(entry["policy"], entry["benefit"]) for entry in more}
    others = [describe(line) for line in session.assessor.engine.lines if (line.policy.id, line.benefit.id) not in told]
    return Position(year, said, dues, more, facts, received, found, others)


def _due(
    entry: Mapping[str, Any],
    by_key: Mapping[str, Fact],
    claimed: Mapping[tuple[str, str, str], Case],
    over: Mapping[tuple[str, str, str], list[CaseLine]],
    refused: Mapping[Pair, list[Mapping[str, Any]]],
    found: Mapping[Pair, Window],
) -> Due:
    pair = (entry["policy"], entry["id"])
    window = found.get(pair, Window())
    rows = []
    for fact in entry["facts"]:
        claim = (*pair, fact["id"])
        line = _settled_by(over.get(claim, []), window.open) if claim not in claimed else None
        rows.append(FactRow(fact, parse_yuan(fact["amount"]) or 0, by_key.get(fact["id"]), claimed.get(claim), line))
    missing = [row for row in refused.get(pair, []) if _can_change(row)]
    return Due(entry, sum(row.amount for row in rows if row.decided is None), rows, missing, window)


def _settled_by(lines: list[CaseLine], call: Call | None) -> CaseLine | None:
    """The decided line that settles a claim: one in the call that is open now, or the last where none is open."""
    settling = [line for line in lines if call is None or line.case.call_id == call.pk]
    return settling[-1] if settling else None


def _can_change(entry: Mapping[str, Any]) -> bool:
    """Whether something could be done about a refusal; what is simply over (received, once, a full limit) is no advice."""
    return entry["reason"] in ("condition", "eligible", "undecided", "term", "limit")


def _more(entries: list[Mapping[str, Any]]) -> dict[str, Any]:
    """A benefit that pays nothing now, with what each fact lacks; the nearest first."""
    telling = [entry for entry in entries if entry["reason"] in ("condition", "eligible", "undecided")]
    telling.sort(key=lambda entry: "margin" not in entry)
    return {**entries[0], "entries": telling}


def windows(firm: Firm, year: int) -> dict[Pair, Window]:
    """For each benefit that a call of the year covers, its window."""
    now = timezone.now()
    calls = Call.objects.filter(year=year, published_at__isnull=False).prefetch_related("guides").order_by("opens_at", "pk")
    drafts = {case.call_id: case for case in Case.objects.filter(firm=firm, state=State.DRAFT)}
    found: dict[Pair, dict[str, Any]] = {}
    for call in calls:
        guide = guide_in_force(call)
        for pair in call.pairs if guide is not None else ():
            row = found.setdefault(pair, {})
            if call.is_open:
                row.setdefault("open", call)
                row.setdefault("guide", guide)
                row.setdefault("draft", drafts.get(call.pk))
            elif call.closed_at is None and call.opens_at > now:
                row.setdefault("coming", call)
            else:
                row["closed"] = call
    return {pair: Window(**row) for pair, row in found.items()}


def claims_in_hand(firm: Firm, but: Case | None = None) -> dict[tuple[str, str, str], Case]:
    """What the firm's live cases claim, (policy, benefit, fact key) → case."""
    cases: Iterable[Case] = Case.objects.filter(firm=firm, state__in=WAITING).prefetch_related("lines__fact")
    return {
        (line.policy, line.benefit, line.fact.key): case for case in cases if but is None or case.pk != but.pk for line in case.lines.all()
    }
