"""Tags and filters that every template has, without loading them. The components' markup stands in `templates/components/`.

Values:
    {{ fen|yuan }}              410,000.00 元 / CNY 410,000.00; a dash where there is none
    {{ fen|amount }}            410,000.00, for columns whose head names the unit
    {{ names|names }}           a `Names` (or {"zh": …, "en": …}) in the language of the page
    {{ date|day }}              2026年3月18日 / 18 March 2026
    {{ text|marked }}           words in which Chinese may stand (names, remarks, units): marked as Chinese on an English page
    {{ datetime|moment }}       2026年3月18日 14:05 / 18 March 2026, 14:05, in Shanghai

Small things:
    {% icon "name" %}           an icon of static/vendor/tabler-icons, hidden from readers; `{% icon "name" "class" %}`
    {% state case %}            badge of a case: its state, or its outcome once decided
    {% verdict review %}        badge of a department's finding
    {% ceiling flag %}          badge: ceiling (true) or decided amount (false)
    {% badge "good" text %}     badge in a tone: plain, info, good, warn, bad
    {% progress 3 8 label %}    a bar with its words

Blocks:
    {% sentence text clause %}  the official sentence, with its clause; always marked as Chinese; policy=, restated=
    {% nothing title text %}    nothing here yet and what to do; icon=, url=, label= for a button, label= needs url=
    {% terms %}{% term label value %}…{% endterms %}   a list of labels and values
    {% pages page %}            links to the pages of a list, keeping the query; for a `Page` of a Paginator
    {% note "info" text %}      a note on the page in a tone; title=

Forms:
    {% fields form %}           all fields of a form and its faults
    {% field form.name %}       one field: label, control, help, fault, tied together for readers
    {% faults form %}           what is wrong with a form as a whole, first on it

Tables: `<table class="table cards">` with `data-label` on each `td` becomes cards below 576 px.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from chaoce.marked import Names
from chaoce.money import say_yuan
from chaoce.service.cases.flow import Outcome, State, Verdict
from chaoce.service.wording import say_day, spoken

register = template.Library()

ICONS = Path(__file__).resolve().parent.parent / "static" / "vendor" / "tabler-icons"
DASH = "—"
_INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
#: A run of Chinese with the letters, figures and marks inside it.
_RUN = re.compile(r"[㐀-鿿](?:[0-9A-Za-z　-\u303f㐀-鿿！-｠()·—]*[㐀-鿿）)])?")
_NOTHING = re.compile(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')

#: The tone and icon of what a badge says: colour is never alone.
STATES = {
    State.DRAFT: ("plain", "pencil"),
    State.SUBMITTED: ("info", "inbox"),
    State.CORRECTION: ("warn", "arrow-back-up"),
    State.REVIEW: ("info", "scale"),
    State.REVIEWED: ("info", "list-check"),
    State.DECIDED: ("good", "gavel"),
    State.READY: ("good", "flag"),
    State.WITHDRAWN: ("plain", "ban"),
}
OUTCOMES = {Outcome.GRANTED: ("good", "circle-check"), Outcome.PARTLY: ("warn", "circle-dot"), Outcome.REFUSED: ("bad", "circle-x")}
VERDICTS = {Verdict.AGREES: ("good", "check"), Verdict.OBJECTS: ("bad", "x")}
TONES = {"plain": "circle-dot", "info": "info-circle", "good": "circle-check", "warn": "alert-triangle", "bad": "alert-circle"}


# Values


@register.filter
def marked(text: Any, language: str = "") -> SafeString:
    """A text with each run of Chinese in an element that says so, to be read aloud as what it is.

    On a Chinese page it stays as it is, unless it stands there as English: `text|marked:"en"`.
    """
    said = conditional_escape("" if text is None else text)
    if (language or spoken()) == "zh":
        return mark_safe(said)
    return mark_safe(_RUN.sub(r'<span lang="zh">\g<0></span>', said))


@register.filter
def yuan(fen: int | None) -> str:
    """An amount of fen in yuan with its unit."""
    if fen is None:
        return DASH
    return f"CNY {say_yuan(fen)}" if spoken() == "en" else f"{say_yuan(fen)} 元"


@register.filter
def amount(fen: int | None) -> str:
    """An amount of fen in yuan without its unit."""
    return DASH if fen is None else say_yuan(fen)


@register.filter
def names(said: Names | Mapping[str, str] | str | None) -> str:
    """What is said in both languages, in that of the page; anything else as it is."""
    if isinstance(said, (Names, Mapping)):
        return said[spoken()]
    return "" if said is None else str(said)


@register.filter
def day(value: date | datetime | None) -> str:
    """A day in words; of a moment, its day in Shanghai."""
    if not value:
        return DASH
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return say_day(value)


@register.filter
def moment(value: datetime | None) -> str:
    """A moment in words, to the minute, in Shanghai."""
    if not value:
        return DASH
    local = timezone.localtime(value)
    return f"{day(value)}{', ' if spoken() == 'en' else ' '}{local:%H:%M}"


# Small things


@cache
def _drawing(name: str) -> str:
    path = ICONS / f"{name}.svg"
    found = _INNER.search(path.read_text("utf-8")) if re.fullmatch(r"[a-z0-9-]+", name) and path.exists() else None
    if found is None:
        raise template.TemplateSyntaxError(f"no icon {name!r} in {ICONS.name}; copy it there from @tabler/icons and into SHA256SUMS")
    return re.sub(r"\s*\n\s*", "", _NOTHING.sub("", found[1]))


@register.simple_tag
@cache
def icon(name: str, extra: str = "") -> SafeString:
    """An icon, hidden from readers: words stand beside it, or in its button's label."""
    return format_html(
        '<svg class="icon{}" width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
        ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>',
        f" {extra}" if extra else "",
        mark_safe(_drawing(name)),
    )


