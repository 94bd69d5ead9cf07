"""The flow of a case: whoever tries whatever, only declared steps happen, and everything that must hold, holds.

Walks over all steps by people of all roles are drawn from seeds, against a real database; after each step the truths of `truths.py` are
asked of the database, and what was there before is compared with what is there now.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from chaoce.service.cases import amounts, flow, steps
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.models import Case
from chaoce.service.facts.record import add_facts, withdraw_facts
from chaoce.service.people.roles import Role
from service.kit import FORM, make_call, make_department, make_firm, make_member, purchase, reviewed, submitted
from service.truths import MOVES, STATES, ask, broken

pytestmark = pytest.mark.django_db

PLAN = "haining-ai-2026"
WHY = "the year's budget"
#: How many walks are drawn, and how many steps each has.
WALKS, STEPS = 4, 100
#: Who may take a step at all, as the issue says it; of departments the lead, but for sending back and what is not a step of the flow.
MAY = {
    "submit": {"firm"},
    "resubmit": {"firm"},
    "withdraw": {"firm"},
    "accept": {"lead", "head"},
    "send_back": {"lead", "head", "joint"},
    "go_on": {"lead", "head"},
    "close_review": {"lead", "head"},
    "make_ready": {"lead", "head"},
    "return_to_review": {"head"},
    "decide": {"head"},
    "reopen": {"head"},
}


def test_the_flow_is_the_one_that_was_asked_for():
    """“draft → submitted → pre-check → department reviews in parallel → decided → ready for notice; corrections go back …; withdrawal;
    re-opening”: the declared table has these steps and no others."""
    declared = {
        (source.value, name.removesuffix("_pre_check").removesuffix("_review") if name[:2] in ("re", "go") else name, move.target.value)
        for name, move in flow.TRANSITIONS.items()
        for source in move.sources
    }
    declared = {(source, {"return_to": "return_to_review"}.get(name, name), target) for source, name, target in declared}
    assert declared == set(MOVES)
    assert {state.value for state in flow.State} == set(STATES)


class World:
    """Two firms that both hold one invoice, a call with two departments, and somebody of every role."""

    def __init__(self) -> None:
        self.call = make_call()
        self.firms = [make_firm(), make_firm()]
        lead, joint = self.call.lead, self.call.joint.get()
        self.people = {
            "firm": make_member("firm_owner", firm=self.firms[0]),
            "firm2": make_member("firm_staff", firm=self.firms[1]),
            "lead": make_member("reviewer", department=lead),
            "joint": make_member("reviewer", department=joint),
            "head": make_member("head", department=lead),
            "joint_head": make_member("head", department=joint),
            "elsewhere": make_member("reviewer", department=make_department("市科技局")),
            **{role: make_member(role) for role in ("town", "expert", "finance", "auditor", "office", "leader")},
        }
        for firm, name in zip(self.firms, ("firm", "firm2"), strict=True):
            facts = [
                purchase("p1", "820000.00", "invoice:26332000000478220001"),
                purchase("p2", "300000.03"),
                purchase("p3", "0.03"),
                purchase("p4", "777.77"),
            ]
            add_facts(firm, facts, "import", self.people[name].user)


PEOPLE = (
    "firm", "firm2", "lead", "joint", "head", "joint_head", "elsewhere", "town", "expert", "finance", "auditor", "office", "leader",
)  # fmt: skip
#: Those who can do something are drawn more often than those who never can.
SOMEBODY = ("firm", "firm2", "lead", "joint", "head") * 5 + PEOPLE


#: States in which a kind of step mostly begins, so that walks come far.
FITTING = {
    "withdraw": ("submitted", "review", "reviewed", "correction"),
    "return": ("reviewed",),
    "reopen": ("decided", "ready"),
    "review": ("submitted", "review"),
    "send_back": ("submitted", "review"),
    "resubmit": ("correction",),
    "lower": ("review",),
    "decide": ("reviewed",),
    "release": ("decided",),
    "overdue": ("correction",),
}


class Walk:
    """Cases of two firms, pushed about by everybody; the same seed gives the same walk."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self.world = World()
        self.days = 0
        self.versions: dict[int, tuple[str, int]] = {}
        self.told = (0, "")
        self.taken: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.trail: list[str] = []

    def try_(self, name: str, who: str, case: Case, *given: object) -> None:
        """Takes a step, which may be refused; the case is where it was, or where this step by this person leads."""
        self.trail.append(f"{who} {name} {case.pk} {given}")
        case.refresh_from_db(fields=["version", "state"])
        before = ask("SELECT state, version FROM cases_case WHERE id = %s", case.pk)[0]
        try:
            getattr(steps, name)(case, self.world.people[who], case.version, *given)
        except Refused as refused:
            self.refused[name] += 1
            assert refused.text
            assert ask("SELECT state, version FROM cases_case WHERE id = %s", case.pk)[0] == before, f"{name} was refused, and changed"
            return
        self.taken[name] += 1
        after = ask("SELECT state, version FROM cases_case WHERE id = %s", case.pk)[0]
        assert after[1] - before[1] in (0, 1), f"{name} counted {after[1] - before[1]}"
        if name in MAY:
            assert (before[0], name, after[0]) in MOVES, f"{name} went from {before[0]} to {after[0]}"
            assert ("firm" if who.startswith("firm") else who) in MAY[name], f"{name} was taken by {who}"
        else:
            assert before[0] == after[0], f"{name} moved the case"

    def go(self, number: int) -> None:
        """So many steps, each followed by all that must hold."""
        kinds = (
            ["draft"] * 2 + ["plain"] * 3 + ["withdraw", "return", "reopen"] + ["review"] * 4 + ["send_back"] * 3
            + ["resubmit"] * 2 + ["lower"] * 2 + ["decide"] * 4 + ["overdue"] * 2 + ["release", "fact", "days"]
        )  # fmt: skip
        for _ in range(number):
            cases = list(Case.objects.order_by("pk"))
            kind = self.draw.choice(kinds) if cases else "draft"
            fitting = [case for case in cases if case.state in FITTING.get(kind, STATES)]
            case = self.draw.choice(fitting if fitting and self.draw.random() < 0.8 else cases) if cases else None
            getattr(self, f"_{kind}")(case, self.draw.choice(SOMEBODY))
            self.check()

    def _draft(self, _case: Case, _who: str) -> None:
        who = self.draw.choice(["firm", "firm2"])
        member = self.world.people[who]
        try:
            case = steps.open_draft(member.firm, self.world.call, member)
        except Refused:
            assert not self.world.call.is_open
            return
        self.try_("save_form", who, case, FORM)
        self.try_("submit", self.draw.choice([who, who, "lead"]), case)

    def _plain(self, case: Case, who: str) -> None:
        self.try_(self.draw.choice(["submit", "accept", "close_review", "make_ready", "look_again"]), who, case)

    def _release(self, case: Case, who: str) -> None:
        self.try_("make_ready", self.draw.choice(["lead", who]), case)

    def _overdue(self, case: Case, who: str) -> None:
        self.days += self.draw.choice([0, 4, 4])
        self.try_("go_on", self.draw.choice(["lead", who]), case, WHY)

    def _withdraw(self, case: Case, who: str) -> None:
        self.try_("withdraw", self.draw.choice([who, "firm", "firm2"]), case, self.draw.choice([WHY, WHY, " "]))

    def _return(self, case: Case, who: str) -> None:
        self.try_("return_to_review", self.draw.choice([who, "head"]), case, self.draw.choice([WHY, WHY, " "]))

    def _reopen(self, case: Case, who: str) -> None:
        self.try_("reopen", self.draw.choice([who, "head"]), case, self.draw.choice([WHY, WHY, " "]))

    def _review(self, case: Case, _who: str) -> None:
        if case.state == "submitted":
            self.try_("accept", "lead", case)
        for who in ("joint", "lead"):
            self.try_("give_verdict", who, case, self.draw.choice(["agrees", "objects"]), WHY)
        for check in case.checks.filter(passed=False, stops=True, cleared_at=None):
            self.try_("clear_check", "lead", case, check.pk, WHY)
        self.try_("close_review", "lead", case)

    def _send_back(self, case: Case, who: str) -> None:
        self.try_("send_back", self.draw.choice(["lead", who]), case, [{"text": "more"}], timezone.localdate() + timedelta(days=3))

    def _resubmit(self, case: Case, who: str) -> None:
        if self.draw.random() < 0.3:
            kept = [(line.policy, line.benefit, line.fact.key) for line in case.lines.order_by("pk")][1:]
            self.try_("choose_lines", who, case, kept)
        self.try_("resubmit", self.draw.choice(["firm", "firm2", who]), case, ["done"])

    def _lower(self, case: Case, who: str) -> None:
        line = case.lines.order_by("pk").first()
        if line is not None:
            self.try_("lower", who, case, line.pk, self.draw.choice([None, -1, 0, 1, 40999999, 41000000, 10**12]), WHY)

    def _decide(self, case: Case, who: str) -> None:
        if case.state == "draft":
            return
        due, less = amounts.reckon(case).amounts, self.draw.choice([-1, 0, 0, 0, 1, 10**9])
        lines = case.lines.select_related("fact").order_by("pk")
        grants = {line.pk: (max(due.get((line.policy, line.benefit, line.fact.key), 0) - less, 0), WHY) for line in lines}
        self.try_("decide", self.draw.choice(["head", "head", "head", who]), case, grants, WHY)

    def _fact(self, _case: Case, _who: str) -> None:
        member, key = self.world.people[self.draw.choice(["firm", "firm2"])], self.draw.choice(["p1", "p2", "p3", "p5", "p6"])
        self.trail.append(f"fact {key}")
        if self.draw.random() < 0.25:
            withdraw_facts(list(member.firm.facts.standing().filter(key=key)), member.user, "gone")
        else:
            add_facts(member.firm, [purchase(key, f"{500000 + self.days}.00")], "import", member.user)

    def _days(self, _case: Case, _who: str) -> None:
        self.days += self.draw.randint(1, 4)

    def check(self) -> None:
        """The truths; versions only grow; what was told stays as it was told."""
        assert broken() == {}
        for pk, state, version in ask("SELECT id, state, version FROM cases_case"):
            before, seen = self.versions.get(pk, (state, version))
            assert version >= seen
            assert state == before or version > seen, "a state changed and the version did not"
            self.versions[pk] = (state, version)
        last, digest = self.told
        same = "SELECT coalesce(max(id), 0), coalesce(md5(string_agg(e::text, '' ORDER BY id)), '') FROM cases_event e"
        assert ask(f"{same} WHERE id <= %s", last)[0] == (last, digest), "what was told before was changed"
        self.told = ask(same)[0]


