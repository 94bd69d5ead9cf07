"""One list: its rows with their firms, how far it has come, and what taking it over would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from chaoce.facts.types import FactType, check_value
from chaoce.money import parse_yuan
from chaoce.rules.words import say_value
from chaoce.service.documents.store import path_of
from chaoce.service.facts.models import Fact
from chaoce.service.firms.models import Firm
from chaoce.service.lists import matching, ready, takeover
from chaoce.service.lists.faults import Said, is_note, say
from chaoce.service.lists.importing import types
from chaoce.service.lists.matching import may_change
from chaoce.service.lists.models import OfficialList, Row
from chaoce.service.pages.lists.listing import PAGE, member_of
from chaoce.service.pages.templatetags.chaoce import yuan
from chaoce.service.plan.sessions import benefit_of, policy_of
from chaoce.service.wording import spoken

#: Entries of each kind that a preview shows.
SHOWN = 25
State, Match = OfficialList.State, Row.Match

#: What the rows can be cut to.
PARTS: dict[str, tuple[str | Promise, Q]] = {
    "all": (_("All rows"), Q()),
    "open": (_("To decide"), Q(match=Match.NEAR)),
    "none": (_("No such firm"), Q(match=Match.NONE)),
    "fault": (_("Faulty"), Q(match=Match.FAULT)),
    "found": (_("With a firm"), Q(match__in=takeover.USABLE)),
    "noted": (_("With a note"), ~Q(match=Match.FAULT) & ~Q(faults=[])),
}


@dataclass
class Told:
    """A row as the page shows it."""

    row: Row
    facts: list[tuple[str, str, bool]]  # label, value, whether the value is Chinese on every page
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    near: list[dict[str, Any]] = field(default_factory=list)
    registrable: bool = False
    changes: bool = False


def list_of(request: HttpRequest, pk: int) -> OfficialList:
    """A list that the person may see, or 404."""
    rows = OfficialList.objects.seen_by(member_of(request))
    return get_object_or_404(rows.select_related("department", "imported_by", "taken_by", "dropped_by", "supersedes"), pk=pk)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a list."""
    return render(request, "lists/detail.html", shown(request, list_of(request, pk)))


def shown(request: HttpRequest, listed: OfficialList) -> dict[str, Any]:
    """What the page of a list shows."""
    member, found = member_of(request), takeover.counts(listed)
    part = request.GET.get("part", "all")
    part = part if part in PARTS else "all"
    rows = listed.rows.filter(PARTS[part][1])
    words = request.GET.get("q", "").strip()
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(uscc__icontains=words) | Q(firm__name__icontains=words))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    changes = may_change(member, listed)
    working = listed.state in (State.CHECKING, State.TAKING)
    kind = types().get(listed.type)
    return {
        "listed": listed,
        "kind": kind,
        "values": values_of(listed),
        "counts": found,
        "parts": _parts(found, part, listed),
        "part": part,
        "words": words,
        "page": page,
        "told": tell(list(page.object_list), changes and not working),
        "changes": changes,
        "working": working,
        "broken_off": takeover.is_gone(listed),
        "faults": [say_of(one) for one in listed.faults if not is_note(one)],
        "notes": [say_of(one) for one in listed.faults if is_note(one)],
        "hindrances": takeover.hindrances(listed, found) if changes and not working else [],
        "outcome": takeover.standing_of(listed) if listed.taken_at else None,
        "claims": _claims(listed) if listed.taken_at and listed.kind == OfficialList.Kind.FACTS else None,
        "alike": _alike(listed) if changes and found.by_match.get(Match.NEAR) else 0,
        "registrable": _registrable(listed) if changes and found.by_match.get(Match.NONE) else 0,
        "corrections": listed.corrections.exclude(state=State.DROPPED),
    }


