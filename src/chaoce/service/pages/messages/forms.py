"""Which mails a person wants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chaoce.service.messaging.catalogue import Topic, topics_of


class MailForm(forms.Form):
    """A tick for each topic of which mails are wanted; only topics of the sides on which the person is."""

    wanted = forms.MultipleChoiceField(label=_("Mails that I want"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, sides: Iterable[str], off: Iterable[str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.topics = [topic for topic in Topic if any(topic in topics_of(side) for side in sides)]
        field = self.fields["wanted"]
        field.choices = [(topic.value, topic.label) for topic in self.topics]  # type: ignore[attr-defined]
        field.initial = [topic.value for topic in self.topics if topic.value not in off]

    def off(self, before: Iterable[str]) -> list[str]:
        """The topics that are switched off now; what is not on this form stays as it was."""
        shown = {topic.value for topic in self.topics}
        return sorted({*(topic for topic in before if topic not in shown), *(shown - set(self.cleaned_data["wanted"]))})
