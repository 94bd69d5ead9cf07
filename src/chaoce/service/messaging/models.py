"""Messages to people: one row a person and message; the text comes from the catalogue, in the language of who reads it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from chaoce.service.messaging.catalogue import Side


class Message(models.Model):
    """A message of the catalogue (`messaging/catalogue.py`) to one person."""

    to = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="messages")
    code = models.CharField(max_length=60)
    side = models.CharField(max_length=4, choices=Side.choices, default=Side.FIRM)  # in whose words it is said
    particulars = models.JSONField(default=dict)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, null=True, blank=True, related_name="messages")
    url = models.CharField(max_length=300, blank=True)
    once = models.CharField(max_length=80, blank=True)  # what a person is told of only once, such as one deadline
    at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailing_at = models.DateTimeField(null=True, blank=True)  # being handed to the mail server: never handed over twice
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["to", "-at"], name="messages_of_person"),
            models.Index(fields=["to"], condition=models.Q(read_at=None), name="messages_not_read"),
        ]
        constraints = [
            models.UniqueConstraint(name="told_once", fields=["to", "code", "once"], condition=models.Q(once__gt="")),
            models.CheckConstraint(
                name="mailed_after_it_was_begun", condition=models.Q(mailed_at=None) | models.Q(mailing_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.code


class MailChoice(models.Model):
    """The topics of which a person wants no mails. In the service every message is there all the same."""

    user = models.OneToOneField("people.User", on_delete=models.CASCADE, related_name="mail_choice")
    off = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id}: {', '.join(self.off)}"
