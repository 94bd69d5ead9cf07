"""The pre-check: what a machine can hold a case against before people do. Each finding names what it is about.

A check that fails and `stops` holds the decision until it is cleared with a reason; the others are for the reviewer's eye.
Checks that pass are kept too: an auditor sees what was looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chaoce.service.calls.procedure import switched_on, value
from chaoce.service.cases import matters
from chaoce.service.cases.amounts import Reckoned
from chaoce.service.cases.models import Case, CaseLine, Check, Event


class Found(NamedTuple):
    """One finding, before it is written down."""

    code: str
    passed: bool
    subject: str = ""
    particulars: dict[str, Any] = {}
    others: tuple[int, ...] = ()


#: code -> (whether it stops, what it says when it passes, what it says when it does not)
CATALOGUE: dict[str, tuple[bool, str | Promise, str | Promise]] = {
    "registered_in": (True, _("Registered in division %(division)s."), _("Registered in %(have)s, not in division %(division)s.")),
    "related_parties": (
        True,
        _("No seller is a related party by what is known."),
        _("%(subject)s: the seller %(seller)s is the firm itself or shares an owner with it."),
    ),
    "credit_list": (True, _("Not on the credit list."), _("The firm is on the credit list of the guide.")),
    "records_years": (
        False,
        _("All evidence is of the last %(years)s years."),
        _("%(subject)s: dated %(date)s, older than %(years)s years."),
    ),
    "same_matter": (
        True,
        _("No other firm's case claims one of its matters."),
        _("%(subject)s is claimed in another firm's case as well: %(numbers)s."),
    ),
    "granted_before": (
        False,
        _("Nothing was granted for these matters before."),
        _("%(subject)s has received %(amount)s yuan under %(benefit)s; it was taken off."),
    ),
    "not_due": (
        True,
        _("Every line is due by the rule."),
        _("%(subject)s: nothing is due any more; the facts or the received support changed."),
    ),
    "fact_withdrawn": (True, _("All facts stand."), _("%(subject)s: the fact no longer stands.")),
    "invoice": (True, _("No fault in the invoices."), _("%(subject)s: %(finding)s")),
    "invoice_note": (False, "", _("%(subject)s: %(finding)s")),
    "amount_changed": (False, "", _("%(subject)s: %(before)s yuan when it was submitted, %(after)s yuan now.")),
}


def run(case: Case, reckoned: Reckoned) -> None:
    """Checks the case anew; what was cleared and still stands stays cleared."""
    cleared = {
        (row.code, row.subject): (row.cleared_by_id, row.cleared_at, row.cleared_why, row.others, row.particulars)
        for row in case.checks.exclude(cleared_at=None)
    }
    case.checks.all().delete()
    lines = list(case.lines.select_related("fact", "fact__upload"))
    for found in _all(case, lines, reckoned):
        row = Check(
            case=case, code=found.code, stops=CATALOGUE[found.code][0], passed=found.passed, subject=found.subject,
            particulars=found.particulars, others=list(found.others),
        )  # fmt: skip
        before = cleared.get((found.code, found.subject))
        if before is not None and not found.passed and before[3] == row.others and before[4] == row.particulars:
            row.cleared_by_id, row.cleared_at, row.cleared_why = before[:3]
        row.save()
        if found.code == "same_matter" and not found.passed:
            _show_to_others(case, found)


def run_at_decision(case: Case, reckoned: Reckoned) -> None:
    """The same once more inside the transaction of the decision."""
    run(case, reckoned)


def _show_to_others(case: Case, found: Found) -> None:
    """The other case's reviewers see the clash as well."""
    for number in found.others:
        other = Case.objects.get(pk=number)
        matter = found.subject
        row, new = Check.objects.get_or_create(
            case=other,
            code="same_matter",
            subject=matter,
            defaults={"stops": True, "passed": False, "particulars": {"numbers": case.number or str(case.pk)}, "others": [case.pk]},
        )
        if not new and (row.passed or case.pk not in row.others):
            numbers = [part for part in str(row.particulars.get("numbers", "")).split(", ") if part and not row.passed]
            row.others = sorted({*row.others, case.pk})
            row.particulars = {"numbers": ", ".join(sorted({*numbers, case.number or str(case.pk)}))}
            row.passed, row.cleared_at, row.cleared_by, row.cleared_why = False, None, None, ""
            row.save()
        if new:
            Event.objects.create(case=other, kind="same_matter", inside=True, particulars={"number": case.number, "matter": matter})


def say(check: Check) -> str:
    """A finding in the language of the page."""
    _stops, passed, failed = CATALOGUE[check.code]
    return str(passed if check.passed else failed) % {"subject": check.subject, **check.particulars}


