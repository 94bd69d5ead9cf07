"""Firms, as the register has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from chaoce.service.people.models import Town
from chaoce.service.people.roles import DEPARTMENT, Role

if TYPE_CHECKING:
    from chaoce.service.people.models import Membership


class FirmQuerySet(models.QuerySet["Firm"]):
    """Firms, cut to what somebody may see."""

    def seen_by(self, member: Membership | None) -> FirmQuerySet:
        """A firm sees itself, a town its own. A department sees those with a case in a call that it leads or joins, and those of
        which a list says something that it has taken over; finance those with a case or with support received. Experts see none but
        through their cases; the auditor, the programme office and leaders see all. A draft is no case for them."""
        if member is None or member.role == Role.EXPERT:
            return self.none()
        if member.is_firm:
            return self.filter(pk=member.firm_id)
        if member.role == Role.TOWN:
            return self.filter(town=member.town_id)
        if member.role in DEPARTMENT:
            lists = apps.get_model("lists", "OfficialList").objects.seen_by(member).filter(state="taken")  # type: ignore[attr-defined]
            return self.filter(_has_case(member) | _has("lists", "Row", list__in=lists.values("pk")))
        if member.role == Role.FINANCE:
            return self.filter(_has_case(member) | _has("facts", "Received"))
        return self


def _has(app: str, model: str, **which: Any) -> models.Exists:
    """Whether a firm has such a row. By name: those models refer to firms."""
    return models.Exists(apps.get_model(app, model)._base_manager.filter(firm=models.OuterRef("pk"), **which))


def _has_case(member: Membership) -> models.Exists:
    """Whether a firm has a case that somebody sees."""
    cases = apps.get_model("cases", "Case").objects.seen_by(member)  # type: ignore[attr-defined]
    return models.Exists(cases.filter(firm=models.OuterRef("pk")))


class Firm(models.Model):
    """A firm with the fields of `enterprise` (docs/facts.md). `revenue` is fen."""

    uscc = models.CharField(max_length=18, unique=True)
    name = models.CharField(max_length=120)
    industry = models.CharField(max_length=5)
    division = models.CharField(max_length=6)
    town = models.ForeignKey(Town, on_delete=models.PROTECT, null=True, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    revenue = models.BigIntegerField(null=True, blank=True)
    owners = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    synthetic = models.BooleanField(default=False)  # made up for the demonstration, and said so wherever it is shown

    objects = FirmQuerySet.as_manager()

    class Meta:
        ordering = ["uscc"]
        indexes = [GinIndex(fields=["name"], name="firm_name_near", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.name
