"""Why a line came to what it was decided at, beside what the head wrote: the year's decision with the document that says so, and
what the assessment pinned with the decision says where the rule gave less than was claimed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from chaoce.faults import Faults
from chaoce.marked import Marked, Names
from chaoce.money import parse_yuan, say_yuan
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Assessed, Case, CaseLine
from chaoce.service.plan.models import YearDecisions
from chaoce.service.plan.sessions import read_text
from chaoce.service.wording import spoken

#: (policy, benefit)
Pair = tuple[str, str]


@dataclass(frozen=True)
class ByDecision:
    """What the year's decision gives for a benefit (`terms`: 40%, 800,000.00 yuan, else the rule as it was settled), with the
    document that says so and its version; 0 where the service has no record of it."""

    terms: Names
    document: str
    version: int

    def say(self) -> str:
        """In the language of the page."""
        lang = spoken()
        said = {"terms": self.terms[lang], "document": self.document, "version": self.version}
        if not self.version:
            return _("Decision of the year: %(terms)s") % said
        return _("Decision of the year: %(terms)s (%(document)s, version %(version)s)") % said

    def in_both(self) -> dict[str, str]:
        """In both languages, for what is kept."""
        found = {}
        for lang, language in (("zh", "zh-hans"), ("en", "en")):
            with override(language):
                found[lang] = self.say()
        return found


def recorded(kept: Assessed) -> YearDecisions | None:
    """The version of the year's decisions that an assessment was made under; None where there was none."""
    if not kept.decisions:
        return None
    rows = YearDecisions.objects.filter(year=kept.year, text=kept.decisions, recorded_at__lte=kept.at)
    return rows.order_by("-version").first()


def by_decision(kept: Assessed, explanation: dict[str, Any] | None = None) -> dict[Pair, ByDecision]:
    """The benefits of an assessment whose amount the year's decision settled. `explanation` is the pinned one where it is read already."""
    rows = (explanation or json.loads(kept.explanation))["benefits"] if kept.decisions else []
    settled = [row for row in rows if row.get("settled")]
    row = recorded(kept) if settled else None
    return {
        (one["policy"], one["id"]): ByDecision(
            _terms(kept.decisions, one), row.source if row is not None else "", row.version if row is not None else 0
        )
        for one in settled
    }


def _terms(text: str, benefit: dict[str, Any]) -> Names:
    """What a decisions file says of a benefit, where that is one rate or one amount; else the rule as it was settled."""
    rule = Names(benefit["rule"]["zh"], benefit["rule"]["en"])
    try:
        decisions = read_text(text, "decisions")
    except Faults:
        return rule
    entries = decisions.body.mapping()
    if decisions.policy not in (None, benefit["policy"]):
        return rule
    rate, amount = (_entry(entries.get(key), benefit["id"]) for key in ("rates", "amounts"))
    if rate:
        return Names(rate, rate)
    fen = parse_yuan(amount)
    return rule if fen is None else Names(f"{say_yuan(fen)} 元", f"{say_yuan(fen)} yuan")


def _entry(entries: Marked | None, name: str) -> str:
    """An entry that is one value; nothing where there is none, or one value a class or bracket."""
    value = entries.mapping().get(name) if entries is not None else None
    return value.value if value is not None and isinstance(value.value, str) else ""


def reasons(case: Case, lines: Iterable[CaseLine]) -> dict[int, str]:
    """For the lines of a decided case, by their ids, why the rule gave what it gave at the decision, in the language of the page.

    The year's decision where it settled the amount; else, where less was computed than was claimed, what the assessment says of it.
    """
    if case.state not in (State.DECIDED, State.READY):
        return {}
    kept = case.assessed.filter(purpose=Assessed.Purpose.DECIDED).defer("facts", "answer").order_by("-at", "-pk").first()
    if kept is None:
        return {}
    lang = spoken()
    explanation = json.loads(kept.explanation)
    settled = by_decision(kept, explanation)
    paid = {(row["policy"], row["id"], fact["id"]): fact for row in explanation["benefits"] for fact in row["facts"]}
    refused = {(row["policy"], row["benefit"], row["fact"]): row["why"] for row in explanation["refused"]}
    found: dict[int, str] = {}
    for line in lines:
        claim = (line.policy, line.benefit, line.fact.key)
        if claim in paid and claim[:2] in settled:
            found[line.pk] = settled[claim[:2]].say()
        elif (line.computed or 0) < (line.claimed or 0):
            steps = paid[claim]["steps"] if claim in paid else []
            said = steps[-1] if steps else refused.get(claim)
            if said is not None:
                found[line.pk] = said[lang][:1].upper() + said[lang][1:]
    return found