def _all(case: Case, lines: list[CaseLine], reckoned: Reckoned) -> Iterator[Found]:
    for code in switched_on(case.guide):
        if code in _BY_RULE:
            yield from _or_passed(code, _BY_RULE[code](case, lines), _passed_particulars(case, code))
    yield from _or_passed("same_matter", _same_matter(case, lines))
    yield from _or_passed("granted_before", _granted_before(case, lines))
    yield from _or_passed("fact_withdrawn", _withdrawn(lines))
    yield from _or_passed("not_due", _not_due(lines, reckoned))
    yield from _or_passed("invoice", _invoices(case, lines))
    yield from _changed(lines, reckoned)


def _or_passed(code: str, found: Iterator[Found], particulars: dict[str, Any] | None = None) -> Iterator[Found]:
    """The findings, or one that says that there was none."""
    rows = list(found)
    yield from rows
    if not any(row.code == code for row in rows):
        yield Found(code, True, "", particulars or {})


def _passed_particulars(case: Case, code: str) -> dict[str, Any]:
    if code == "registered_in":
        return {"division": value(case.guide, code, "division")}
    return {"years": value(case.guide, code, "years")} if code == "records_years" else {}


def _registered_in(case: Case, lines: list[CaseLine]) -> Iterator[Found]:
    division = str(value(case.guide, "registered_in", "division"))
    if not case.firm.division.startswith(division):
        yield Found("registered_in", False, "", {"division": division, "have": case.firm.division})


def _credit_list(case: Case, lines: list[CaseLine]) -> Iterator[Found]:
    if case.firm.uscc in {str(entry).strip() for entry in value(case.guide, "credit_list", "uscc")}:
        yield Found("credit_list", False)


def _related_parties(case: Case, lines: list[CaseLine]) -> Iterator[Found]:
    from chaoce.service.firms.models import Firm

    owners = {owner.strip() for owner in case.firm.owners if owner.strip()}
    for line in lines:
        evidence = line.fact.raw.get("evidence")
        seller = str(evidence.get("seller", "")) if isinstance(evidence, dict) else ""
        if not seller:
            continue
        name = seller.split(" ")[0]
        related = name == case.firm.name or name in owners
        if not related and owners:
            related = Firm.objects.filter(name=name, owners__overlap=list(owners)).exists()
        if related:
            yield Found("related_parties", False, line.fact.key, {"seller": name})


def _records_years(case: Case, lines: list[CaseLine]) -> Iterator[Found]:
    years = int(value(case.guide, "records_years", "years"))
    today = timezone.localdate(case.submitted_at) if case.submitted_at else timezone.localdate()
    oldest = date(today.year - years, today.month, min(today.day, 28))
    for line in lines:
        if line.fact.date < oldest:
            yield Found("records_years", False, line.fact.key, {"date": line.fact.date.isoformat(), "years": years})


_BY_RULE: dict[str, Callable[[Case, list[CaseLine]], Iterator[Found]]] = {
    "registered_in": _registered_in,
    "credit_list": _credit_list,
    "related_parties": _related_parties,
    "records_years": _records_years,
}


def _same_matter(case: Case, lines: list[CaseLine]) -> Iterator[Found]:
    for matter, ids in matters.foreign_clashes(case, lines).items():
        numbers = sorted(Case.objects.filter(pk__in=ids).values_list("number", flat=True))
        yield Found("same_matter", False, matter, {"numbers": ", ".join(numbers)}, tuple(ids))


def _granted_before(case: Case, lines: list[CaseLine]) -> Iterator[Found]:
    from chaoce.facts.matter import overlap
    from chaoce.money import format_yuan

    received = list(case.firm.received.standing().exclude(case_line__case=case))
    for line in lines:
        for row in received:
            if any(overlap(row.matter, matter) for matter in line.fact.matters):
                yield Found(
                    "granted_before", False, f"{line.fact.key} {row.pk}", {"amount": format_yuan(row.amount), "benefit": row.benefit}
                )


def _withdrawn(lines: list[CaseLine]) -> Iterator[Found]:
    for line in lines:
        if line.fact.withdrawn_at is not None:
            yield Found("fact_withdrawn", False, line.fact.key)


def _not_due(lines: list[CaseLine], reckoned: Reckoned) -> Iterator[Found]:
    due = reckoned.amounts
    for line in lines:
        if (line.policy, line.benefit, line.fact.key) not in due:
            yield Found("not_due", False, f"{line.benefit} {line.fact.key}")


def _changed(lines: list[CaseLine], reckoned: Reckoned) -> Iterator[Found]:
    from chaoce.money import format_yuan

    due = reckoned.amounts
    for line in lines:
        now = due.get((line.policy, line.benefit, line.fact.key), 0)
        if line.claimed is not None and now != line.claimed:
            said = {"before": format_yuan(line.claimed), "after": format_yuan(now)}
            yield Found("amount_changed", False, f"{line.benefit} {line.fact.key}", said)


def _invoices(case: Case, lines: list[CaseLine]) -> Iterator[Found]:
    """What reading the firm's invoices found about those that the case stands on."""
    from chaoce.service.documents.settling import findings_of

    for subject, fault, finding in findings_of(case.firm, [line.fact for line in lines]):
        yield Found("invoice" if fault else "invoice_note", False, subject, {"finding": finding})
