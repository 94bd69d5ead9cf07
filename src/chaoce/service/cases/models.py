"""Cases (申报): a firm's application in a call, from draft to decision, and all that was said and done on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from chaoce.service.calls.models import Call, Guide
from chaoce.service.cases import guards
from chaoce.service.cases.flow import STARTS, TRANSITIONS, Outcome, State, Verdict
from chaoce.service.facts.models import Fact
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Department
from chaoce.service.people.roles import DEPARTMENT, Role

if TYPE_CHECKING:
    from chaoce.service.people.models import Membership


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, cut to what somebody may see."""

    def seen_by(self, member: Membership | None) -> CaseQuerySet:
        """A firm sees its own. A department sees those that its clauses give it, a town those of its firms, an expert those
        that it was asked about; finance, the auditor, the programme office and leaders see all. A draft is the firm's alone."""
        if member is None:
            return self.none()
        if member.is_firm:
            return self.filter(firm=member.firm_id)
        handed_in = self.exclude(state=State.DRAFT).exclude(state=State.WITHDRAWN, submitted_at=None)
        if member.role in DEPARTMENT:
            mine = Call.objects.filter(models.Q(lead=member.department_id) | models.Q(joint=member.department_id))
            return handed_in.filter(call__in=mine.values("pk"))
        if member.role == Role.TOWN:
            return handed_in.filter(firm__town=member.town_id)
        if member.role == Role.EXPERT:
            return handed_in.filter(pk__in=Opinion.objects.filter(expert=member.user_id).values("case"))
        return handed_in


def _holds(case: str, operation: pgtrigger.Operation, condition: pgtrigger.Condition | None = None) -> pgtrigger.Trigger:
    """Asks, when the transaction ends, whether a case still holds together (cases/guards.py)."""
    return pgtrigger.Trigger(
        name="the_case_holds",
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        condition=condition,
        func=f"PERFORM case_holds({case}); RETURN NULL;",
    )


