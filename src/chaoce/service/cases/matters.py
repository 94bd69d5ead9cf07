"""Matters in hand: the same matter in two live cases is stopped, whoever handed it in (不重复)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chaoce.facts.matter import overlap
from chaoce.service.calls.models import Call
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Case, CaseLine, CaseMatter
from chaoce.service.facts.canon import canonical
from chaoce.service.facts.dossier import base_of
from chaoce.service.facts.models import Fact
from chaoce.service.firms.models import Firm

#: Kinds of matters that name one thing in the world, whichever firm hands it in. Other matters (a firm's title, a fact without a
#: matter of its own) are the firm's own and never meet those of another firm.
SHARED = ("invoice:", "contract:", "certificate:", "project:", "scenario:", "loan:")
#: States in which a case still waits for its money; a decided one counts through what it granted.
WAITING = (State.SUBMITTED, State.CORRECTION, State.REVIEW, State.REVIEWED)


def lock(bases: Iterable[str]) -> None:
    """Makes those who claim or grant one of these matters wait for each other, until the transaction ends."""
    with connection.cursor() as cursor:
        for number in sorted({zlib.crc32(base.encode()) for base in bases}):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x6D61, number - 2**31])


def of(fact: Fact) -> list[str]:
    """The matters of a fact in their one spelling, also where the fact was kept before there was one."""
    return list(dict.fromkeys(map(canonical, fact.matters)))


def claim(case: Case) -> None:
    """Writes down what the case claims now."""
    case.matters.all().delete()
    wanted = dict.fromkeys(matter for line in case.lines.select_related("fact") for matter in of(line.fact))
    CaseMatter.objects.bulk_create(CaseMatter(case=case, firm=case.firm, matter=matter, base=base_of(matter)) for matter in wanted)


def release(case: Case) -> None:
    """The case no longer claims anything."""
    case.matters.update(alive=False)


def settle(case: Case, granted: Iterable[CaseLine]) -> None:
    """After the decision the case holds the matters that it granted, and no others."""
    case.matters.exclude(matter__in={matter for line in granted for matter in of(line.fact)}).update(alive=False)


def bases_in_hand(firm: Firm, but: Case | None = None) -> set[str]:
    """The bases of the matters that the firm's other live cases claim."""
    return set(_of_firm(firm, but).values_list("base", flat=True))


def keys_in_hand(firm: Firm, facts: Iterable[Fact]) -> set[str]:
    """The keys of those facts that share a matter with another live case of the firm."""
    others = list(_of_firm(firm, None).values_list("matter", flat=True))
    return {fact.key for fact in facts if any(overlap(mine, other) for mine in of(fact) for other in others)}


def _of_firm(firm: Firm, but: Case | None) -> QuerySet[CaseMatter]:
    rows = CaseMatter.objects.filter(firm=firm, alive=True, case__state__in=WAITING)
    return rows if but is None else rows.exclude(case=but)


def settled(firm: Firm, call: Call, but: Case | None = None) -> dict[tuple[str, str, str], CaseLine]:
    """What decisions that stand have settled for the firm in a call: (policy, benefit, fact key) -> the line that was decided.

    It is settled until that case is opened again, granted in full, in part or refused: what is left under a ceiling is no claim.
    """
    return {claim: lines[-1] for claim, lines in decided(firm, call=call, but=but).items()}


def decided(
    firm: Firm, year: int | None = None, call: Call | None = None, but: Case | None = None
) -> dict[tuple[str, str, str], list[CaseLine]]:
    """The lines of the firm's decided cases, of a year or a call, by (policy, benefit, fact key), the last decided last."""
    rows = CaseLine.objects.filter(case__firm=firm, case__state__in=(State.DECIDED, State.READY)).select_related("fact", "case")
    if year is not None:
        rows = rows.filter(case__call__year=year)
    if call is not None:
        rows = rows.filter(case__call=call)
    if but is not None:
        rows = rows.exclude(case=but)
    found: dict[tuple[str, str, str], list[CaseLine]] = {}
    for row in rows.order_by("case__decided_at", "pk"):
        found.setdefault((row.policy, row.benefit, row.fact.key), []).append(row)
    return found


def say_settled(line: CaseLine) -> str:
    """That a claim was decided already, and in which case."""
    return _("“%(fact)s” was decided in your case %(number)s. That settles it for this call until that case is opened again.") % {
        "fact": line.fact.key,
        "number": line.case.number,
    }


def own_clashes(case: Case, lines: Iterable[CaseLine]) -> list[str]:
    """For each line whose matter another live case of the firm claims, a sentence that names that case."""
    others = list(_of_firm(case.firm, case).select_related("case"))
    said = []
    for line in lines:
        for other in others:
            if any(overlap(matter, other.matter) for matter in of(line.fact)):
                said.append(
                    _("“%(fact)s” is claimed already in your case %(number)s: one matter is paid once.")
                    % {"fact": line.fact.key, "number": other.case.number}
                )
                break
    return said


def clashes(case: Case, lines: Iterable[CaseLine]) -> dict[str, list[int]]:
    """Matters that another case claims as well or was granted: matter -> ids of those cases.

    Of other firms those of the kinds that name one thing in the world; of the firm itself what waits (a case that was opened
    again may meet one that was handed in meanwhile).
    """
    mine = {matter for line in lines for matter in of(line.fact)}
    if not mine:
        return {}
    rows = CaseMatter.objects.filter(base__in={base_of(matter) for matter in mine}, alive=True).exclude(case=case)
    rows = rows.exclude(case__state=State.DRAFT).select_related("case")
    found: dict[str, list[int]] = {}
    for row in rows:
        if row.firm_id == case.firm_id and row.case.state not in WAITING:
            continue
        for matter in mine if row.firm_id == case.firm_id else filter(_is_shared, mine):
            if overlap(matter, row.matter):
                found.setdefault(matter, []).append(row.case_id)
    return {matter: sorted(set(ids)) for matter, ids in sorted(found.items())}


def _is_shared(matter: str) -> bool:
    return matter.startswith(SHARED)
