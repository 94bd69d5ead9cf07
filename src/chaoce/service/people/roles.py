"""The roles that people have in the service."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person is here; the rights of each stand in `people/rights.py`."""

    FIRM_OWNER = "firm_owner", _("Firm owner")
    FIRM_STAFF = "firm_staff", _("Firm staff")
    TOWN = "town", _("Town officer")
    REVIEWER = "reviewer", _("Reviewer")
    HEAD = "head", _("Head of department")
    EXPERT = "expert", _("Expert")
    FINANCE = "finance", _("Finance")
    AUDITOR = "auditor", _("Auditor")
    OFFICE = "office", _("Programme office")
    LEADER = "leader", _("City leader")


#: Who belongs to a firm; all others are staff and need a second factor.
FIRM = frozenset({Role.FIRM_OWNER, Role.FIRM_STAFF})
#: Who belongs to a department.
DEPARTMENT = frozenset({Role.REVIEWER, Role.HEAD})
STAFF = frozenset(Role) - FIRM
EVERY_ROLE = frozenset(Role)
