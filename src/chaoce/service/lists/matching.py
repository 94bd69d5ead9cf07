"""Which firm a row is about: found by its tax id, or offered by a near name and chosen by a person. Nothing is assumed.

Names are compared in one form: half-width, without blanks and brackets, without 公司, 有限公司 or 有限责任公司 at the end, 海宁市 as
海宁. How alike two are is the measure of PostgreSQL's pg_trgm over these forms, in percent: of all sequences of three letters that
either has, how many both have. It is counted here, over an index of the rare sequences, because the common ones (海宁…科技有限公司)
make the index of the database slow where thousands of names are asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from chaoce.facts.types import SECTIONS
from chaoce.facts.uscc import is_valid
from chaoce.faults import Faults
from chaoce.service.cases.faults import Refused
from chaoce.service.facts.dossier import enterprise
from chaoce.service.facts.record import reader
from chaoce.service.firms.models import Firm
from chaoce.service.lists.columns import read_column
from chaoce.service.lists.faults import fault
from chaoce.service.lists.models import OfficialList, Row
from chaoce.service.lists.reading import ReadRow
from chaoce.service.people.models import Membership, Town
from chaoce.service.people.roles import DEPARTMENT, Role
from chaoce.service.wording import spoken

#: A name less alike than this (percent) is not offered.
NEAR = 45
#: A name less alike than this is another name than the one in the register: somebody has to look.
OTHER = 40
#: How many firms are offered for a row.
OFFERED = 5
#: What more firms than this (or a twentieth of them) have in their names is too common to look for, and so many are looked at.
COMMON, LOOKED_AT = 200, 60

_DROPPED = re.compile(r"[\s()\[\]{}<>〈-】〔〕\"'`“”‘’.,·、•_-]")
_ENDING = re.compile(r"(有限(责任)?)?公司$")
_PLACE = re.compile(r"^(.{2,3}?)[省市县区](?=..)")


def form(name: str) -> str:
    """A name as it is compared.

    >>> form("海宁市晶微（浙江）智能科技有限责任公司"), form("海宁晶微(浙江)智能科技公司")
    ('海宁晶微浙江智能科技', '海宁晶微浙江智能科技')
    """
    text = _DROPPED.sub("", unicodedata.normalize("NFKC", name).lower())
    return _PLACE.sub(r"\1", _ENDING.sub("", text)) or text


def _threes(name: str) -> frozenset[str]:
    """The sequences of three letters of a name's form, as pg_trgm takes them: two blanks before it, one behind."""
    text = f"  {form(name)} "
    return frozenset(text[at : at + 3] for at in range(len(text) - 2))


def _percent(one: frozenset[str], other: frozenset[str]) -> int:
    both = len(one & other)
    either = len(one) + len(other) - both
    return (200 * both + either) // (2 * either)


class Near(NamedTuple):
    """A firm that a row may be about, and how alike the names are in percent."""

    firm: int
    name: str
    percent: int


