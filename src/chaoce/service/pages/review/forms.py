"""The forms of the case page. Whether a step may be taken is said by the step; here is only read what was typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chaoce.money import format_yuan
from chaoce.service.cases.flow import Verdict
from chaoce.service.cases.models import CaseLine
from chaoce.service.lists.amounts import read_amount
from chaoce.service.people.models import User
from chaoce.service.people.roles import Role

#: Points that a list of corrections may have.
MOST_POINTS = 30


class YuanField(forms.CharField):
    """An amount of money as people write it; cleaned to fen, None where it is left empty."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "class": "amount"}

    def clean(self, value: Any) -> int | None:
        """Fen of an amount as the lists take it: `80,000`, `8万元`."""
        text = super().clean(value).strip()
        if not text:
            return None
        fen = read_amount(text)
        if fen is None:
            raise forms.ValidationError(_("“%(value)s” is no amount: write it like 300000.00, 300,000 or 30万元.") % {"value": value})
        return fen


def _long(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "maxlength": 4000})


class Empty(forms.Form):
    """A step that asks for nothing."""


class Why(forms.Form):
    """A step that asks for its reason."""

    why = forms.CharField(label=gettext_lazy("Reason"), widget=_long(), max_length=4000)


class ClearForm(forms.Form):
    """Clears one finding."""

    why = forms.CharField(label=gettext_lazy("Reason"), max_length=400)


class VerdictForm(forms.Form):
    """A department's finding."""

    verdict = forms.ChoiceField(label=gettext_lazy("Finding of your department"), choices=Verdict.choices, widget=forms.RadioSelect)
    opinion = forms.CharField(
        label=gettext_lazy("Opinion"),
        required=False,
        widget=_long(),
        max_length=4000,
        help_text=gettext_lazy("An objection needs its reasons."),
    )


class LowerForm(forms.Form):
    """A lower amount for one line."""

    amount = YuanField(label=gettext_lazy("Lower amount in yuan"), max_length=40)
    why = forms.CharField(label=gettext_lazy("Reason, which the firm reads"), max_length=400)


class RemarkForm(forms.Form):
    """Something written on the case."""

    text = forms.CharField(label=gettext_lazy("Text"), widget=_long(), max_length=4000)


class AskForm(forms.Form):
    """A question to an expert."""

    expert = forms.ModelChoiceField(label=gettext_lazy("Expert"), queryset=User.objects.none())
    question = forms.CharField(label=gettext_lazy("Question"), widget=_long(), max_length=4000)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        experts = User.objects.filter(memberships__role=Role.EXPERT, memberships__ended_at=None).distinct().order_by("name", "pk")
        self.fields["expert"].queryset = experts  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """An expert's answer, or that the expert stands aside."""

    text = forms.CharField(label=gettext_lazy("Answer, or why you stand aside"), widget=_long(6), max_length=8000)
    recused = forms.BooleanField(
        label=gettext_lazy("I stand aside: I am close to the firm or the matter, or cannot judge it"), required=False
    )


_YES_NO = {"on_site": (("1", gettext_lazy("On the spot")), ("0", gettext_lazy("First look at the papers")))}


class VisitForm(forms.Form):
    """A town's first look or visit."""

    on_site = forms.ChoiceField(label=gettext_lazy("How"), choices=_YES_NO["on_site"], widget=forms.RadioSelect)
    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    sound = forms.ChoiceField(
        label=gettext_lazy("What was seen"),
        choices=(("1", gettext_lazy("Agrees with what was handed in")), ("0", gettext_lazy("Does not agree with what was handed in"))),
        widget=forms.RadioSelect,
    )
    report = forms.CharField(label=gettext_lazy("Report"), widget=_long(5), max_length=4000)


class Points:
    """A list of points that the firm has to put right: as typed, with room for more."""

    def __init__(self, rows: Iterable[tuple[str, str]], more: int = 0, fault: str = ""):
        self.typed = list(rows)[:MOST_POINTS]
        self.rows = [*self.typed, *[("", "")] * max(more, 1 - len(self.typed))][:MOST_POINTS]
        self.fault = fault

    @classmethod
    def of(cls, data: Any, more: int = 0) -> Points:
        """As a form sends them: `point` and `about` in pairs."""
        texts, facts = data.getlist("point"), data.getlist("about")
        facts += [""] * (len(texts) - len(facts))
        return cls([(text[:2000], fact[:200]) for text, fact in zip(texts, facts, strict=False) if text.strip() or fact], more)

    @property
    def points(self) -> list[dict[str, str]]:
        """As the step takes them."""
        return [{"text": text, "fact": fact} for text, fact in self.typed if text.strip()]


class SendBackForm(forms.Form):
    """The deadline of a correction; its points stand in `Points`."""

    deadline = forms.DateField(label=gettext_lazy("To be answered by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["deadline"].widget.attrs["min"] = (timezone.localdate() + timedelta(days=1)).isoformat()


class DecideForm(forms.Form):
    """The head's amounts. An amount left empty is what is computed, or the lower amount that a reviewer proposed."""

    why = forms.CharField(
        label=gettext_lazy("Reasons of the decision"),
        required=False,
        widget=_long(),
        max_length=4000,
        help_text=gettext_lazy("The firm reads them. A refusal needs them."),
    )

    def __init__(self, *args: Any, lines: Iterable[CaseLine], now: Mapping[int, int], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        for line in self.lines:
            self.fields[f"amount{line.pk}"] = YuanField(label=_("Amount in yuan"), required=False, max_length=40)
            self.fields[f"why{line.pk}"] = forms.CharField(label=_("Reason"), required=False, max_length=400)
            self.fields[f"seen{line.pk}"] = forms.IntegerField(widget=forms.HiddenInput, initial=now.get(line.pk, 0))

    def rows(self) -> list[tuple[CaseLine, forms.BoundField, forms.BoundField, forms.BoundField]]:
        """Each line with its amount, its reason and the computed amount that was seen."""
        return [(line, self[f"amount{line.pk}"], self[f"why{line.pk}"], self[f"seen{line.pk}"]) for line in self.lines]

    def grants(self) -> dict[int, tuple[int, str]]:
        """The amounts of the head's own, as the step takes them."""
        cleaned = self.cleaned_data
        own = {line.pk: (cleaned[f"amount{line.pk}"], cleaned[f"why{line.pk}"]) for line in self.lines}
        return {pk: (amount, why) for pk, (amount, why) in own.items() if amount is not None}

    def seen(self) -> dict[int, int]:
        """What each line came to on the page that was decided on, in fen."""
        return {line.pk: self.cleaned_data[f"seen{line.pk}"] for line in self.lines}


def first_amount(line: CaseLine) -> str:
    """A lower amount as its field begins with it."""
    return "" if line.lowered is None else format_yuan(line.lowered)
