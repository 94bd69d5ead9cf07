"""What a token may be used for. A scope never gives more than the role of its membership may do."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """One kind of use; `read:` changes nothing."""

    READ_FIRMS = "read:firms", _("Read firms and what they are due")
    READ_FACTS = "read:facts", _("Read facts and support received")
    WRITE_FACTS = "write:facts", _("State facts, and withdraw what was stated")
    READ_FILES = "read:files", _("Read files handed in and what was read in them")
    WRITE_FILES = "write:files", _("Hand in files, take them back, say what lines of invoices are")
    READ_CALLS = "read:calls", _("Read calls and their guides")
    READ_CASES = "read:cases", _("Read applications and their papers")
    WRITE_CASES = "write:cases", _("Prepare, hand in and withdraw applications; write remarks")
    WRITE_REVIEWS = "write:reviews", _("Review applications and decide on them")
    READ_MESSAGES = "read:messages", _("Read messages")
    WRITE_MESSAGES = "write:messages", _("Mark messages as read")
    READ_PLAN = "read:plan", _("Read benefits, clauses and the year's decisions")
