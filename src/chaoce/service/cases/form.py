"""What an application asks beside the facts: who answers for it, and what the guide's evidence list wants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chaoce.service.calls.models import Guide
from chaoce.service.cases.faults import Missing
from chaoce.service.cases.models import Case, CaseLine
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Membership
from chaoce.service.wording import spoken


@dataclass(frozen=True)
class FormField:
    """A field of the application form. `kind` is text, tel, longtext or consent."""

    name: str
    label: str | Promise
    kind: str
    required: bool = True
    help: str | Promise = ""


#: What no fact can say. Everything else of the form is drawn from the rule and the facts (事实已有的不再填).
FIELDS: tuple[FormField, ...] = (
    FormField("contact", gettext_lazy("Contact"), "text"),
    FormField("phone", gettext_lazy("Telephone"), "tel"),
    FormField(
        "explanation", gettext_lazy("Explanation"), "longtext", False, gettext_lazy("What the reviewers should know; may stay empty.")
    ),
    FormField(
        "consent",
        gettext_lazy("The firm answers for what it hands in, and has not received support for the same matter that is not listed here."),
        "consent",
    ),
)


def prefilled(firm: Firm, by: Membership | None) -> dict[str, str]:
    """A form with what is known: the last case's contact, else the person's name."""
    last = Case.objects.filter(firm=firm).exclude(form={}).order_by("-changed_at").first()
    known = {name: last.form[name] for name in ("contact", "phone") if last is not None and last.form.get(name)}
    return {"contact": by.user.name, **known} if by is not None else known


def missing_fields(case: Case) -> list[str]:
    """A sentence for each field that still has to be filled in, with the id of its field."""
    found: list[str] = []
    for field in FIELDS:
        text = case.form.get(field.name, "").strip()
        if field.required and (not text or (field.kind == "consent" and text != "yes")):
            found.append(Missing(_("Fill in: %(field)s") % {"field": field.label}, f"field-{field.name}"))
    return found


def wanted_of(guide: Guide, lines: Iterable[CaseLine]) -> list[dict]:
    """The items of a guide's evidence list that lines need: those of their benefits, less what the facts prove by where they come
    from (`unless`: the sources, as `list` for an official list, of whose facts an item is not asked)."""
    lines = list(lines)
    found = []
    for item in guide.evidence:
        mine = [line for line in lines if not item.get("benefit") or line.benefit == item["benefit"]]
        proven = bool(mine) and all(line.fact.source in item.get("unless", ()) for line in mine)
        if not proven and (mine or not item.get("benefit")):
            found.append(item)
    return found


def evidence_wanted(case: Case, lines: Iterable[CaseLine] | None = None) -> list[dict]:
    """The items of the guide's evidence list that the case's lines need; each with the files that answer it under `uploads`.

    `lines` are those of the case with their facts, where they were asked for already.
    """
    uploads = list(case.attachments.filter(removed_at=None).exclude(state="refused"))
    return [
        {**item, "uploads": [upload for upload in uploads if upload.evidence == item["code"]]}
        for item in wanted_of(case.guide, case.lines.select_related("fact") if lines is None else lines)
    ]


def unanswered(case: Case, lines: Iterable[CaseLine] | None = None) -> list[dict]:
    """The required items that no usable file answers; what still waits to be read may yet be refused and does not count."""
    wanted = [item for item in evidence_wanted(case, lines) if item.get("required")]
    return [item for item in wanted if not any(upload.state in upload.USABLE for upload in item["uploads"])]


def missing_evidence(case: Case) -> list[str]:
    """A sentence for each required item of the evidence list without a file that can be used."""
    lang = spoken()
    said = []
    for item in unanswered(case):
        text = _("“%(item)s” is still being read; submit once that is done.") if item["uploads"] else _("Attach: %(item)s")
        said.append(Missing(text % {"item": item.get(lang) or item["zh"]}, f"evidence-{item['code']}"))
    return said  # type: ignore[return-value]
