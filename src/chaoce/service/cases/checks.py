"""The pre-check: what a machine can hold a case against before people do. Each finding names what it is about.

A check that fails and `stops` holds the decision until it is cleared with a reason; the others are for the reviewer's eye.
Checks that pass are kept too: an auditor sees what was looked at. What each looks for stands in `cases/looking.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from hashlib import sha256
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chaoce.facts.matter import overlap
from chaoce.service.calls.procedure import switched_on
from chaoce.service.cases import looking
from chaoce.service.cases.amounts import Reckoned
from chaoce.service.cases.looking import Found, Look
from chaoce.service.cases.models import Case, CaseMatter, Check, Event
from chaoce.service.cases.saying import titles_of_matters
from chaoce.service.facts.dossier import base_of
from chaoce.service.wording import say_day, spoken

#: code -> (what is looked at, what it says when it passes, what it says when it does not). A code without words for passing is only
#: written down where something was found.
CATALOGUE: dict[str, tuple[str | Promise, str | Promise, str | Promise]] = {
    "registered_in": (
        _("Place of registration"),
        _("Registered in division %(division)s."),
        _("Registered in %(have)s, not in division %(division)s."),
    ),
    "credit_list": (_("Credit list"), _("Not on the credit list."), _("The firm is on the credit list of the guide.")),
    "related_parties": (
        _("Related parties"),
        _("No seller is a related party by what is known."),
        _("%(fact)s: the seller %(seller)s is the firm itself, or one of the two owns the other or shares an owner with it."),
    ),
    "records_years": (
        _("Years of records"),
        _("All evidence is of the last %(years)s years."),
        _("%(fact)s: dated %(date)s, older than %(years)s years."),
    ),
    "same_matter": (
        _("Same matter in two cases"),
        _("No other case claims one of its matters."),
        _("%(matter)s is claimed in another case as well: %(numbers)s."),
    ),
    "handed_in_elsewhere": (
        _("Duplicate numbers"),
        _("No other firm has handed in one of its invoices, contracts or certificates."),
        _("%(matter)s was handed in by another firm as well, though not in a case with the same claim."),
    ),
    "paid_elsewhere": (
        _("Support paid to another firm"),
        _("No other firm has received support for one of its matters."),
        _("Another firm has received %(amount)s yuan for %(matter)s on %(date)s."),
    ),
    "granted_before": (
        _("Support received before"),
        _("Nothing was received for these matters before."),
        _("%(fact)s has received %(amount)s yuan under %(benefit)s; it was taken off."),
    ),
    "fact_withdrawn": (_("Facts still stand"), _("All facts stand."), _("%(fact)s: the fact no longer stands.")),
    "not_due": (
        _("Due by the rule"),
        _("Every line is due by the rule."),
        _("%(fact)s: nothing is due any more; the facts or the received support changed."),
    ),
    "outside_term": (
        _("Dates within the term"),
        _("All dates lie in %(year)s and in the term of the policy."),
        _("%(fact)s: dated %(date)s by %(source)s; it should lie in %(year)s, between %(first)s and %(last)s."),
    ),
    "buyer": (_("Buyer is the firm"), _("The firm itself is the buyer on every invoice that was read."), _("%(fact)s: %(finding)s")),
    "red_invoice": (_("Red invoices"), _("No red invoice takes anything off."), _("%(fact)s: %(finding)s")),
    "sums": (_("Sums of the invoices"), _("The sums of every invoice that was read agree."), _("%(fact)s: %(finding)s")),
    "above_invoice": (
        _("Amount against the invoice"),
        _("No amount is above the line of the invoice that it stands on."),
        _("%(fact)s: states %(paid)s yuan, while its line of invoice %(invoice)s comes to %(most)s yuan with tax."),
    ),
    "copies": (_("Copies of an invoice"), _("No copy of an invoice contradicts another."), _("%(fact)s: %(finding)s")),
    "tax_ids": (_("Tax ids"), _("The tax ids on the invoices are well formed."), _("%(fact)s: %(finding)s")),
    "invoice": (_("Other findings of reading"), "", _("%(fact)s: %(finding)s")),
    "evidence": (
        _("Required evidence"),
        _("Every required item has a file that can be used."),
        _("“%(item)s” is required, and no file that can be used answers it: it was refused, was taken back, or is still unread."),
    ),
    "own_word": (
        _("Evidence of each line"),
        _("Every line stands on an invoice that was read or on an official list."),
        _(
            "%(fact)s is the firm's own statement, by its file “%(file)s”: no invoice that was read and no official list says it. "
            "Look at the file, then clear this with what you found."
        ),
    ),
    "amount_changed": (
        _("Amounts since submission"),
        "",
        _("%(fact)s: %(before)s yuan when it was submitted, %(after)s yuan now."),
    ),
}


#: What is said of a check of an earlier version of the program: what it was about, in no words of today.
_UNKNOWN = ("", "%(subject)s", "%(subject)s")


def run(case: Case, reckoned: Reckoned) -> None:
    """Checks the case anew; what was cleared and is found just the same stays cleared. Other cases learn of a clash, and of its end."""
    cleared = {(row.code, row.subject): row for row in case.checks.exclude(cleared_at=None)}
    before = {row.subject: row.others for row in case.checks.filter(code="same_matter", passed=False)}
    case.checks.all().delete()
    for found in _all(case, reckoned):
        row = Check(
            case=case, code=found.code, stops=found.stops, passed=found.passed, subject=_short(found.subject),
            particulars=found.particulars, others=list(found.others),
        )  # fmt: skip
        old = cleared.get((row.code, row.subject))
        if old is not None and not row.passed and (old.stops, old.others, old.particulars) == (row.stops, row.others, row.particulars):
            row.cleared_by_id, row.cleared_at, row.cleared_why = old.cleared_by_id, old.cleared_at, old.cleared_why
        row.save()
        if found.code == "same_matter" and not found.passed:
            if sorted(before.get(row.subject, ())) != sorted(row.others):
                Event.objects.create(case=case, kind="same_matter", inside=True, particulars={**row.particulars})
            for number in found.others:
                _show(case, number, found.subject)
    release(case)


def run_at_decision(case: Case, reckoned: Reckoned) -> None:
    """The same once more inside the transaction of the decision."""
    run(case, reckoned)


def release(case: Case) -> None:
    """Takes a case out of the findings of others for every matter that it no longer claims and was not granted."""
    alive = list(case.matters.filter(alive=True).values_list("matter", flat=True))
    for row in Check.objects.filter(code="same_matter", passed=False, others__contains=[case.pk]):
        if any(overlap(matter, row.particulars["matter"]) for matter in alive):
            continue
        others = [number for number in row.others if number != case.pk]
        if others:
            row.others = others
            row.particulars = {**row.particulars, "numbers": _numbers(others)}
            row.save(update_fields=["others", "particulars"])
            continue
        row.delete()
        if not row.case.checks.filter(code="same_matter").exists():
            Check.objects.create(case=row.case, code="same_matter", stops=True, passed=True)


def _numbers(cases: Iterable[int]) -> str:
    return ", ".join(sorted(str(case) for case in Case.objects.filter(pk__in=cases)))


def say(check: Check) -> str:
    """A finding in the language of the page."""
    _label, passed, failed = CATALOGUE.get(check.code, _UNKNOWN)
    said = {name: value[spoken()] if isinstance(value, dict) else value for name, value in check.particulars.items()}
    said |= {name: say_day(date.fromisoformat(said[name])) for name in ("date", "first", "last") if name in said}
    if "matter" in said:
        said["matter"] = say_matter(said["matter"])
    return str(passed if check.passed else failed) % _Said({"subject": check.subject, **said})


class _Said(dict[str, Any]):
    """The particulars of a finding; what one of an earlier version of the program did not note down is a dash."""

    def __missing__(self, name: str) -> str:
        return "—"


#: The kinds of matters that have a name of their own, as they are said of the whole and of a line of it.
_MATTERS: dict[str, tuple[str | Promise, str | Promise]] = {
    "invoice": (_("invoice %(base)s"), _("line %(line)s of invoice %(base)s")),
    "contract": (_("contract %(base)s"), _("part %(line)s of contract %(base)s")),
    "certificate": (_("certificate %(base)s"), _("part %(line)s of certificate %(base)s")),
    "project": (_("project %(base)s"), _("part %(line)s of project %(base)s")),
    "scenario": (_("scenario %(base)s"), _("part %(line)s of scenario %(base)s")),
    "loan": (_("loan %(base)s"), _("part %(line)s of loan %(base)s")),
}


def say_matter(matter: str) -> str:
    """A matter in words: an invoice and its line, a contract, …; a title by its name; any other as it is written."""
    kind, mark, rest = matter.partition(":")
    if not mark or kind not in _MATTERS:
        title = titles_of_matters().get(matter)
        return matter if title is None else title[spoken()]
    base, mark, line = rest.partition("#")
    return str(_MATTERS[kind][bool(mark)]) % {"base": base, "line": line}


def label(check: Check) -> str:
    """What a check looks at, in the language of the page."""
    return str(CATALOGUE.get(check.code, (check.code,))[0])


def _all(case: Case, reckoned: Reckoned) -> Iterator[Found]:
    """Every finding, each once; a check that found nothing says that it passed."""
    look = Look(case, reckoned)
    on = switched_on(case.guide)
    for code, search in looking.SEARCHES.items():
        if code in looking.BY_RULE and code not in on:
            continue
        found: dict[tuple[str, str], Found] = {}
        for one in search(look):
            found.setdefault((one.code, _short(one.subject)), one)
        yield from found.values()
        for tested in looking.CODES_OF.get(code, (code,)):
            if CATALOGUE[tested][1] and not any(key[0] == tested for key in found):
                yield Found(tested, passed=True, particulars=look.passed_particulars(tested))


def _short(subject: str) -> str:
    """A subject as it fits its column: two long ones never become one."""
    return subject if len(subject) <= 200 else f"{subject[:180]} {sha256(subject.encode()).hexdigest()[:16]}"


# What other cases learn.


def _show(case: Case, number: int, matter: str) -> None:
    """The other case's reviewers see the clash as well, on each of its matters that overlaps.

    A finding that changes is written as a new row: who clears the old one on a page that is open is told that it is gone.
    """
    other = Case.objects.get(pk=number)
    mine = str(case)
    for theirs in CaseMatter.objects.filter(case=other, alive=True, base=base_of(matter)).values_list("matter", flat=True):
        if not overlap(matter, theirs):
            continue
        other.checks.filter(code="same_matter", passed=True).delete()
        row = other.checks.filter(code="same_matter", subject=_short(theirs)).first()
        if row is not None and case.pk in row.others:
            continue
        others = sorted({case.pk, *(row.others if row is not None else ())})
        if row is not None:
            row.delete()
        particulars = {"matter": theirs, "numbers": _numbers(others)}
        Check.objects.create(
            case=other, code="same_matter", stops=True, passed=False, subject=_short(theirs), particulars=particulars, others=others
        )
        Event.objects.create(case=other, kind="same_matter", inside=True, particulars={"matter": theirs, "numbers": mine})
