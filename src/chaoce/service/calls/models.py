"""Calls for applications (申报批次) and their guides (申报指南)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chaoce.service.people.models import Department
from chaoce.service.people.roles import DEPARTMENT
from chaoce.service.wording import spoken

if TYPE_CHECKING:
    from chaoce.service.people.models import Membership


def _changed(once: str, *columns: str) -> pgtrigger.Condition:
    """Of a trigger: one of the columns changes, once another has been set."""
    changes = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return pgtrigger.Condition(f"OLD.{once} IS NOT NULL AND ({changes})")


class CallQuerySet(models.QuerySet["Call"]):
    """Calls, cut to what somebody may see."""

    def seen_by(self, member: Membership | None) -> CallQuerySet:
        """Drafts are seen by their lead department and the programme office; the rest by all."""
        if member is not None and member.role == "office":
            return self
        public = models.Q(published_at__isnull=False)
        if member is not None and member.role in DEPARTMENT:
            public |= models.Q(lead=member.department_id)
        return self.filter(public)

    def open_on(self, moment: object) -> CallQuerySet:
        """Calls whose window is open."""
        return self.filter(published_at__isnull=False, opens_at__lte=moment, closes_at__gt=moment, closed_at=None)


class Call(models.Model):
    """A window in which firms apply for one benefit or several, of one year."""

    year = models.PositiveSmallIntegerField()
    zh = models.CharField(max_length=120)
    en = models.CharField(max_length=160, blank=True)
    benefits = models.JSONField()  # [[policy id, benefit id], ...]
    lead = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="calls_led")
    joint = models.ManyToManyField(Department, related_name="calls_joined", blank=True)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()  # exclusive
    published_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)  # ended before its time
    created_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "closes_at", "id"]
        constraints = [models.CheckConstraint(name="call_opens_before_it_closes", condition=models.Q(opens_at__lt=models.F("closes_at")))]
        triggers = [
            pgtrigger.Protect(name="calls_are_not_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="published_calls_keep_what_they_cover",
                operation=pgtrigger.Update,
                condition=_changed("published_at", "year", "benefits", "lead_id", "published_at"),
            ),
            pgtrigger.Protect(
                name="published_calls_close_no_earlier",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__published_at__isnull=False, new__closes_at__lt=pgtrigger.F("old__closes_at")),
            ),
            pgtrigger.Protect(
                name="closed_calls_stay_closed",
                operation=pgtrigger.Update,
                condition=_changed("closed_at", "closed_at", "opens_at", "closes_at"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name in the language of the page."""
        return self.en if spoken() == "en" and self.en else self.zh

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """The benefits that it covers, as (policy, benefit)."""
        return frozenset((policy, benefit) for policy, benefit in self.benefits)

    @property
    def is_open(self) -> bool:
        """Whether firms may submit now."""
        return self.published_at is not None and self.closed_at is None and self.opens_at <= timezone.now() < self.closes_at

    @property
    def guide(self) -> Guide | None:
        """The guide in force: the last one published."""
        return self.guides.filter(published_at__isnull=False).order_by("-version").first()


class Guide(models.Model):
    """How a call is run: its evidence list and its procedure rules, each a switch with its source. Once published it never changes."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="guides")
    version = models.PositiveIntegerField()
    rules = models.JSONField(default=dict)  # code -> {"on": bool, "source": str, ...}; the catalogue is calls/procedure.py
    evidence = models.JSONField(default=list)  # [{"code", "zh", "en", "required": bool, "benefit": id or ""}, ...]
    text_zh = models.TextField(_("Guide in Chinese"), blank=True)
    text_en = models.TextField(_("Guide in English"), blank=True)
    four_eyes = models.BooleanField(default=True)  # who reviewed may not decide
    review_days = models.PositiveSmallIntegerField(default=20)  # working days that a review usually takes, for the waiting time
    correction_days = models.PositiveSmallIntegerField(default=10)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["call", "version"]
        constraints = [models.UniqueConstraint(name="guide_version_once", fields=["call", "version"])]
        triggers = [
            pgtrigger.Protect(
                name="published_guides_do_not_change",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.call} v{self.version}"


class CallEvent(models.Model):
    """Something that happened to a call: made, a guide published, its window moved, closed. Only added to."""

    class Kind(models.TextChoices):
        """What happened."""

        MADE = "made", _("Made")
        CHANGED = "changed", _("Changed")
        PUBLISHED = "published", _("Published")
        GUIDE = "guide", _("New version of the guide in force")
        WINDOW = "window", _("Window moved")
        CLOSED = "closed", _("Closed before its time")

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    particulars = models.JSONField(default=dict, blank=True)
    why = models.CharField(max_length=400, blank=True)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "id"]
        triggers = [pgtrigger.Protect(name="call_events_are_added_to", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.call_id} {self.kind}"
