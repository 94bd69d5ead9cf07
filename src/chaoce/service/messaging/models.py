"""Messages to people: one row a person and message; the text comes from the catalogue, in the language of who reads it."""

from __future__ import annotations

from django.db import models


class Message(models.Model):
    """A message of the catalogue (`messaging/catalogue.py`) to one person."""

    to = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="messages")
    code = models.CharField(max_length=60)
    particulars = models.JSONField(default=dict)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, null=True, blank=True, related_name="messages")
    url = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["to", "-at"], name="messages_of_person")]

    def __str__(self) -> str:
        return self.code