def _parts(found: takeover.Counts, part: str, listed: OfficialList) -> list[tuple[str, Any, int, bool]]:
    by = found.by_match
    noted = listed.rows.filter(PARTS["noted"][1]).count()
    numbers = {
        "all": found.total,
        "open": by.get(Match.NEAR, 0),
        "none": by.get(Match.NONE, 0),
        "fault": by.get(Match.FAULT, 0),
        "found": found.usable,
        "noted": noted,
    }
    return [(name, label, numbers[name], name == part) for name, (label, _q) in PARTS.items() if numbers[name] or name in ("all", part)]


def _claims(listed: OfficialList) -> dict[str, int]:
    drafts = ready.drafts_of(listed)
    return {"waiting": drafts.count(), "without": ready.without_account(drafts).count()}


def _alike(listed: OfficialList) -> int:
    near = listed.rows.filter(match=Match.NEAR, uscc="").values_list("near", flat=True)
    return sum(1 for one in near if matching.exact(one) is not None)


def _registrable(listed: OfficialList) -> int:
    rows = listed.rows.filter(match=Match.NONE, firm=None, near=[]).exclude(uscc="").exclude(name="")
    return len({row.uscc for row in rows.only("uscc", "name", "cells") if matching.known_of(row)["industry"]})


def values_of(listed: OfficialList) -> list[tuple[str, str]]:
    """What the list says for all its rows, in the language of the page."""
    lang, kind = spoken(), types().get(listed.type)
    found = []
    for name, raw in listed.values.items():
        own = kind.fields.get(name) if kind is not None else None
        if own is not None:
            found.append((own.names[lang], said_value(kind, name, raw)))
    return found


def said_value(kind: FactType | None, name: str, raw: Any) -> str:
    """A value of a fact in the language of the page; what cannot be read as one stands as it is."""
    own = kind.fields.get(name) if kind is not None else None
    if own is None:
        return str(raw)
    value, wrong, _particulars = check_value(own, raw)
    return str(raw) if wrong else say_value(own, value, spoken())


def say_of(said: Said) -> tuple[str, str, str]:
    """A fault with its place: row, column, words."""
    column = "" if said["code"] == "unread" else said.get("column", "")
    return (str(said.get("row") or ""), column, say(said))


def tell(rows: list[Row], changes: bool) -> list[Told]:
    """Rows as the page shows them; one query for the firms that they are about or may be about."""
    keys = {row.firm_id for row in rows} | {one[0] for row in rows for one in row.near}
    firms = Firm.objects.in_bulk([key for key in keys if key is not None])
    taken = set(takeover.with_outcome(Row.objects.filter(pk__in=[row.pk for row in rows])).filter(taken=True).values_list("pk", flat=True))
    found = []
    for row in rows:
        row.firm = firms.get(row.firm_id) if row.firm_id else None
        told = Told(row, facts_of(row), registrable=bool(row.uscc) and row.match in (Match.NONE, Match.NEAR) and not _known(row, firms))
        told.faults = [say(one) for one in row.faults if not is_note(one)]
        told.notes = [say(one) for one in row.faults if is_note(one)]
        told.near = [{"firm": firms[key], "percent": percent} for key, _name, percent in row.near if key in firms]
        told.changes = changes and row.match != Match.FAULT and row.pk not in taken
        row.taken = row.pk in taken  # type: ignore[attr-defined]
        found.append(told)
    return found


def _known(row: Row, firms: dict[int, Firm]) -> bool:
    """Whether the tax id of a row is that of a firm offered for it: then it is in the register."""
    return any(firm.uscc == row.uscc for firm in firms.values())


def facts_of(row: Row) -> list[tuple[str, str, bool]]:
    """What a row comes to: labels and values in the language of the page."""
    raw = row.raw
    if not raw:
        return [(header, text, True) for header, text in row.cells.items()]
    if "type" not in raw:
        return _received_of(raw)
    kind = types().get(raw["type"])
    if kind is None:
        return []
    lang = spoken()
    said = [(own.names[lang], said_value(kind, name, raw[name]), own.kind == "text") for name, own in kind.fields.items() if name in raw]
    number = raw.get("evidence", {}).get("number")
    if number and "number" not in raw:
        said.append((str(_("Certificate")), str(number), True))
    if "matter" in raw:
        matters = raw["matter"] if isinstance(raw["matter"], list) else [raw["matter"]]
        said.append((str(_("Matter")), ", ".join(matters), True))
    return [(str(_("Date")), raw["date"], False), *said]