@register.simple_tag
def badge(tone: str, text: Any, drawing: str | None = None) -> SafeString:
    """A short word in a tone (plain, info, good, warn, bad) with an icon; `drawing` "" leaves the icon out."""
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"no tone {tone!r}; one of {', '.join(TONES)}")
    name = TONES[tone] if drawing is None else drawing
    return format_html('<span class="badge tone-{}">{}{}</span>', tone, icon(name) if name else "", text)


@register.simple_tag
def state(case: Any) -> SafeString:
    """Where a case stands; once decided, how. Takes a case or a state."""
    value = State(getattr(case, "state", case))
    outcome = getattr(case, "outcome", "")
    if value == State.DECIDED and outcome:
        tone, drawing = OUTCOMES[Outcome(outcome)]
        return badge(tone, Outcome(outcome).label, drawing)
    tone, drawing = STATES[value]
    return badge(tone, value.label, drawing)


@register.simple_tag
def outcome(case: Any) -> SafeString | str:
    """How a case was decided; nothing before. Takes a case or an outcome."""
    value = getattr(case, "outcome", case)
    if not value:
        return ""
    tone, drawing = OUTCOMES[Outcome(value)]
    return badge(tone, Outcome(value).label, drawing)


@register.simple_tag
def verdict(review: Any) -> SafeString:
    """What a department found, or that it has not yet said. Takes a review or a verdict."""
    value = getattr(review, "verdict", review)
    if not value:
        return badge("plain", _("Not yet given"), "clock")
    tone, drawing = VERDICTS[Verdict(value)]
    return badge(tone, Verdict(value).label, drawing)


@register.simple_tag
def ceiling(is_ceiling: bool) -> SafeString:
    """Whether an amount is the text's ceiling or was decided; the two are never mixed."""
    return badge("warn", _("Ceiling"), "chevron-up") if is_ceiling else badge("good", _("Decided amount"), "check")


@register.simple_tag
def progress(value: int, maximum: int, label: str = "") -> SafeString:
    """A bar with its words; `value` of `maximum`."""
    words = label or f"{value} / {maximum}"
    return format_html(
        '<div class="bar"><progress value="{}" max="{}" aria-label="{}">{}</progress><span class="bar-words">{}</span></div>',
        value,
        maximum or 1,
        words,
        words,
        words,
    )


# Blocks


@register.inclusion_tag("components/sentence.html")
def sentence(text: str, clause: str = "", policy: str = "", restated: bool = False) -> dict[str, Any]:
    """The official sentence over a figure, with the number of its clause and the title of its policy; `restated` says that it is not
    the official text itself."""
    return {"text": text, "clause": clause, "policy": policy, "restated": restated}