class Case(models.Model):
    """An application. `version` counts every change: who writes on a stale page is told so."""

    number = models.CharField(max_length=20, unique=True, null=True, blank=True)  # given when it is first submitted
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="cases")
    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="cases")
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="cases")
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    version = models.PositiveIntegerField(default=1)
    form = models.JSONField(default=dict, blank=True)  # what the application form asks beside the facts
    ready_made = models.BooleanField(default=False)  # made from an official list; the firm only confirms (免申即享)
    created_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_why = models.TextField(blank=True)
    clock_stopped_at = models.DateTimeField(null=True, blank=True)  # while a correction is with the firm
    clock_stopped_for = models.DurationField(null=True, blank=True)  # all earlier stops together

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "-id"]
        constraints = [
            models.UniqueConstraint(name="one_open_draft_a_firm_and_call", fields=["call", "firm"], condition=models.Q(state=State.DRAFT)),
            models.CheckConstraint(
                name="an_outcome_when_decided",
                condition=models.Q(
                    state__in=[State.DECIDED, State.READY], outcome__gt="", decided_at__isnull=False, decided_by__isnull=False
                )
                | (~models.Q(state__in=[State.DECIDED, State.READY]) & models.Q(outcome="", decided_at=None, decided_by=None)),
            ),
            models.CheckConstraint(
                name="a_number_once_submitted",
                condition=models.Q(state=State.DRAFT)
                | models.Q(state=State.WITHDRAWN)
                | models.Q(number__isnull=False, submitted_at__isnull=False, submitted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="the_clock_stands_in_a_correction",
                condition=models.Q(state=State.CORRECTION, clock_stopped_at__isnull=False)
                | (~models.Q(state=State.CORRECTION) & models.Q(clock_stopped_at=None)),
            ),
            models.CheckConstraint(name="only_what_is_granted_is_ready", condition=~models.Q(state=State.READY, outcome=Outcome.REFUSED)),
        ]
        indexes = [
            models.Index(fields=["state", "submitted_at"], name="case_queue"),
            models.Index(fields=["firm", "-changed_at"], name="case_of_firm"),
            models.Index(fields=["call", "state"], name="case_of_call"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="states_follow_the_flow",
                field="state",
                transitions=sorted({(source, move.target) for move in TRANSITIONS.values() for source in move.sources}),
            ),
            pgtrigger.Protect(name="cases_are_not_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="every_change_counts",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["changed_at"]),
                func="IF NEW.version <> OLD.version + 1 THEN RAISE EXCEPTION 'case %: version % after %', OLD.id, NEW.version, "
                "OLD.version USING ERRCODE = 'serialization_failure'; END IF; RETURN NEW;",
            ),
            pgtrigger.Trigger(
                name="cases_begin_where_the_flow_does",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition(f"NEW.state NOT IN ({', '.join(repr(state.value) for state in STARTS)})"),
                func="RAISE EXCEPTION 'a case cannot begin as %', NEW.state;",
            ),
            pgtrigger.Trigger(name="a_case_keeps_its_own", when=pgtrigger.Before, operation=pgtrigger.Update, func=guards.CASE_KEEPS),
            pgtrigger.Trigger(
                name="the_guide_is_of_the_call",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("guide_id"),
                func=guards.GUIDE_FITS,
            ),
            _holds("NEW.id", pgtrigger.UpdateOf("state", "outcome")),
            pgtrigger.Trigger(
                name="the_case_stands",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("state"),
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__state__in=[State.REVIEWED, State.DECIDED, State.READY]),
                func="PERFORM case_stands(NEW.id); RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class CaseLine(models.Model):
    """What a case claims for one fact under one benefit. Amounts are fen.

    `claimed` was computed when the firm submitted, `computed` at the decision; `lowered` is a reviewer's lower amount and
    `granted` what was decided. `ceiling` says that the text gives the computed amount only as a ceiling.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="lines")
    policy = models.CharField(max_length=80)
    benefit = models.CharField(max_length=80)
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="case_lines")
    claimed = models.BigIntegerField(null=True, blank=True)
    ceiling = models.BooleanField(default=False)
    computed = models.BigIntegerField(null=True, blank=True)
    lowered = models.BigIntegerField(null=True, blank=True)
    lowered_why = models.CharField(max_length=400, blank=True)
    lowered_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    granted = models.BigIntegerField(null=True, blank=True)
    granted_why = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="case_line_once", fields=["case", "policy", "benefit", "fact"]),
            models.CheckConstraint(
                name="nothing_is_granted_above_what_is_computed",
                condition=models.Q(granted__isnull=True)
                | models.Q(granted__gte=0, computed__isnull=False, granted__lte=models.F("computed")),
            ),
            models.CheckConstraint(
                name="amounts_are_not_negative",
                condition=(models.Q(claimed=None) | models.Q(claimed__gte=0)) & (models.Q(computed=None) | models.Q(computed__gte=0)),
            ),
            models.CheckConstraint(
                name="lowered_with_a_reason",
                condition=models.Q(lowered=None, lowered_why="", lowered_by=None)
                | models.Q(lowered__gte=0, lowered_why__gt="", lowered_by__isnull=False, lowered__lt=models.F("claimed")),
            ),
            models.CheckConstraint(
                name="less_is_granted_with_a_reason",
                condition=models.Q(granted=None) | models.Q(granted=models.F("computed")) | models.Q(granted_why__gt=""),
            ),
            models.CheckConstraint(
                name="a_ceiling_is_granted_with_a_reason",
                condition=models.Q(granted=None) | models.Q(ceiling=False) | models.Q(computed=0) | models.Q(granted_why__gt=""),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="lines_stand_still",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("stands", "text")],
                func=guards.LINE_STANDS,
            ),
            _holds("NEW.case_id", pgtrigger.Update, pgtrigger.AnyChange("granted", "computed")),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.benefit} {self.fact_id}"


class CaseMatter(models.Model):
    """A matter that a case claims, while the case is alive: how the same matter in two cases is found, whoever handed it in."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="matters")
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    matter = models.CharField(max_length=200)
    base = models.CharField(max_length=200, db_index=True)
    alive = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="case_matter_once", fields=["case", "matter"])]

    def __str__(self) -> str:
        return self.matter