def test_only_declared_steps_happen_and_everything_holds(monkeypatch):
    """“Transitions are declared in one place, guarded in the database”: whatever anybody tries in whatever order, only declared steps
    happen, by those who may take them; versions grow by one, events are added to, the clock stands in a correction, and no amount is
    decided above what was computed."""
    now, taken, refused = timezone.now, Counter[str](), Counter[str]()
    for seed in range(WALKS):
        sooner = transaction.savepoint()
        walk = Walk(seed)
        monkeypatch.setattr(timezone, "now", lambda walk=walk: now() + timedelta(days=walk.days))
        try:
            walk.go(STEPS)
        except AssertionError as wrong:
            raise AssertionError("\n".join([f"walk {seed}: {wrong}", *walk.trail[-12:]])) from wrong
        taken += walk.taken
        refused += walk.refused
        monkeypatch.setattr(timezone, "now", now)
        transaction.savepoint_rollback(sooner)
    assert set(MAY) <= set(taken) & set(refused), f"the walks did not go everywhere: {taken}"


# One case in every state.


def in_state(state: str) -> Case:
    """A case that has come to a state by its steps."""
    call = make_call()
    firm = make_firm()
    owner = make_member("firm_owner", firm=firm)
    if state == "draft":
        add_facts(firm, [purchase()], "import", owner.user)
        return steps.open_draft(firm, call, owner)
    if state in ("reviewed", "decided", "ready"):
        case, _owner, lead = reviewed(call)
        if state == "reviewed":
            return case
        case = steps.decide(case, make_member("head", department=call.lead), case.version, {case.lines.get().pk: (1, WHY)})
        return case if state == "decided" else steps.make_ready(case, lead, case.version)
    case, owner = submitted(call, firm=firm)
    lead = make_member("reviewer", department=call.lead)
    if state == "withdrawn":
        return steps.withdraw(case, owner, case.version, WHY)
    if state == "correction":
        return steps.send_back(case, lead, case.version, [{"text": "more"}], timezone.localdate() + timedelta(days=3))
    return steps.accept(case, lead, case.version) if state == "review" else case


