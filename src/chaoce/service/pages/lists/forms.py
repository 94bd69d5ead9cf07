"""What is typed about a list and about a firm that it brings. Whether it may stand is said by the domain (lists/)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chaoce.facts.types import FactType, Field
from chaoce.marked import Names
from chaoce.service.lists.importing import correctable
from chaoce.service.lists.models import OfficialList
from chaoce.service.people.models import Membership, Town
from chaoce.service.plan.sessions import policies
from chaoce.service.wording import spoken

_YES_NO = (Names("是", "yes"), Names("否", "no"))


class ListForm(forms.Form):
    """A list that is handed in: its file, its document, and what it says for all its rows."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("XLSX or CSV, at most 20 MB. The first row names the columns; a title above it does no harm."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=200,
        help_text=gettext_lazy("As the document has it, with its number: firms read it as the source of their fact."),
        widget=forms.TextInput(attrs={"lang": "zh"}),
    )
    issuer = forms.CharField(label=gettext_lazy("Issued by"), max_length=120, required=False, widget=forms.TextInput(attrs={"lang": "zh"}))
    issued_on = forms.DateField(
        label=gettext_lazy("Date of the document"),
        required=False,
        help_text=gettext_lazy("For rows that have no date of their own."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self, *args: Any, member: Membership, kind: str, type: FactType | None, corrects: OfficialList | None = None, **kwargs: Any
    ):
        if corrects is not None:
            kwargs.setdefault("initial", _of(corrects))
        super().__init__(*args, **kwargs)
        self.type = type
        if kind == OfficialList.Kind.RECEIVED:
            self._received()
        elif type is not None:
            for own in type.fields.values():
                if own.choices is not None or own.kind == "flag":
                    self.fields[f"value-{own.name}"] = _choice(own)
        self.fields["supersedes"] = forms.ModelChoiceField(
            label=_("Corrects the list"),
            queryset=correctable(member, kind),
            required=False,
            empty_label=_("No other list"),
            help_text=_("What the corrected list no longer has is withdrawn from the firms; nothing is deleted."),
        )

    def _received(self) -> None:
        self.fields["value-benefit"] = forms.CharField(
            label=_("Benefit or plan of all rows"),
            max_length=80,
            required=False,
            help_text=_("Where the file has no column for it: any plan of any level."),
        )
        titles = [("", _("As the rows say"))] + [(policy.id, policy.title[spoken()]) for policy in policies()]
        self.fields["value-policy"] = forms.ChoiceField(label=_("Policy of all rows"), choices=titles, required=False)

    def values(self) -> dict[str, Any]:
        """What the list says for all its rows, as facts have it."""
        given = {name.removeprefix("value-"): value for name, value in self.cleaned_data.items() if name.startswith("value-") and value}
        if self.type is None:
            return given
        return {name: value == "yes" if self.type.fields[name].kind == "flag" else value for name, value in given.items()}


def _of(corrects: OfficialList) -> dict[str, Any]:
    values = {f"value-{name}": ("yes" if value else "no") if isinstance(value, bool) else value for name, value in corrects.values.items()}
    return {"supersedes": corrects.pk, "title": corrects.title, "issuer": corrects.issuer, **values}


def _choice(own: Field) -> forms.ChoiceField:
    lang = spoken()
    values = list((own.choices or {}).items()) if own.choices is not None else list(zip(("yes", "no"), _YES_NO, strict=True))
    choices = [("", _("As the rows say"))] + [(value, names[lang]) for value, names in values]
    return forms.ChoiceField(label=own.names[lang], choices=choices, required=False)


class FirmForm(forms.Form):
    """A firm that is new in the register, from the row that names it."""

    name = forms.CharField(label=gettext_lazy("Name of the firm"), max_length=120, widget=forms.TextInput(attrs={"lang": "zh"}))
    industry = forms.CharField(
        label=gettext_lazy("Industry"),
        max_length=5,
        help_text=gettext_lazy("Code of GB/T 4754: a section letter and up to four digits, like C3962; the letter alone will do."),
    )
    division = forms.CharField(
        label=gettext_lazy("Registered in"),
        max_length=6,
        help_text=gettext_lazy("Division code of six digits; 330481 is Haining."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    town = forms.ChoiceField(label=gettext_lazy("Town"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, known: Mapping[str, str] | None = None):
        towns = list(Town.objects.all())
        initial = dict(known or {})
        initial["town"] = next((town.code for town in towns if initial.get("town") in (town.code, town.zh)), "")
        super().__init__(data, initial=initial)
        names = [(town.code, town.en if spoken() == "en" else town.zh) for town in towns]
        self.fields["town"].choices = [("", _("Not known")), *names]  # type: ignore[attr-defined]
