"""Files that firms hand in, and what was read in them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from chaoce.service.firms.models import Firm

if TYPE_CHECKING:
    from chaoce.service.people.models import Membership


class UploadQuerySet(models.QuerySet["Upload"]):
    """Files, cut to what somebody may see."""

    def seen_by(self, member: Membership | None) -> UploadQuerySet:
        """Those of the firms that somebody may see; of those that were handed in as evidence of a case, the ones whose case they see:
        the evidence of a draft is the firm's alone."""
        seen = self.filter(firm__in=Firm.objects.seen_by(member))
        if member is None or member.is_firm:
            return seen
        cases = apps.get_model("cases", "Case").objects.seen_by(member)  # type: ignore[attr-defined]
        return seen.filter(models.Q(case=None) | models.Exists(cases.filter(pk=models.OuterRef("case"))))

    def kept(self) -> UploadQuerySet:
        """Those that the firm has not taken back."""
        return self.filter(removed_at=None)


class Upload(models.Model):
    """A file as it was handed in. Its bytes lie under their digest and are never changed."""

    class State(models.TextChoices):
        """How far the reading of a file has come."""

        WAITING = "waiting", _("Waiting to be read")
        READING = "reading", _("Being read")
        READ = "read", _("Read")
        REFUSED = "refused", _("Cannot be used")
        ATTACHED = "attached", _("Kept as an attachment")

    #: States of a file that can bear something out.
    USABLE = (State.READ, State.ATTACHED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="uploads")
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    kind = models.CharField(max_length=10, blank=True)  # pdf, ofd, xlsx, xml, csv; empty for what is only kept
    reading = models.JSONField(null=True, blank=True)  # what evidence/reader.py answered
    invoice = models.CharField(max_length=60, blank=True, db_index=True)  # the key of the invoice in it, if there is one
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="attachments")
    evidence = models.CharField(max_length=60, blank=True)  # which item of a call's evidence list it answers
    uploaded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "name"]
        indexes = [models.Index(fields=["firm", "-uploaded_at"], name="upload_of_firm")]

    def __str__(self) -> str:
        return self.name


class LineAnswer(models.Model):
    """What a firm says that a line of an invoice is: a fact of a type with these values, or nothing that it claims (`type` empty)."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="line_answers")
    invoice = models.CharField(max_length=60)
    line = models.PositiveIntegerField()
    type = models.CharField(max_length=60, blank=True)
    values = models.JSONField(default=dict, blank=True)
    note = models.CharField(max_length=200, blank=True)
    answered_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="line_answered_once", fields=["firm", "invoice", "line"])]

    def __str__(self) -> str:
        return f"{self.invoice}#{self.line}: {self.type or '-'}"