#: What a state needs beside its name, so that nothing but the flow stands in the way.
_DRESS = {
    "correction": "clock_stopped_at = now(), outcome = '', decided_at = NULL, decided_by_id = NULL",
    "decided": "outcome = 'granted', decided_at = now(), decided_by_id = {user}, clock_stopped_at = NULL",
    "ready": "outcome = 'granted', decided_at = now(), decided_by_id = {user}, clock_stopped_at = NULL",
}
_BARE = "outcome = '', decided_at = NULL, decided_by_id = NULL, clock_stopped_at = NULL"


@pytest.mark.parametrize("state", STATES)
def test_the_database_refuses_every_step_outside_the_flow(state):
    """“Guarded in the database”: the serving role itself cannot move a case along a way that is not declared, however it dresses it;
    and along a declared one only with all that belongs to it."""
    case = in_state(state)
    user = make_member("head", department=case.call.lead).user_id
    declared = {(source, target) for source, _step, target in MOVES}
    for target in STATES:
        if target == state:
            continue
        change = _DRESS.get(target, _BARE).format(user=user)
        with pytest.raises(DatabaseError) as said, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE cases_case SET state = %s, version = version + 1, number = coalesce(number, 'HN-2026-999999'), "
                f"submitted_at = coalesce(submitted_at, now()), submitted_by_id = coalesce(submitted_by_id, %s), {change} WHERE id = %s",
                [target, user, case.pk],
            )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            assert (state, target) in declared, f"{state} to {target} was let through"
            raise DatabaseError("declared")
        connection.cursor().execute("SET CONSTRAINTS ALL DEFERRED")
        if (state, target) not in declared:
            assert "declared" not in str(said.value)
    assert ask("SELECT state, version FROM cases_case WHERE id = %s", case.pk) == [(state, case.version)]


