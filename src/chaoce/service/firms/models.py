"""Firms, as the register has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from chaoce.service.people.models import Town
from chaoce.service.people.roles import Role

if TYPE_CHECKING:
    from chaoce.service.people.models import Membership


class FirmQuerySet(models.QuerySet["Firm"]):
    """Firms, cut to what somebody may see."""

    def seen_by(self, member: Membership | None) -> FirmQuerySet:
        """A firm sees itself; a town its own; experts none but through their cases; the rest of the city all."""
        if member is None or member.role == Role.EXPERT:
            return self.none()
        if member.is_firm:
            return self.filter(pk=member.firm_id)
        if member.role == Role.TOWN:
            return self.filter(town=member.town_id)
        return self


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