@register.inclusion_tag("components/nothing.html")
def nothing(title: str, text: str = "", icon: str = "inbox", url: str = "", label: str = "") -> dict[str, Any]:
    """Nothing is here yet, and what to do next."""
    return {"title": title, "text": text, "icon": icon, "url": url, "label": label}


@register.inclusion_tag("components/note.html")
def note(tone: str, text: Any, title: str = "") -> dict[str, Any]:
    """A note on the page in a tone: info, good, warn, bad."""
    return {"tone": tone, "text": text, "title": title, "icon": TONES[tone]}


@register.inclusion_tag("components/pages.html", takes_context=True)
def pages(context: Context, page: Page) -> dict[str, Any]:
    """The pages of a list: the count, links to the neighbours, the first and the last; the rest of the query stays."""
    numbers = list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)) if page.paginator.num_pages > 1 else []
    return {"page": page, "numbers": numbers, "ellipsis": page.paginator.ELLIPSIS, "query": context["request"].GET}


class Terms(template.Node):
    """`{% terms %}…{% endterms %}`."""

    def __init__(self, inside: NodeList):
        self.inside = inside

    def render(self, context: Context) -> SafeString:
        """The list around its terms."""
        return mark_safe(f'<dl class="terms">{self.inside.render(context)}</dl>')


@register.tag
def terms(parser: Parser, token: Token) -> Terms:
    """A list of labels and values; inside it `{% term label value %}`, or `dt` and `dd` in a `div` where a value needs markup."""
    inside = parser.parse(("endterms",))
    parser.delete_first_token()
    return Terms(inside)


@register.simple_tag
def term(label: Any, value: Any, zh: bool = False) -> SafeString:
    """One label and value; `zh=True` where the value is Chinese on every page (a name, a sentence)."""
    shown = DASH if value in (None, "") else value
    lang = mark_safe(' lang="zh"') if zh and shown != DASH else ""
    return format_html("<div><dt>{}</dt><dd{}>{}</dd></div>", label, lang, shown)


# Forms

_CONTROLS: list[tuple[type[forms.Widget] | tuple[type[forms.Widget], ...], str]] = [
    ((forms.CheckboxSelectMultiple, forms.RadioSelect, forms.CheckboxInput), "form-check-input"),
    (forms.Select, "form-select"),
    (forms.Widget, "form-control"),
]


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, label: str = "", help: str = "") -> dict[str, Any]:
    """One field of a form: label, control, help and fault, tied to each other for readers."""
    widget = bound.field.widget
    style = next(name for kinds, name in _CONTROLS if isinstance(widget, kinds))
    text = help or bound.help_text
    told = [f"{bound.auto_id}_{part}" for part, there in (("helptext", text), ("error", bound.errors)) if there]
    attrs: dict[str, Any] = {"class": f"{style} {widget.attrs.get('class', '')}".strip() + (" is-invalid" if bound.errors else "")}
    group = isinstance(widget, (forms.CheckboxSelectMultiple, forms.RadioSelect))
    placeholder = widget.attrs.get("placeholder")
    if placeholder and (label or str(placeholder) == str(bound.label)):
        attrs["placeholder"] = False  # it would only say the label again
    if told and not group:
        attrs["aria-describedby"] = " ".join(told)
    if bound.errors and not group:
        attrs["aria-invalid"] = "true"
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attrs),
        "label": label or bound.label,
        "help": text,
        "told": " ".join(told),
        "group": group,
        "check": isinstance(widget, forms.CheckboxInput),
        "required": bound.field.required,
    }


@register.inclusion_tag("components/fields.html")
def fields(form: forms.BaseForm) -> dict[str, Any]:
    """All fields of a form, and what is wrong with it as a whole."""
    return {"form": form}


@register.inclusion_tag("components/faults.html")
def faults(form: forms.BaseForm) -> dict[str, Any]:
    """What is wrong with a form: the faults of the whole, and how many fields have one."""
    return {"form": form, "count": sum(1 for bound in form if bound.errors and not bound.is_hidden)}
