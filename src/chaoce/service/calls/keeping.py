"""Calls and their guides: made, changed, published, extended, ended. The only code that changes one.

Each change is kept with who did it, when and why.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chaoce.service.calls.drafting import Pair, departments, departments_of, evidence_of, rules_to_begin_with
from chaoce.service.calls.models import Call, CallEvent, Guide
from chaoce.service.calls.procedure import RULES
from chaoce.service.cases.faults import Refused, Stale
from chaoce.service.cases.firm_steps import follow_guide
from chaoce.service.people.models import Department, Membership
from chaoce.service.people.roles import DEPARTMENT, Role
from chaoce.service.plan.sessions import every_benefit

_CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_DIVISION = re.compile(r"[0-9]{2,6}")
#: Entries of an evidence list.
MOST_ITEMS = 60


def may_keep(member: Membership, lead: Department | None) -> bool:
    """Whether somebody may change the calls of a lead department: its own people and the programme office."""
    return member.role == Role.OFFICE or (member.role in DEPARTMENT and lead is not None and member.department_id == lead.pk)


def may_publish(member: Membership, lead: Department | None) -> bool:
    """Publishing is for the head of the lead department and the programme office."""
    return may_keep(member, lead) and member.role in (Role.OFFICE, Role.HEAD)


def _hold(allowed: bool) -> None:
    if not allowed:
        raise Refused(_("This call is kept by its lead department and the programme office."))


def _note(call: Call, kind: str, member: Membership, why: str = "", **particulars: Any) -> None:
    CallEvent.objects.create(call=call, kind=kind, why=why.strip()[:400], particulars=particulars, by=member.user)


@transaction.atomic
def make(
    member: Membership,
    year: int,
    zh: str,
    en: str,
    pairs: Sequence[Pair],
    opens_at: datetime,
    closes_at: datetime,
    lead: Department | None = None,
) -> Call:
    """A call that is not published yet, with the first version of its guide drawn from the rules; raises Refused."""
    known = {(policy.id, benefit.id) for policy, benefit in every_benefit()}
    points = []
    if not pairs or not set(pairs) <= known:
        points.append(_("Choose at least one benefit."))
    if not zh.strip():
        points.append(_("Give the call its Chinese name."))
    if opens_at >= closes_at:
        points.append(_("The window must open before it closes."))
    if points:
        raise Refused(_("The call cannot be made yet:"), points)
    leads, joint = departments_of(pairs)
    by_text = departments(leads)
    lead = lead or (by_text[0] if by_text else member.department)
    if lead is None:
        raise Refused(_("The text names no lead department for these benefits: choose one."))
    _hold(may_keep(member, lead))
    call = Call.objects.create(
        year=year,
        zh=zh.strip(),
        en=en.strip(),
        benefits=[list(pair) for pair in dict.fromkeys(pairs)],
        lead=lead,
        opens_at=opens_at,
        closes_at=closes_at,
        created_by=member.user,
    )
    call.joint.set([one for one in (*by_text, *departments(joint)) if one.pk != lead.pk])
    Guide.objects.create(call=call, version=1, rules=rules_to_begin_with(), evidence=evidence_of(pairs))
    _note(call, CallEvent.Kind.MADE, member)
    return call


def beside(call: Call) -> list[Call]:
    """Other calls of the year for one of the same benefits whose windows overlap: a warning, for it may be meant."""
    rows = Call.objects.filter(year=call.year, opens_at__lt=call.closes_at, closes_at__gt=call.opens_at, closed_at=None).exclude(pk=call.pk)
    return [row for row in rows if row.pairs & call.pairs]


def draft_of(call: Call) -> Guide | None:
    """The version of the guide that is being written, if there is one."""
    return call.guides.filter(published_at=None).order_by("-version").first()


@transaction.atomic
def new_version(call: Call, member: Membership) -> Guide:
    """The version being written: the one that is open, else a copy of the last."""
    _hold(may_keep(member, call.lead))
    Call.objects.select_for_update().get(pk=call.pk)
    found = draft_of(call)
    if found is not None:
        return found
    last = call.guides.order_by("-version").first()
    assert last is not None
    copied = ("rules", "evidence", "text_zh", "text_en", "four_eyes", "review_days", "correction_days")
    guide = Guide.objects.create(call=call, version=last.version + 1, **{name: getattr(last, name) for name in copied})
    _note(call, CallEvent.Kind.CHANGED, member, version=guide.version)
    return guide


@transaction.atomic
def write(guide: Guide, member: Membership, changes: Mapping[str, Any]) -> Guide:
    """Writes the version that is not published; raises Refused with all that is wrong."""
    _hold(may_keep(member, guide.call.lead))
    guide = Guide.objects.select_for_update().select_related("call").get(pk=guide.pk)
    if guide.published_at is not None:
        raise Stale(_("This version has been published meanwhile and does not change any more; begin a new version."))
    for name in ("rules", "evidence", "text_zh", "text_en", "four_eyes", "review_days", "correction_days"):
        if name in changes:
            setattr(guide, name, changes[name])
    points = wrong_in(guide, publishing=False)
    if points:
        raise Refused(_("The guide was not saved:"), points)
    guide.save()
    return guide


def wrong_in(guide: Guide, publishing: bool) -> list[str]:
    """A sentence for each thing that is wrong in a guide; with `publishing` also for what is still missing."""
    points = []
    for code, given in guide.rules.items():
        rule = RULES.get(code)
        if rule is None:
            points.append(_("There is no procedure rule “%(code)s”.") % {"code": code})
            continue
        if given.get("on") and not str(given.get("source", "")).strip():
            points.append(_("“%(rule)s” is on: name the document that says so.") % {"rule": rule.label})
        for param in rule.params:
            value = given.get(param.name, param.default)
            if param.kind == "number" and not (type(value) is int and 0 < value <= 50):
                points.append(_("“%(rule)s”: give a whole number from 1 to 50.") % {"rule": rule.label})
            if param.name == "division" and given.get("on") and not _DIVISION.fullmatch(str(value)):
                points.append(_("“%(rule)s”: a division code has two to six digits, like 330481.") % {"rule": rule.label})
            if param.choices and value not in dict(param.choices):
                points.append(_("“%(rule)s”: choose one of the values.") % {"rule": rule.label})
    codes = [item.get("code", "") for item in guide.evidence]
    if len(codes) > MOST_ITEMS:
        points.append(_("An evidence list has at most %(most)s items.") % {"most": MOST_ITEMS})
    if len(set(codes)) != len(codes) or not all(_CODE.fullmatch(code) for code in codes):
        points.append(_("Two items of the evidence list have the same code, or a code has other signs than a-z, 0-9, “.”, “_” and “-”."))
    if not all(str(item.get("zh", "")).strip() for item in guide.evidence):
        points.append(_("Every item of the evidence list needs its Chinese words."))
    names = {benefit for _policy, benefit in guide.call.pairs}
    if any(item.get("benefit") and item["benefit"] not in names for item in guide.evidence):
        points.append(_("An item of the evidence list is for a benefit that this call does not cover."))
    if not 1 <= guide.review_days <= 250 or not 1 <= guide.correction_days <= 60:
        points.append(_("A review takes 1 to 250 working days, a correction 1 to 60."))
    if publishing and not guide.text_zh.strip():
        points.append(_("The guide has no Chinese text yet."))
    return points


@transaction.atomic
def publish(call: Call, member: Membership) -> Guide:
    """Publishes the version being written, and with it the call; from then on that version never changes.

    Cases that have been handed in keep the version that they were handed in under; drafts follow the new one.
    """
    _hold(may_publish(member, call.lead))
    call = Call.objects.select_for_update().get(pk=call.pk)
    guide = draft_of(call)
    if guide is None:
        raise Refused(_("There is no new version to publish."))
    points = wrong_in(guide, publishing=True)
    if call.closed_at is not None or call.closes_at <= timezone.now():
        points.append(_("The window of this call is over."))
    if points:
        raise Refused(_("The guide cannot be published yet:"), points)
    now = timezone.now()
    guide.published_at, guide.published_by = now, member.user
    guide.save()
    first = call.published_at is None
    if first:
        call.published_at = now
        call.save(update_fields=["published_at"])
    _note(call, CallEvent.Kind.PUBLISHED if first else CallEvent.Kind.GUIDE, member, version=guide.version)
    follow_guide(guide)
    return guide


@transaction.atomic
def move_window(call: Call, member: Membership, opens_at: datetime, closes_at: datetime, why: str) -> Call:
    """Moves the window: freely before the call is published, afterwards only to a later end, with the reason."""
    _hold(may_keep(member, call.lead))
    call = Call.objects.select_for_update().get(pk=call.pk)
    if opens_at >= closes_at:
        raise Refused(_("The window must open before it closes."))
    if call.published_at is not None:
        if opens_at != call.opens_at:
            raise Refused(_("The call is published: its beginning stays."))
        if closes_at < call.closes_at or closes_at <= timezone.now():
            raise Refused(_("The call is published: its end can only be moved to a later time."))
        if call.closed_at is not None:
            raise Refused(_("The window of this call is over."))
        if not why.strip():
            raise Refused(_("Say why."))
    before = (call.opens_at, call.closes_at)
    call.opens_at, call.closes_at = opens_at, closes_at
    call.save(update_fields=["opens_at", "closes_at"])
    moved = {"from": [moment.isoformat() for moment in before], "to": [opens_at.isoformat(), closes_at.isoformat()]}
    _note(call, CallEvent.Kind.WINDOW, member, why, **moved)
    return call


@transaction.atomic
def end(call: Call, member: Membership, why: str) -> Call:
    """Ends a published call before its time; drafts stay, what was submitted goes on."""
    _hold(may_publish(member, call.lead))
    call = Call.objects.select_for_update().get(pk=call.pk)
    if call.published_at is None or call.closed_at is not None:
        raise Refused(_("Only a published call that has not ended can be ended."))
    if not why.strip():
        raise Refused(_("Say why."))
    call.closed_at = timezone.now()
    call.save(update_fields=["closed_at"])
    _note(call, CallEvent.Kind.CLOSED, member, why)
    return call