@pytest.mark.parametrize("state", STATES)
def test_a_change_that_does_not_count_is_refused_by_the_database(state):
    """“No lost update”: a change of a case under its old version, or two versions on, is refused whoever writes it."""
    case = in_state(state)
    for version in ("version", "version + 2", "version - 1"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'UPDATE cases_case SET form = \'{{"x": "y"}}\', version = {version} WHERE id = %s', [case.pk])


@pytest.mark.parametrize("state", [state for state in STATES if state != "draft"])
def test_a_case_begins_as_a_draft(state):
    """“Draft → submitted → …”: no case comes into being further on."""
    case = in_state("draft")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_case (call_id, guide_id, firm_id, state, outcome, version, form, ready_made, created_at, changed_at, "
            "decided_why) SELECT call_id, guide_id, firm_id, %s, '', 1, '{}', false, now(), now(), '' FROM cases_case WHERE id = %s",
            [state, case.pk],
        )


@pytest.mark.parametrize("state", STATES)
def test_nobody_takes_a_step_that_is_not_theirs(state):
    """“The rights of every role”: in every state, each role that is not of the firm or the departments of the case takes no step."""
    case = in_state(state)
    elsewhere = make_department("市科技局")
    given = {"send_back": ([{"text": "x"}], timezone.localdate() + timedelta(days=2)), "resubmit": (["x"],), "decide": ({}, WHY)}
    for role in sorted(Role):
        member = make_member(role, department=elsewhere if role in (Role.REVIEWER, Role.HEAD) else None)
        for name in MAY:
            reason = (WHY,) if name in ("withdraw", "return_to_review", "reopen", "go_on") else ()
            with pytest.raises(Refused):
                getattr(steps, name)(case, member, case.version, *given.get(name, reason))
    assert ask("SELECT state, version FROM cases_case WHERE id = %s", case.pk) == [(state, case.version)]


def test_the_clock_stops_during_a_correction():
    """“A clock that stops”: the days that a correction was with the firm, twice, are taken off, and none else."""
    now, call = timezone.now, make_call()
    case, owner = submitted(call)
    lead = make_member("reviewer", department=call.lead)
    try:
        for away, waits in ((3, 2), (4, 1)):
            case = steps.send_back(case, lead, case.version, [{"text": "more"}], timezone.localdate() + timedelta(days=9))
            begun = timezone.now()
            timezone.now = lambda begun=begun, away=away: begun + timedelta(days=away)
            case = steps.resubmit(case, owner, case.version, ["done"])
            begun = timezone.now()
            timezone.now = lambda begun=begun, waits=waits: begun + timedelta(days=waits)
        assert broken() == {}
        (stopped,) = ask("SELECT extract(epoch FROM clock_stopped_for)::int / 86400 FROM cases_case WHERE id = %s", case.pk)
        assert stopped == (7,)
    finally:
        timezone.now = now
