"""Taking a list over: what it would add and withdraw, shown first; then all of it in one transaction; and undone by dropping it.

Each usable row becomes a fact with a stable id, or support received. A corrected list withdraws what the list before it said and it
says no longer, or says otherwise; nothing is ever deleted. Taking over twice adds nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chaoce.money import format_yuan, parse_yuan
from chaoce.service.cases.faults import Refused
from chaoce.service.facts.canon import canonical, fold
from chaoce.service.facts.dossier import grant_of
from chaoce.service.facts.models import Fact, Received, Source
from chaoce.service.facts.record import (
    NewFact,
    add_facts_of_many,
    add_received_of_many,
    lock_firms,
    withdraw_facts,
    withdraw_received,
)  # fmt: skip
from chaoce.service.firms.models import Firm
from chaoce.service.lists.faults import Said, fault
from chaoce.service.lists.matching import may_change
from chaoce.service.lists.models import OfficialList, Row
from chaoce.service.lists.progress import Progress
from chaoce.service.people.models import Membership, User

#: Rows that are worked on together.
BATCH = 500
#: A list of so many rows or fewer is taken over at once; a longer one in the background.
AT_ONCE = 300
#: With what the note of a row begins that is another payment although the same is known already; the reason follows.
ANOTHER = ("另一笔", "another payment")
USABLE = (Row.Match.TAX_ID, Row.Match.CHOSEN)
#: What of a fact is not of its substance: it names the place where it was said.
_PLACE = ("evidence", "note")
State = OfficialList.State


@dataclass
class Plan:
    """What taking a list over does. `old` are facts or support that are withdrawn: those whose row is gone, and those said otherwise."""

    rows: list[Row] = field(default_factory=list)
    new: list[Row] = field(default_factory=list)
    changed: list[tuple[Row, Fact]] = field(default_factory=list)
    same: list[Row] = field(default_factory=list)
    gone: list[Fact] = field(default_factory=list)
    gone_received: list[Received] = field(default_factory=list)
    noted: list[tuple[Row, Said]] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.new or self.changed or self.gone or self.gone_received)


@dataclass(frozen=True)
class Counts:
    """The rows of a list by how their firm was found."""

    total: int
    by_match: dict[str, int]

    @property
    def usable(self) -> int:
        """Rows with a firm and without a fault."""
        return sum(self.by_match.get(match, 0) for match in USABLE)


def counts(listed: OfficialList) -> Counts:
    """The rows by match, in one query."""
    found = dict(listed.rows.order_by().values_list("match").annotate(Count("pk")))
    return Counts(sum(found.values()), found)


def chain(listed: OfficialList) -> list[int]:
    """The list and all that it corrects, one after the other."""
    found, one = [listed.pk], listed
    while one.supersedes is not None:
        one = one.supersedes
        found.append(one.pk)
    return found


def plan(listed: OfficialList) -> Plan:
    """What taking it over would do now; a few queries, however many rows."""
    made = Plan(rows=list(listed.rows.filter(match__in=USABLE, firm__isnull=False)))
    if listed.kind == OfficialList.Kind.RECEIVED:
        _plan_received(made, chain(listed))
    else:
        _plan_facts(made, chain(listed))
    return made


def _plan_facts(made: Plan, lists: list[int]) -> None:
    own = list(Fact.objects.standing().filter(row__list__in=lists))
    standing = {(fact.firm_id, fact.key): fact for fact in own}
    numbers = _numbers_elsewhere(made.rows, lists)
    wanted: dict[tuple[int, str], Row] = {}
    for row in made.rows:
        key = (row.firm_id or 0, row.raw["id"])
        before = standing.get(key)
        if key in wanted:
            made.noted.append((row, fault("twice", row.number, other=wanted[key].number)))
            continue
        wanted[key] = row
        number = str(row.raw.get("number") or "")
        if before is not None and _substance(before.raw) == _substance(row.raw):
            made.same.append(row)
        elif before is not None:
            made.changed.append((row, before))
        elif number and (row.firm_id, row.raw["type"], fold(number)) in numbers:
            made.noted.append((row, fault("known", row.number, fact=numbers[row.firm_id, row.raw["type"], fold(number)])))
        else:
            made.new.append(row)
    made.gone = [fact for fact in own if (fact.firm_id, fact.key) not in wanted]


def _substance(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key not in _PLACE}


def _numbers_elsewhere(rows: Iterable[Row], lists: list[int]) -> dict[tuple[int | None, str, str], str]:
    """Certificates that firms have from elsewhere: (firm, type, number whatever its spelling) -> id of the fact."""
    asked = {(row.firm_id, row.raw["type"], fold(str(row.raw["number"]))) for row in rows if row.raw.get("number")}
    if not asked:
        return {}
    there = Fact.objects.standing().filter(firm__in={firm for firm, _type, _number in asked}, type__in={kind for _f, kind, _n in asked})
    return {
        key: fact.key
        for fact in there.exclude(row__list__in=lists)
        if (key := (fact.firm_id, fact.type, fold(str(fact.raw.get("number"))))) in asked
    }


def _plan_received(made: Plan, lists: list[int]) -> None:
    there: dict[tuple, list[Received]] = {}
    for row in Received.objects.standing().filter(row__list__in=lists):
        there.setdefault(_identity(row.firm_id, row), []).append(row)
    known = _Known(made.rows, lists)
    for row in made.rows:
        one = received_of(row)
        alike = there.get(_identity(row.firm_id, one))
        if alike:
            alike.pop()
            made.same.append(row)
        elif (other := known.take(one)) is not None:
            made.noted.append((row, fault("received.known", row.number, **_say_known(other))))
        else:
            made.new.append(row)
    made.gone_received = [one for rest in there.values() for one in rest]


class _Known:
    """What the firms of a list have received by what is known from elsewhere: by other lists, and by grants of cases here.

    A payment that another list says is the same benefit, matter and amount; what pays out a grant is no more than the grant. Each is
    used up once: two payments of one amount are not one.
    """

    def __init__(self, rows: Iterable[Row], lists: list[int]):
        """Reads it for all firms of the rows at once."""
        self._left: dict[tuple[int, str], list[list[Any]]] = {}
        there = Received.objects.standing().filter(firm__in={row.firm_id for row in rows}).select_related("row__list", "case_line__case")
        for one in there.exclude(row__list__in=lists):
            self._left.setdefault((one.firm_id, one.benefit), []).append([one, one.amount])

    def take(self, one: Received) -> Received | None:
        """What says already that this was paid, and uses it up; None where nothing does, or where the row says why it is another."""
        if one.note.strip().startswith(ANOTHER):
            return None
        for entry in self._left.get((one.firm_id, one.benefit), ()):
            other, left = entry
            fits = one.amount <= left if other.case_line_id else one.amount == left
            plan = not one.policy or not other.policy or one.policy == other.policy
            year = one.year is None or other.year is None or one.year == other.year
            if left and fits and plan and year and grant_of(other).touches([one.matter]):
                entry[1] = left - one.amount
                return other
        return None


def _say_known(one: Received) -> dict[str, Any]:
    """Where support is known from, for a note on a row."""
    if one.case_line is not None:
        where = str(one.case_line.case)
    else:
        where = one.row.list.title if one.row is not None else "—"
    return {"where": where, "amount": format_yuan(one.amount), "day": one.date.isoformat()}


def received_of(row: Row) -> Received:
    """The support that a row comes to, not yet written down."""
    raw = row.raw
    return Received(  # type: ignore[misc]
        firm_id=row.firm_id,
        benefit=raw["benefit"],
        policy=raw.get("policy", ""),
        matter=canonical(raw["matter"]),
        date=date.fromisoformat(raw["date"]),
        year=raw.get("year"),
        amount=parse_yuan(raw["amount"]),
        row=row,
        note=str(raw.get("note", ""))[:400],
    )


def _identity(firm: int | None, one: Received) -> tuple:
    return (firm, one.benefit, one.policy, one.matter, one.date, one.year, one.amount)


def hindrances(listed: OfficialList, found: Counts | None = None) -> list[str]:
    """Why a list cannot be taken over as it stands; empty where it can."""
    found = found or counts(listed)
    said = []
    if listed.state not in (State.CHECKED, State.TAKEN):
        said.append(_("The list is “%(state)s”.") % {"state": listed.get_state_display()})
    if not found.usable:
        said.append(_("No row has a firm yet."))
    correction = listed.corrections.filter(state__in=[State.TAKEN, State.TAKING]).first()
    if correction is not None:
        said.append(_("It has been corrected by “%(title)s”, which was taken over.") % {"title": correction.title})
    before = listed.supersedes
    if before is not None:
        if before.state != State.TAKEN:
            said.append(_("The list that it corrects, “%(title)s”, is not taken over.") % {"title": before.title})
        open_rows = sum(found.by_match.get(match, 0) for match in (Row.Match.NEAR, Row.Match.FAULT))
        if open_rows:
            said.append(
                _(
                    "Rows that are faulty or still without a choice: %(n)s. A corrected list withdraws what it does not have, so every row "
                    "must be settled first: choose a firm or “none of these”, and hand faulty rows in anew."
                )
                % {"n": open_rows}
            )
    return said


@transaction.atomic
def begin(member: Membership, pk: int) -> OfficialList:
    """Takes a list over: at once, or in the background where it is long. Raises Refused."""
    listed = OfficialList.objects.seen_by(member).select_for_update(of=("self",)).filter(pk=pk).first()
    if listed is None or not may_change(member, listed):
        raise Refused(_("This list is not there, or not for you."))
    reasons = hindrances(listed)
    if reasons:
        raise Refused(_("The list cannot be taken over:"), reasons)
    listed.state, listed.began_at, listed.done, listed.taken_by = State.TAKING, timezone.now(), 0, member.user
    listed.save(update_fields=["state", "began_at", "done", "taken_by"])
    from chaoce.service.lists import tasks

    if listed.total <= AT_ONCE:
        take_now(listed)
    else:
        tasks.take_over.defer(pk=listed.pk)
    return listed


@transaction.atomic
def take_now(listed: OfficialList, progress: Progress | None = None) -> Plan:
    """All that a list says, taken over in one transaction. Every firm that it touches is locked at once, before anything is read:
    two lists over the same firms never wait for each other, and what is planned is what stands."""
    lock_firms(_firms_of(listed))
    made, by = plan(listed), listed.taken_by
    gone_why = _("“%(title)s” no longer has this row.") % {"title": listed.title}
    changed_why = _("“%(title)s” says it differently.") % {"title": listed.title}
    withdraw_facts(made.gone, by, gone_why)
    withdraw_facts([before for _row, before in made.changed], by, changed_why)
    withdraw_received(made.gone_received, by, gone_why)
    rows = [*made.new, *(row for row, _before in made.changed)]
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        _add(listed, some, by)
        if progress is not None:
            progress.tell(start + len(some))
    for row, said in made.noted:
        if said not in row.faults:
            row.faults = [*row.faults, said]
            row.save(update_fields=["faults"])
    listed.state, listed.taken_at, listed.done = State.TAKEN, timezone.now(), listed.total
    listed.save(update_fields=["state", "taken_at", "done"])
    from chaoce.service.lists import tasks

    tasks.follow_up.defer(pk=listed.pk)
    return made


def _firms_of(listed: OfficialList) -> set[int]:
    """The firms of its rows and of what stands of the lists that it corrects."""
    said = Received if listed.kind == OfficialList.Kind.RECEIVED else Fact
    standing = said.objects.standing().filter(row__list__in=chain(listed)).order_by().values_list("firm", flat=True)
    named = listed.rows.filter(match__in=USABLE, firm__isnull=False).order_by().values_list("firm", flat=True)
    return {firm for firm in (*standing, *named) if firm is not None}


def _add(listed: OfficialList, rows: list[Row], by: User | None) -> None:
    firms = Firm.objects.in_bulk({row.firm_id for row in rows})
    if listed.kind == OfficialList.Kind.RECEIVED:
        made = [received_of(row) for row in rows]
        for one in made:
            one.firm, one.added_by = firms[one.firm_id], by
        add_received_of_many(made)
        return
    new = [NewFact(firms[row.firm_id], row.raw, row) for row in rows if row.firm_id is not None]
    _made, refused = add_facts_of_many(new, Source.LIST, by)
    for entry, faults in refused:
        row = entry.row
        if row is not None:
            said = fault("fits.not", row.number, detail={"zh": faults.faults[0].say("zh"), "en": faults.faults[0].say("en")})
            row.faults, row.match = [*row.faults, said], Row.Match.FAULT
            row.save(update_fields=["faults", "match"])


@transaction.atomic
def drop(member: Membership, pk: int, why: str) -> OfficialList:
    """Undoes a take-over: all that the list added is withdrawn with the reason, and nothing deleted. Raises Refused.

    What it had withdrawn of the list that it corrects stays so; taking that list over once more says it anew.
    """
    listed = OfficialList.objects.seen_by(member).select_for_update(of=("self",)).filter(pk=pk).first()
    if listed is None or not may_change(member, listed):
        raise Refused(_("This list is not there, or not for you."))
    if listed.state not in (State.CHECKED, State.TAKEN):
        raise Refused(_("The list is “%(state)s”.") % {"state": listed.get_state_display()})
    if listed.taken_at is not None and not why.strip():
        raise Refused(_("Say why; everybody whose fact is withdrawn reads it."))
    if listed.corrections.exclude(state=State.DROPPED).exists():
        raise Refused(_("A corrected list stands on this one; drop that first."))
    withdraw_facts(list(Fact.objects.standing().filter(row__list=listed)), member.user, why.strip())
    withdraw_received(list(Received.objects.standing().filter(row__list=listed)), member.user, why.strip())
    listed.state, listed.dropped_at, listed.dropped_by, listed.dropped_why = State.DROPPED, timezone.now(), member.user, why.strip()[:400]
    listed.save(update_fields=["state", "dropped_at", "dropped_by", "dropped_why"])
    from chaoce.service.lists import tasks

    tasks.follow_up.defer(pk=listed.pk)
    return listed


#: Minutes after which work that has not ended counts as broken off: its worker is gone.
GONE = 10


def is_gone(listed: OfficialList) -> bool:
    """Whether work on a list is under way for so long that its worker must be gone."""
    working = listed.state in (State.CHECKING, State.TAKING)
    return working and listed.began_at is not None and timezone.now() - listed.began_at > timedelta(minutes=GONE)


@transaction.atomic
def begin_again(member: Membership, pk: int) -> OfficialList:
    """Puts work that broke off into the queue once more; it goes on where it was. Raises Refused."""
    listed = OfficialList.objects.seen_by(member).select_for_update(of=("self",)).filter(pk=pk).first()
    if listed is None or not may_change(member, listed):
        raise Refused(_("This list is not there, or not for you."))
    if not is_gone(listed):
        raise Refused(_("The work on this list is under way, or has ended."))
    listed.began_at = timezone.now()
    listed.save(update_fields=["began_at"])
    from chaoce.service.lists import tasks

    (tasks.check if listed.state == State.CHECKING else tasks.take_over).defer(pk=listed.pk)
    return listed


def break_off(pk: int) -> None:
    """After work that failed: the list stands where it stood before, and says so."""
    with transaction.atomic():
        listed = OfficialList.objects.select_for_update().get(pk=pk)
        if listed.state == State.TAKING:
            listed.state = State.TAKEN if listed.taken_at else State.CHECKED
        elif listed.state == State.CHECKING:
            listed.state = State.CHECKED
        listed.faults = [*(one for one in listed.faults if one["code"] != "broken"), fault("broken")]
        listed.save(update_fields=["state", "faults"])


def standing_of(listed: OfficialList) -> dict[str, int]:
    """What of a list stands now, what was withdrawn, and what that comes to in fen (of support received)."""
    if listed.kind == OfficialList.Kind.RECEIVED:
        amounts = Counter[str]()
        for amount, gone in Received.objects.filter(row__list=listed).values_list("amount", "withdrawn_at"):
            amounts["withdrawn" if gone else "standing"] += 1
            amounts["fen"] += 0 if gone else amount
        return dict(amounts)
    facts = Fact.objects.filter(row__list=listed)
    return facts.aggregate(standing=Count("pk", filter=Q(withdrawn_at=None)), withdrawn=Count("pk", filter=Q(withdrawn_at__isnull=False)))


def with_outcome(rows: Any) -> Any:
    """Rows with `taken`: whether a fact or support of theirs stands."""
    return rows.annotate(
        taken=Exists(Fact.objects.standing().filter(row=OuterRef("pk"))) | Exists(Received.objects.standing().filter(row=OuterRef("pk")))
    )
