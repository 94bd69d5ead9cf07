"""People, where they belong, and the invitations that bring them in."""

from __future__ import annotations

import secrets
from typing import Any

import pgtrigger
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chaoce.service.people.roles import DEPARTMENT, FIRM, Role


class Department(models.Model):
    """A department or unit that the text names (责任单位); one row each, by its name there."""

    zh = models.CharField(max_length=60, unique=True)
    en = models.CharField(max_length=120)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.zh


class Town(models.Model):
    """A town or street (镇街), by its code of GB/T 10114."""

    code = models.CharField(max_length=9, primary_key=True)
    zh = models.CharField(max_length=60)
    en = models.CharField(max_length=120)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.zh


class UserManager(BaseUserManager["User"]):
    """Makes users by their address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user with that address, lower-cased as a whole: two that differ in case are one person."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractUser):
    """A person. What a person may do hangs on memberships, never on the person."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    is_staff = None  # type: ignore[assignment]
    email = models.EmailField(_("Mail address"), unique=True)
    name = models.CharField(_("Name"), max_length=60)
    language = models.CharField(_("Language"), max_length=7, choices=[("zh-hans", "中文"), ("en", "English")], default="zh-hans")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()  # type: ignore[assignment,misc]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name that papers and pages show."""
        return self.name


class Membership(models.Model):
    """A person in a role: at a firm, in a department, in a town, or for the whole plan. One person may have several."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    firm = models.ForeignKey("firms.Firm", on_delete=models.PROTECT, null=True, blank=True, related_name="memberships")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True)
    town = models.ForeignKey(Town, on_delete=models.PROTECT, null=True, blank=True)
    since = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="membership_ended_by_somebody_has_ended",
                condition=models.Q(ended_by__isnull=True) | models.Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="membership_belongs_where_its_role_does",
                condition=models.Q(role__in=sorted(FIRM), firm__isnull=False, department__isnull=True, town__isnull=True)
                | models.Q(role__in=sorted(DEPARTMENT), firm__isnull=True, department__isnull=False, town__isnull=True)
                | models.Q(role=Role.TOWN, firm__isnull=True, department__isnull=True, town__isnull=False)
                | models.Q(
                    role__in=sorted(set(Role) - FIRM - DEPARTMENT - {Role.TOWN}),
                    firm__isnull=True,
                    department__isnull=True,
                    town__isnull=True,
                ),
            ),
            models.UniqueConstraint(
                name="membership_once",
                fields=["user", "role", "firm", "department", "town"],
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        place = self.firm or self.department or self.town
        return f"{self.get_role_display()} · {place}" if place else str(self.get_role_display())

    @property
    def is_firm(self) -> bool:
        """Whether it is of a firm; then only that firm is seen."""
        return self.role in FIRM

    @property
    def is_staff(self) -> bool:
        """Whether it is of the city; then a second factor is needed."""
        return self.role not in FIRM


class FactorReset(models.Model):
    """Second factors that the programme office took away from somebody who had lost them. Only added to."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="factor_resets")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-id"]
        triggers = [pgtrigger.Protect(name="factor_resets_are_added_to", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.user} ← {self.by}"


def new_token() -> str:
    """A secret of 256 bits for a link in a mail."""
    return secrets.token_urlsafe(32)


class Invitation(models.Model):
    """A place in the service offered to an address; the link works once and for fourteen days."""

    DAYS = 14

    email = models.EmailField()
    name = models.CharField(max_length=60, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    firm = models.ForeignKey("firms.Firm", on_delete=models.CASCADE, null=True, blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True)
    town = models.ForeignKey(Town, on_delete=models.PROTECT, null=True, blank=True)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the token; the token itself is only in the mail
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(auto_now_add=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-invited_at"]

    def __str__(self) -> str:
        return f"{self.email} → {self.get_role_display()}"

    @property
    def open(self) -> bool:
        """Whether the link still works."""
        age = timezone.now() - self.invited_at
        return self.accepted_at is None and self.cancelled_at is None and age.days < self.DAYS