def _received_of(raw: dict[str, Any]) -> list[tuple[str, str, bool]]:
    try:
        title, chinese = benefit_of(raw.get("policy", ""), raw["benefit"]).title[spoken()], False
    except KeyError:
        title, chinese = raw["benefit"], True
    said = [(str(_("Benefit or plan")), title, chinese)]
    if raw.get("policy"):
        said.append((str(_("Policy")), *_policy(raw["policy"])))
    fen = parse_yuan(raw["amount"]) or 0
    said += [(str(_("Matter")), str(raw["matter"]), True), (str(_("Date")), raw["date"], False), (str(_("Amount")), yuan(fen), False)]
    return [*said, *([(str(_("Year")), str(raw["year"]), False)] if "year" in raw else [])]


def _policy(text: str) -> tuple[str, bool]:
    try:
        return policy_of(text).title[spoken()], spoken() == "zh"
    except KeyError:
        return text, True


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the work on a list has come; when it is done the page is loaded anew."""
    listed = list_of(request, pk)
    if listed.state not in (State.CHECKING, State.TAKING):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(
        request,
        "lists/part_progress.html",
        {"listed": listed, "broken_off": takeover.is_gone(listed), "changes": may_change(member_of(request), listed)},
    )


@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What taking the list over would add, say anew and withdraw."""
    listed = list_of(request, pk)
    planned = takeover.plan(listed)
    found = takeover.counts(listed)
    changed = [row for row, _before in planned.changed]
    _with_firms([*planned.new[:SHOWN], *changed[:SHOWN]])
    context = {
        "listed": listed,
        "counts": found,
        "plan": planned,
        "new": [(row, facts_of(row)) for row in planned.new[:SHOWN]],
        "changed": [(row, facts_of(row), _before(fact)) for row, fact in planned.changed[:SHOWN]],
        "gone": _gone_of(planned),
        "gone_count": len(planned.gone) + len(planned.gone_received),
        "shown": SHOWN,
        "left": found.total - len(planned.rows),
        "amount": sum(takeover.received_of(row).amount for row in planned.new) if listed.kind == OfficialList.Kind.RECEIVED else None,
        "noted": [(row, say(said)) for row, said in planned.noted[:SHOWN]],
        "hindrances": takeover.hindrances(listed, found),
        "changes": may_change(member_of(request), listed),
    }
    return render(request, "lists/preview.html", context)


def _with_firms(rows: list[Row]) -> None:
    firms = Firm.objects.in_bulk({row.firm_id for row in rows})
    for row in rows:
        row.firm = firms.get(row.firm_id)


def _before(fact: Fact) -> list[tuple[str, str, bool]]:
    return facts_of(Row(raw=fact.raw))


def _gone_of(planned: takeover.Plan) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    facts, received = planned.gone[:SHOWN], planned.gone_received[:SHOWN]
    names = dict(Firm.objects.filter(pk__in={one.firm_id for one in (*facts, *received)}).values_list("pk", "name"))  # type: ignore[attr-defined]
    said = [(names[fact.firm_id], facts_of(Row(raw=fact.raw))) for fact in facts]
    for one in received:
        label = str(_("Amount"))
        said.append((names[one.firm_id], [(str(_("Matter")), one.matter, True), (label, yuan(one.amount), False)]))
    return said[:SHOWN]


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file as it was handed in, never shown in the browser."""
    listed = list_of(request, pk)
    path = path_of(listed.sha256)
    if not path.exists():
        return HttpResponse(status=404)
    return FileResponse(path.open("rb"), as_attachment=True, filename=listed.file, content_type="application/octet-stream")