class Register:
    """The names of all firms, read once when they are first asked for, and found by what is rare in them."""

    def __init__(self) -> None:
        self._firms: list[tuple[int, str]] | None = None
        self._by_three: dict[str, list[int]] = {}

    def _read(self) -> list[tuple[int, str]]:
        if self._firms is None:
            self._firms = list(Firm.objects.order_by("pk").values_list("pk", "name"))
            for place, (_pk, name) in enumerate(self._firms):
                for three in _threes(name):
                    self._by_three.setdefault(three, []).append(place)
        return self._firms

    def near(self, name: str) -> list[Near]:
        """The firms whose names are near, the nearest first."""
        firms, threes = self._read(), _threes(name)
        known = sorted((self._by_three[three] for three in threes if three in self._by_three), key=len)
        common = max(COMMON, len(firms) // 20)
        shared = Counter(place for places in known if len(places) <= common for place in places)
        found = []
        for place, _count in shared.most_common(LOOKED_AT):
            pk, register = firms[place]
            percent = _percent(threes, _threes(register))
            if percent >= NEAR:
                found.append(Near(pk, register, percent))
        return sorted(found, key=lambda one: (-one.percent, one.firm))[:OFFERED]


def match(rows: Sequence[ReadRow], listed: OfficialList, register: Register) -> list[Row]:
    """The rows with the firms that they are about or may be about; a few queries, however many rows."""
    by_id = _by_tax_id(rows)
    flagged = {row.number for row in rows if row.good and row.name and row.uscc in by_id and by_id[row.uscc][row.name].percent < OTHER}
    asked = [row for row in rows if row.good and row.name and (row.uscc not in by_id or row.number in flagged)]
    near = {row.number: register.near(row.name) for row in asked}
    chosen = _chosen_before(listed, rows)
    return [_row(row, listed, by_id.get(row.uscc, {}), near.get(row.number, []), row.number in flagged, chosen) for row in rows]


def _row(
    read: ReadRow,
    listed: OfficialList,
    by_id: dict[str, Near],
    near: list[Near],
    flagged: bool,
    chosen: dict[tuple[str, str], tuple[int, int | None]],
) -> Row:
    row = Row(list=listed, number=read.number, uscc=read.uscc, name=read.name, cells=read.cells, raw=read.raw, faults=list(read.faults))
    own = by_id.get(read.name) or next(iter(by_id.values()), None)
    before = chosen.get((read.uscc, read.name))
    if not read.good:
        row.match = Row.Match.FAULT
    elif own is not None and not flagged:
        row.match, row.firm_id = Row.Match.TAX_ID, own.firm
        if read.name and own.percent < 100:
            row.faults.append(fault("name.differs", read.number, register=own.name))
    elif before is not None:
        row.match, row.firm_id, row.chosen_by_id = Row.Match.CHOSEN, *before
    elif own is not None:
        row.match = Row.Match.NEAR
        row.near = [list(own), *(list(one) for one in near if one.firm != own.firm)][:OFFERED]
        row.faults.append(fault("other.name", read.number, register=own.name, name=read.name))
    else:
        row.near = [list(one) for one in near]
        row.match = Row.Match.NEAR if near and not read.uscc else Row.Match.NONE
        if read.uscc and near and near[0].percent == 100:
            row.faults.append(fault("same.name", read.number))
    return row


def _by_tax_id(rows: Iterable[ReadRow]) -> dict[str, dict[str, Near]]:
    """tax id -> name in the row -> the firm with that tax id and how alike its name is."""
    asked = {row.uscc for row in rows if row.good and row.uscc}
    firms = {uscc: (pk, name) for uscc, pk, name in Firm.objects.filter(uscc__in=asked).values_list("uscc", "pk", "name")}
    found: dict[str, dict[str, Near]] = {}
    for row in rows:
        if row.good and row.uscc in firms:
            pk, name = firms[row.uscc]
            found.setdefault(row.uscc, {})[row.name] = Near(pk, name, _percent(_threes(row.name), _threes(name)))
    return found


def _chosen_before(listed: OfficialList, rows: Iterable[ReadRow]) -> dict[tuple[str, str], tuple[int, int | None]]:
    """What a person chose for the very same words in the list that this one corrects: (tax id, name) -> (firm, who chose)."""
    if listed.supersedes_id is None:
        return {}
    names = sorted({row.name for row in rows if row.good})
    before = Row.objects.filter(list=listed.supersedes_id, match=Row.Match.CHOSEN, name__in=names, firm__isnull=False)
    return {(row.uscc, row.name): (row.firm_id, row.chosen_by_id) for row in before if row.firm_id is not None}


# What a person decides.


def may_change(member: Membership | None, listed: OfficialList) -> bool:
    """Who may work on a list: the department's people and the programme office on lists of facts, finance on support received."""
    if member is None:
        return False
    if listed.kind == OfficialList.Kind.RECEIVED:
        return member.role == Role.FINANCE
    if member.role in DEPARTMENT:
        return listed.department_id == member.department_id
    return member.role == Role.OFFICE


def _open(member: Membership, pk: int, number: int) -> Row:
    row = (
        Row.objects.select_for_update(of=("self",))
        .select_related("list")
        .filter(list_id=pk, number=number, list__in=OfficialList.objects.seen_by(member))
        .first()
    )
    if row is None or not may_change(member, row.list):
        raise Refused(_("This row is not there, or not for you."))
    if row.list.state not in (OfficialList.State.CHECKED, OfficialList.State.TAKEN):
        raise Refused(_("The list is “%(state)s”; wait until that is done.") % {"state": row.list.get_state_display()})
    if row.match == Row.Match.FAULT:
        raise Refused(_("The row is faulty; put it right in the file and hand in the corrected list."))
    if Row.objects.filter(pk=row.pk, facts__withdrawn_at=None, facts__isnull=False).exists() or (
        Row.objects.filter(pk=row.pk, received__withdrawn_at=None, received__isnull=False).exists()
    ):
        raise Refused(_("The row has been taken over already; a corrected list can withdraw it."))
    return row


@transaction.atomic
def choose(member: Membership, pk: int, number: int, firm: int | None) -> Row:
    """Says which of the firms offered a row is about; None: none of them. Raises Refused."""
    row = _open(member, pk, number)
    if firm is None:
        row.firm, row.match, row.chosen_by = None, Row.Match.NONE, member.user
    elif firm in {one[0] for one in row.near} or (row.firm_id == firm):
        row.firm_id, row.match, row.chosen_by = firm, Row.Match.CHOSEN, member.user
    else:
        raise Refused(_("That firm was not offered for this row."))
    row.save(update_fields=["firm", "match", "chosen_by"])
    return row


@transaction.atomic
def find(member: Membership, pk: int, number: int, uscc: str) -> Row:
    """Names the firm of a row by its tax id, where none of those offered is it. Raises Refused."""
    row = _open(member, pk, number)
    firm = Firm.objects.filter(uscc=uscc.strip().upper()).first()
    if firm is None:
        raise Refused(_("No firm in the register has the tax id “%(uscc)s”.") % {"uscc": uscc.strip()[:40]})
    row.firm, row.match, row.chosen_by = firm, Row.Match.CHOSEN, member.user
    row.save(update_fields=["firm", "match", "chosen_by"])
    return row


@transaction.atomic
def choose_exact(member: Membership, pk: int) -> int:
    """Chooses, for a person who says so, the firm of every row with one name that is wholly alike and no second; how many."""
    listed = OfficialList.objects.seen_by(member).filter(pk=pk).first()
    if listed is None or not may_change(member, listed):
        raise Refused(_("This list is not there, or not for you."))
    if listed.state not in (OfficialList.State.CHECKED, OfficialList.State.TAKEN):
        raise Refused(_("The list is “%(state)s”; wait until that is done.") % {"state": listed.get_state_display()})
    changed = []
    for row in listed.rows.select_for_update().filter(match=Row.Match.NEAR, uscc=""):
        if exact(row.near) is not None:
            row.firm_id, row.match, row.chosen_by = exact(row.near), Row.Match.CHOSEN, member.user
            changed.append(row)
    Row.objects.bulk_update(changed, ["firm", "match", "chosen_by"], batch_size=1000)
    return len(changed)


def exact(near: Sequence[Sequence[Any]]) -> int | None:
    """The one firm whose name is wholly alike; None where there is none or more than one."""
    alike = [one[0] for one in near if one[2] == 100]
    return alike[0] if len(alike) == 1 else None


def known_of(row: Row) -> dict[str, str]:
    """What a row says of its firm, as a new entry of the register begins with; without a division, that of digits 3 to 8 of its tax id."""
    said = {read_column(0, header, False).role: text for header, text in row.cells.items()}
    return {
        "uscc": row.uscc,
        "name": row.name,
        "industry": said.get("industry", "").upper(),
        "division": said.get("division", "") or row.uscc[2:8],
        "town": said.get("town", ""),
    }


@transaction.atomic
def register(member: Membership, pk: int, number: int, name: str, industry: str, division: str, town: str = "") -> Row:
    """Enters the firm of a row, whose tax id is valid and unknown, into the register. Raises Refused."""
    row = _open(member, pk, number)
    if not is_valid(row.uscc):
        raise Refused(_("Only a firm with a valid tax id can be registered; this row has none."))
    firm = Firm(uscc=row.uscc, name=name.strip(), industry=industry.strip().upper(), division=division.strip(), town_id=town or None)
    check_firm(firm)
    made, new = Firm.objects.get_or_create(
        uscc=firm.uscc, defaults={"name": firm.name, "industry": firm.industry, "division": firm.division, "town_id": firm.town_id}
    )
    if not new:
        raise Refused(_("A firm with this tax id is in the register already: %(name)s.") % {"name": made.name})
    _point(row.list, made, member)
    return row


def check_firm(firm: Firm) -> None:
    """Raises Refused where a field of the firm could not be read by an assessment."""
    if not firm.name or len(firm.name) > 120:
        raise Refused(_("Give the firm's name, at most 120 letters."))
    if firm.industry[:1] not in SECTIONS:
        raise Refused(_("Give the industry: a section letter from A to T, with up to four digits of GB/T 4754."))
    if firm.town_id and not Town.objects.filter(pk=firm.town_id).exists():
        raise Refused(_("Choose a town of the list, or none."))
    try:
        reader().read({"enterprise": enterprise(firm), "facts": [], "received": []})
    except Faults as faults:
        raise Refused(faults.faults[0].say(spoken())) from None


def _point(listed: OfficialList, firm: Firm, member: Membership) -> None:
    """All rows of a list with the tax id of a firm that is new in the register are about it."""
    rows = listed.rows.filter(uscc=firm.uscc, match__in=[Row.Match.NONE, Row.Match.NEAR])
    rows.update(firm=firm, match=Row.Match.TAX_ID, near=[], chosen_by=member.user)


@transaction.atomic
def register_all(member: Membership, pk: int) -> int:
    """Enters the firms of all rows that say enough (tax id, name, industry) into the register; how many."""
    listed = OfficialList.objects.seen_by(member).filter(pk=pk).first()
    if listed is None or not may_change(member, listed):
        raise Refused(_("This list is not there, or not for you."))
    towns = {word: town.code for town in Town.objects.all() for word in (town.zh, town.code)}
    made: dict[str, Firm] = {}
    for row in listed.rows.filter(match=Row.Match.NONE, firm=None, near=[]).exclude(uscc=""):
        known = known_of(row)
        if row.uscc in made or not known["industry"] or not row.name:
            continue
        town = towns.get(known.pop("town"))
        firm = Firm(**known, town_id=town)
        try:
            check_firm(firm)
        except Refused:
            continue
        made[row.uscc] = firm
    there = set(Firm.objects.filter(uscc__in=list(made)).values_list("uscc", flat=True))
    new = Firm.objects.bulk_create([firm for uscc, firm in made.items() if uscc not in there], batch_size=1000)
    by_uscc = {firm.uscc: firm for firm in new}
    rows = list(listed.rows.filter(match=Row.Match.NONE, uscc__in=list(by_uscc)))
    for row in rows:
        row.firm, row.match, row.chosen_by = by_uscc[row.uscc], Row.Match.TAX_ID, member.user
    Row.objects.bulk_update(rows, ["firm", "match", "chosen_by"], batch_size=1000)
    return len(new)
