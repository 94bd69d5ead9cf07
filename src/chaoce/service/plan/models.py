"""The year's decisions, version by version."""

from __future__ import annotations

import pgtrigger
from django.db import models


class YearDecisions(models.Model):
    """What the city decided for a year, as a decisions file (docs/decisions.md). The last version of a year is in force."""

    year = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    text = models.TextField()
    source = models.CharField(max_length=300)  # the document that says so
    recorded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["year", "version"]
        constraints = [models.UniqueConstraint(name="decisions_version_once", fields=["year", "version"])]
        triggers = [pgtrigger.Protect(name="decisions_are_added_to", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.year} v{self.version}"
