"""Tokens of programs, and the answers already given to their writes."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from chaoce.service.people.models import Membership


class Token(models.Model):
    """A program's key to the service: it acts in one membership, within its scopes, until it expires or is ended."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256; the token itself is shown once
    scopes = ArrayField(models.CharField(max_length=30))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)  # written once a minute: the beginning of the window that `calls` counts
    calls = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class Answered(models.Model):
    """A write under an idempotency key, with the answer that was given: the same call again gets the same answer."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of method, path and body
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # none while it runs
    body = models.JSONField(null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="answered_once", fields=["membership", "key"])]

    def __str__(self) -> str:
        return self.key
