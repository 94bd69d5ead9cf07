"""What is typed about a call and its guide. Whether it may stand is said by calls/keeping.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from chaoce.service.calls.keeping import MOST_ITEMS
from chaoce.service.calls.models import Call, Guide
from chaoce.service.calls.procedure import RULES, ProcedureRule
from chaoce.service.people.models import Department, Membership
from chaoce.service.people.roles import Role
from chaoce.service.plan.sessions import every_benefit, this_year
from chaoce.service.wording import spoken


def _moment(label: Any, **kwargs: Any) -> forms.DateTimeField:
    """A moment in Shanghai, as the browser's own field gives it."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M"], **kwargs)


class WindowForm(forms.Form):
    """The window of a call."""

    opens_at = _moment(_("Opens"))
    closes_at = _moment(_("Closes"), help_text=_("Nothing is taken from this minute on."))
    why = forms.CharField(label=_("Reason"), required=False, max_length=400, help_text=_("Needed once the call is published."))


class CallForm(forms.Form):
    """A new call."""

    zh = forms.CharField(label=_("Name in Chinese"), max_length=120)
    en = forms.CharField(label=_("Name in English"), max_length=160, required=False)
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2098, help_text=_("The year whose facts are paid for."))
    benefits = forms.MultipleChoiceField(label=_("Benefits"), widget=forms.CheckboxSelectMultiple)
    lead = forms.ModelChoiceField(
        label=_("Lead department"),
        queryset=Department.objects.all(),
        required=False,
        empty_label=_("As the text says"),
        help_text=_("Only needed where the text names none."),
    )
    opens_at = _moment(_("Opens"))
    closes_at = _moment(_("Closes"), help_text=_("Nothing is taken from this minute on."))

    def __init__(self, *args: Any, member: Membership, **kwargs: Any):
        kwargs.setdefault("initial", {"year": this_year()})
        super().__init__(*args, **kwargs)
        lang = spoken()
        offered: dict[str, list[tuple[str, str]]] = {}
        for policy, benefit in every_benefit():
            if member.role == Role.OFFICE or not benefit.lead or benefit.lead == str(member.department):
                said = format_html('<span lang="zh">{}</span> {}', benefit.clause, benefit.title[lang])
                offered.setdefault(policy.title[lang], []).append((f"{policy.id}/{benefit.id}", said))
        self.fields["benefits"].choices = list(offered.items())  # type: ignore[attr-defined]

    def pairs(self) -> list[tuple[str, str]]:
        """The benefits chosen, as (policy, benefit)."""
        return [tuple(value.split("/", 1)) for value in self.cleaned_data["benefits"]]  # type: ignore[misc]


class GuideForm(forms.Form):
    """The version of a guide that is being written: its words, its switches and how long things take."""

    text_zh = forms.CharField(label=_("Guide in Chinese"), widget=forms.Textarea(attrs={"rows": 10, "lang": "zh"}), required=False)
    text_en = forms.CharField(label=_("Guide in English"), widget=forms.Textarea(attrs={"rows": 8, "lang": "en"}), required=False)
    four_eyes = forms.BooleanField(label=_("Four eyes: who took part in the review does not decide"), required=False)
    review_days = forms.IntegerField(label=_("A review usually takes (working days)"), min_value=1, max_value=250)
    correction_days = forms.IntegerField(label=_("Time for a correction (working days)"), min_value=1, max_value=60)

    def __init__(self, guide: Guide, data: Mapping[str, Any] | None = None):
        names = ("text_zh", "text_en", "four_eyes", "review_days", "correction_days")
        super().__init__(data, initial={name: getattr(guide, name) for name in names})


def rule_rows(guide: Guide, data: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The switches of the catalogue with what the guide, or the form that was sent, says of each."""
    given = guide.rules if data is None else read_rules(data)
    rows = []
    for rule in RULES.values():
        mine = given.get(rule.code, {})
        params = [{"param": param, "value": _shown(param.kind, mine.get(param.name, param.default))} for param in rule.params]
        rows.append({"rule": rule, "on": bool(mine.get("on")), "source": mine.get("source", ""), "params": params})
    return rows


def _shown(kind: str, value: Any) -> Any:
    return "\n".join(value) if kind == "lines" and not isinstance(value, str) else value


def read_rules(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The switches as a guide keeps them."""
    return {rule.code: {"on": f"on:{rule.code}" in data, **_of(rule, data)} for rule in RULES.values()}


def _of(rule: ProcedureRule, data: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"source": str(data.get(f"source:{rule.code}", "")).strip()[:300]}
    for param in rule.params:
        text = str(data.get(f"{rule.code}:{param.name}", "")).strip()
        if param.kind == "number":
            found[param.name] = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else text
        elif param.kind == "lines":
            found[param.name] = [line.strip() for line in text.splitlines() if line.strip()]
        else:
            found[param.name] = text
    return found


def read_evidence(data: Any) -> list[dict[str, Any]]:
    """The evidence list as a guide keeps it; rows without any words are gone."""
    items = []
    for place in range(MOST_ITEMS + 1):
        zh, en = (str(data.get(f"item:{place}:{lang}", "")).strip()[:200] for lang in ("zh", "en"))
        if not zh and not en:
            continue
        items.append(
            {
                "code": str(data.get(f"item:{place}:code", "")).strip() or f"item-{place + 1}",
                "zh": zh,
                "en": en,
                "required": f"item:{place}:required" in data,
                "benefit": str(data.get(f"item:{place}:benefit", "")),
                "unless": ["list"] if f"item:{place}:list" in data else [],
            }
        )
    return items


def local(call: Call) -> dict[str, Any]:
    """The window as its form begins."""
    return {"opens_at": timezone.localtime(call.opens_at), "closes_at": timezone.localtime(call.closes_at)}
