"""Official lists that departments and finance import: what each row says, whom it is about, and what became of it."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Department
from chaoce.service.people.roles import DEPARTMENT, Role

if TYPE_CHECKING:
    from chaoce.service.people.models import Membership


class ListQuerySet(models.QuerySet["OfficialList"]):
    """Lists, cut to what somebody may see."""

    def seen_by(self, member: Membership | None) -> ListQuerySet:
        """A department sees the lists of facts that it imported, finance the lists of support received; the programme office,
        the auditor and leaders all."""
        if member is None:
            return self.none()
        if member.role in DEPARTMENT:
            return self.filter(kind=OfficialList.Kind.FACTS, department=member.department_id)
        if member.role == Role.FINANCE:
            return self.filter(kind=OfficialList.Kind.RECEIVED)
        return self if member.role in (Role.OFFICE, Role.AUDITOR, Role.LEADER) else self.none()


class OfficialList(models.Model):
    """One imported file. A corrected list supersedes an earlier one: rows that it no longer has withdraw their facts."""

    class Kind(models.TextChoices):
        """What a row of the list says."""

        FACTS = "facts", _("Facts: titles, filings, certificates, selections")
        RECEIVED = "received", _("Support already granted")

    class State(models.TextChoices):
        """How far the import has come."""

        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked, not yet taken over")
        TAKING = "taking", _("Being taken over")
        TAKEN = "taken", _("Taken over")
        DROPPED = "dropped", _("Dropped")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=200)  # the name of the document, with its number
    issuer = models.CharField(max_length=120, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    type = models.CharField(max_length=60, blank=True)  # the fact type of its rows, where the file does not say it
    values = models.JSONField(default=dict, blank=True)  # fields that all its rows have, where the file does not say them
    stem = models.CharField(max_length=80, blank=True)  # what the ids of its facts begin with: that of the list that it corrects
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True)
    file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    done = models.PositiveIntegerField(default=0)  # rows that the work under way has come to
    total = models.PositiveIntegerField(default=0)  # rows of the file
    began_at = models.DateTimeField(null=True, blank=True)  # when the work under way, or the last, began
    supersedes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    imported_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField(auto_now_add=True)
    taken_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True)
    dropped_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    dropped_at = models.DateTimeField(null=True, blank=True)
    dropped_why = models.CharField(max_length=400, blank=True)
    faults = models.JSONField(default=list, blank=True)  # what is wrong with the file as a whole

    objects = ListQuerySet.as_manager()

    class Meta:
        ordering = ["-imported_at"]
        constraints = [
            models.UniqueConstraint(name="one_correction_a_list", fields=["supersedes"], condition=~models.Q(state="dropped")),
            models.CheckConstraint(
                name="a_taken_list_is_dropped_with_a_reason",
                condition=~models.Q(state="dropped") | models.Q(taken_at=None) | models.Q(dropped_why__gt=""),
            ),
        ]
        triggers = [pgtrigger.Protect(name="lists_are_not_deleted", operation=pgtrigger.Delete)]

    @property
    def unusable(self) -> bool:
        """Whether the file was read in vain: none of it can be used, and another has to be handed in."""
        return self.state == self.State.CHECKED and not self.total

    def __str__(self) -> str:
        return self.title


class Row(models.Model):
    """One row of a list as it stands in the file, with the firm that it is about."""

    class Match(models.TextChoices):
        """How the firm was found."""

        TAX_ID = "tax_id", _("By tax id")
        CHOSEN = "chosen", _("Chosen from near names")
        NEAR = "near", _("Near names: choose")
        NONE = "none", _("No such firm")
        FAULT = "fault", _("Faulty row")

    list = models.ForeignKey(OfficialList, on_delete=models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField()  # in the file, counted from 1 with the header
    uscc = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200, blank=True)
    cells = models.JSONField(default=dict)  # header -> text, as in the file
    raw = models.JSONField(default=dict)  # the fact, or the received support, that it comes to
    match = models.CharField(max_length=10, choices=Match.choices)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    near = models.JSONField(default=builtins.list, blank=True)  # [[firm id, name, similarity in percent], ...], offered and never assumed
    faults = models.JSONField(default=builtins.list, blank=True)
    chosen_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(name="row_once_a_list", fields=["list", "number"])]
        indexes = [models.Index(fields=["list", "match", "number"], name="row_by_match")]
        triggers = [
            pgtrigger.Protect(name="rows_are_not_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="rows_stay_as_in_the_file",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("list", "number", "uscc", "name", "cells", "raw"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list_id}:{self.number}"