class Review(models.Model):
    """One department's part of a case: one row a department, opened together; the lead closes."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reviews")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="reviews")
    lead = models.BooleanField(default=False)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    opinion = models.TextField(blank=True)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-lead", "department"]
        constraints = [
            models.UniqueConstraint(name="review_once_a_department", fields=["case", "department"]),
            models.UniqueConstraint(name="one_lead_a_case", fields=["case"], condition=models.Q(lead=True)),
            models.CheckConstraint(
                name="a_verdict_is_somebodys", condition=models.Q(verdict="") | models.Q(by__isnull=False, at__isnull=False)
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="reviews_are_not_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="found_in_review",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[("stands", "text")],
                func=guards.REVIEW_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.department}"


class Visit(models.Model):
    """A first look or a visit on the spot by the town of the firm."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="visits")
    on_site = models.BooleanField(default=False)
    day = models.DateField()
    report = models.TextField()
    sound = models.BooleanField()  # what was seen agrees with what was handed in
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at"]
        triggers = [pgtrigger.Protect(name="visits_are_added_to", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.case_id} {self.day}"


class Opinion(models.Model):
    """An expert asked about a case, and the answer; or that the expert stands aside."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="opinions")
    expert = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="opinions")
    question = models.TextField()
    asked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    text = models.TextField(blank=True)
    recused = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [models.UniqueConstraint(name="expert_once_a_case", fields=["case", "expert"])]
        triggers = [
            pgtrigger.Protect(name="opinions_are_not_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="an_opinion_is_given_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__answered_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.expert_id}"


class Correction(models.Model):
    """A list of points that a firm is asked to put right, with a deadline; while it is open the clock of the case stands."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="corrections")
    points = models.JSONField()  # [{"text": str, "fact": key or "", "answer": str}, ...]
    deadline = models.DateField()
    back_to = models.CharField(max_length=12, choices=State.choices)  # where the case goes when the firm is done
    before = models.JSONField(default=dict)  # form and lines as they were handed in: what the case goes on with if no answer comes
    asked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [models.UniqueConstraint(name="one_open_correction_a_case", fields=["case"], condition=models.Q(answered_at=None))]
        triggers = [
            pgtrigger.Protect(name="corrections_are_not_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="a_correction_is_answered_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__answered_at__isnull=False)
            ),
            _holds("NEW.case_id", pgtrigger.Insert | pgtrigger.UpdateOf("answered_at")),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.deadline}"


class Remark(models.Model):
    """Something written on a case: inside (seen by the departments only) or to the firm and from it. Never both."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="remarks")
    inside = models.BooleanField()
    text = models.TextField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at"]
        triggers = [pgtrigger.Protect(name="remarks_are_added_to", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.case_id} {self.at}"


class Check(models.Model):
    """What the pre-check found in a case. A stopping one holds the decision until a reviewer clears it with a reason."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="checks")
    code = models.CharField(max_length=60)  # of cases/checks.py
    stops = models.BooleanField()
    passed = models.BooleanField()
    subject = models.CharField(max_length=200, blank=True)  # the fact, matter or rule that it is about
    particulars = models.JSONField(default=dict)
    others = ArrayField(models.BigIntegerField(), default=list, blank=True)  # other cases that it is about
    at = models.DateTimeField(auto_now_add=True)
    cleared_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_why = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["passed", "-stops", "code", "subject"]
        constraints = [models.UniqueConstraint(name="check_once", fields=["case", "code", "subject"])]
        indexes = [GinIndex(fields=["others"], name="check_others")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.code}"


class Assessed(models.Model):
    """An assessment of a case as it was made: what went in, what came out, and which policies and engine. Never changed."""

    class Purpose(models.TextChoices):
        """When it was made."""

        SUBMITTED = "submitted", _("On submission")
        DECIDED = "decided", _("At the decision")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assessed")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    at = models.DateTimeField(auto_now_add=True)
    year = models.PositiveSmallIntegerField()
    policies = models.JSONField()  # policy id -> SHA-256 of its file
    engine = models.CharField(max_length=80)  # version of the program and SHA-256 of its rules packages
    decisions = models.TextField(blank=True)  # the decisions file in force
    claims = models.JSONField()  # [[policy, benefit, fact key], ...]: what the case claims
    basis = models.CharField(max_length=10)  # the call's tax basis
    facts = models.TextField()  # the facts file, byte for byte
    answer = models.TextField()  # the answer, byte for byte
    explanation = models.TextField()  # the explanation, byte for byte
    sha256 = models.CharField(max_length=64)  # over all of the above

    class Meta:
        ordering = ["at"]
        triggers = [pgtrigger.Protect(name="assessments_are_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.case_id} {self.purpose}"


class Event(models.Model):
    """Something that happened to a case: what the timeline tells, in plain words, from `cases/timeline.py`. Only added to."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40)
    inside = models.BooleanField(default=False)  # not shown to the firm
    particulars = models.JSONField(default=dict)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "id"]
        triggers = [pgtrigger.Protect(name="events_are_added_to", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class SavedView(models.Model):
    """A filter of the queue that a person keeps by name."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="saved_view_once", fields=["user", "name"])]

    def __str__(self) -> str:
        return self.name


class BulkRun(models.Model):
    """One press of a button over several cases. Its token is used once: pressed twice, it does its work once (`cases/bulk.py`)."""

    token = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="bulk_runs")
    action = models.CharField(max_length=20)
    results = models.JSONField(default=list)  # [[case id, number, "" or why it was not done], ...], as far as it has come
    asked = models.PositiveIntegerField()  # how many cases it is over
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.action} {self.at}"
