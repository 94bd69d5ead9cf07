"""Facts of firms and what they have received: added and withdrawn, never changed and never deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from chaoce.service.firms.models import Firm

if TYPE_CHECKING:
    from chaoce.service.people.models import Membership

#: What of a fact or of received support may be written later: only that it no longer stands.
_STANDING = ["withdrawn_at", "withdrawn_by", "withdrawn_why"]


def _of_firms_seen_by(rows: models.QuerySet, member: Membership | None) -> models.QuerySet:
    return rows.filter(firm__in=Firm.objects.seen_by(member))


class Standing(models.QuerySet):
    """Rows that can be withdrawn."""

    def standing(self) -> Standing:
        """Those that have not been withdrawn."""
        return self.filter(withdrawn_at=None)

    def seen_by(self, member: Membership | None) -> Standing:
        """Those of the firms that somebody may see."""
        return self.filter(firm__in=Firm.objects.seen_by(member))

    def with_sources(self) -> Standing:
        """With the file or the row of a list that each fact comes from, but not with all that was read in that file or list: it is
        the same for each of its facts, and large."""
        rows = self.select_related("upload", "row__list")
        return rows.defer("upload__reading", "row__near", "row__faults", "row__list__faults")


class ReceivedRows(Standing):
    """Support received."""

    def standing(self) -> ReceivedRows:
        """That which has not been withdrawn, with the facts that cases granted it for: an assessment reads their matters."""
        return super().standing().select_related("case_line__fact")  # type: ignore[return-value]


class Source(models.TextChoices):
    """Where a fact comes from."""

    INVOICE = "invoice", _("Invoice")
    LIST = "list", _("Official list")
    STATEMENT = "statement", _("Statement of the firm")
    IMPORT = "import", _("Import")


class Withdrawable(models.Model):
    """What can be withdrawn, by whom and why; while it stands all three are empty."""

    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_why = models.CharField(max_length=400, blank=True)

    class Meta:
        abstract = True


#: While it stands nothing is said of its withdrawal; once withdrawn it stays so.
_SAID = models.Q(withdrawn_at=None, withdrawn_by=None, withdrawn_why="") | models.Q(withdrawn_at__isnull=False)
_GONE = pgtrigger.Q(old__withdrawn_at__isnull=False)


class Fact(Withdrawable):
    """A dated, evidenced event of a firm. `raw` is its object in a facts file (docs/facts.md); the columns repeat what is searched."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="facts")
    key = models.CharField(max_length=200)  # its id in the firm's facts file
    type = models.CharField(max_length=60)
    date = models.DateField()
    matters = ArrayField(models.CharField(max_length=200))
    bases = ArrayField(models.CharField(max_length=200))  # the matters without their `#line`: what overlaps has one in common
    raw = models.JSONField()
    source = models.CharField(max_length=10, choices=Source.choices)
    upload = models.ForeignKey("documents.Upload", on_delete=models.PROTECT, null=True, blank=True, related_name="facts")
    row = models.ForeignKey("lists.Row", on_delete=models.PROTECT, null=True, blank=True, related_name="facts")
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = Standing.as_manager()

    class Meta:
        ordering = ["date", "key"]
        constraints = [
            models.UniqueConstraint(name="fact_key_once_a_firm", fields=["firm", "key"], condition=models.Q(withdrawn_at=None)),
            models.CheckConstraint(name="fact_has_a_matter", condition=models.Q(matters__len__gt=0)),
            models.CheckConstraint(name="fact_withdrawn_or_standing", condition=_SAID),
        ]
        indexes = [
            GinIndex(fields=["bases"], name="fact_bases"),
            models.Index(fields=["firm", "date"], condition=models.Q(withdrawn_at=None), name="fact_standing"),
        ]
        triggers = [
            pgtrigger.Protect(name="facts_are_not_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(name="facts_are_not_changed", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(exclude=_STANDING)),
            pgtrigger.Protect(name="withdrawn_facts_stay_so", operation=pgtrigger.Update, condition=_GONE),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.key}"


class Received(Withdrawable):
    """Support already granted for one matter, under any plan of any level (docs/facts.md). `amount` is fen."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="received")
    benefit = models.CharField(max_length=80)
    policy = models.CharField(max_length=80, blank=True)
    matter = models.CharField(max_length=200)
    base = models.CharField(max_length=200, db_index=True)
    date = models.DateField()
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    amount = models.BigIntegerField()
    row = models.ForeignKey("lists.Row", on_delete=models.PROTECT, null=True, blank=True, related_name="received")
    case_line = models.ForeignKey("cases.CaseLine", on_delete=models.PROTECT, null=True, blank=True, related_name="grants")
    note = models.CharField(max_length=400, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ReceivedRows.as_manager()

    class Meta:
        ordering = ["date", "benefit", "matter", "id"]
        constraints = [
            models.CheckConstraint(name="received_is_not_negative", condition=models.Q(amount__gte=0)),
            models.CheckConstraint(name="received_withdrawn_or_standing", condition=_SAID),
            models.UniqueConstraint(
                name="received_once_a_case_line",
                fields=["case_line", "matter"],
                condition=models.Q(withdrawn_at=None, case_line__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="received_is_not_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(name="received_is_not_changed", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(exclude=_STANDING)),
            pgtrigger.Protect(name="withdrawn_received_stays_so", operation=pgtrigger.Update, condition=_GONE),
            pgtrigger.Trigger(
                name="the_case_holds",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__case_line__isnull=False),
                func="PERFORM case_holds((SELECT l.case_id FROM cases_caseline l WHERE l.id = NEW.case_line_id)); RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.benefit} {self.matter}"
