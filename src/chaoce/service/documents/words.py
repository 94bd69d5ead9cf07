"""Findings about files in the words of the page: what was found, and what would put it right here."""

from __future__ import annotations

import re
from dataclasses import replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chaoce.evidence.catalogue import CATALOGUE
from chaoce.evidence.findings import FAULT, NOTE, WARNING, Finding
from chaoce.faults import Fault
from chaoce.service.wording import spoken

#: What the command line says with words of its own (a folder, evidence.yaml) and this service says otherwise.
_HERE: dict[str, str | Promise] = {
    "kind.picture": gettext_lazy("A picture: kept as an attachment, not read. For an invoice hand in its XML, OFD or PDF with text."),
    "pdf.picture": gettext_lazy("A PDF without text, like a scan: kept as an attachment, not read. For an invoice hand in its XML or OFD."),
    "pdf.form": gettext_lazy("A PDF that is no invoice: kept as an attachment."),
    "kind.unknown": gettext_lazy("Not a kind of file that is taken: 数电票 XML, OFD, PDF, XLSX, CSV, or a picture (PNG, JPEG)."),
    "kind.archive": gettext_lazy("An archive, or a document like DOCX. Unpack it, or save it as PDF, and hand in that."),
    "red.orphan": gettext_lazy(
        "Red invoice %(invoice)s corrects %(blue)s, which is not here. Hand that one in too, or make sure that it is not claimed."
    ),
    "basis.unknown": gettext_lazy(
        "Special or ordinary cannot be told: the amount net of tax counts. The XML or OFD of the invoice says it."
    ),
    "table.type": gettext_lazy("The table has no column “类型” (type). Add it, or name the sheet after the type of fact."),
}
#: Faults that only this service knows.
_OURS: dict[str, str | Promise] = {
    "paid.table": gettext_lazy(
        "What was paid counts by its invoice, not by a table of one's own. Hand in the invoice, and say what its line is."
    ),
}
#: Why a fact no longer stands, as the database keeps it; `why` says it in the language of the page.
SAID_ANEW, NOT_GIVEN, TAKEN_BACK = "said anew", "no file gives it any more", "taken back by the firm"
_WHY: dict[str, str | Promise] = {
    SAID_ANEW: gettext_lazy("A later file or answer says it differently; that fact stands in its place."),
    NOT_GIVEN: gettext_lazy("No file of the firm gives it any more."),
    TAKEN_BACK: gettext_lazy("Taken back by the firm."),
}
TONES = {FAULT: "bad", WARNING: "warn", NOTE: "info"}


class OurFault(Fault):
    """A fault that only this service knows, said in the language of the page."""

    def say(self, lang: str | None = None) -> str:
        """What is wrong, and what would be right."""
        return str(_OURS[self.code])


def say(finding: Finding) -> str:
    """One finding without its file; with its line or row where it has one."""
    zh = spoken() == "zh"
    template = str(_HERE.get(finding.code, CATALOGUE[finding.code][1]))
    if finding.code in _HERE:
        said = template % {"invoice": finding.invoice, **finding.particulars}
    elif finding.fault is not None:
        said = replace(finding.fault, file=None, line=None, firm=None, fact=None).say(spoken())
    else:
        said = finding.message(spoken())
    said = _full_width(said) if zh else said[:1].upper() + said[1:]
    if finding.row is not None:
        return _("Row %(number)s: %(said)s") % {"number": finding.row, "said": said}
    if finding.line is not None and "{line}" not in template:
        return _("Line %(number)s: %(said)s") % {"number": finding.line, "said": said}
    return said


_BY_CHINESE = re.compile(r"(?<=[一-鿿”》)〉%元])[,:;]|[,:;](?=[一-鿿“《〈])")


def _full_width(text: str) -> str:
    """Chinese with the punctuation of Chinese wherever it stands beside a Chinese sign."""
    return _BY_CHINESE.sub(lambda match: {",": "，", ":": "：", ";": "；"}[match[0]], text)


def tone(finding: Finding) -> str:
    """The tone of the page for the weight of a finding."""
    return TONES[finding.severity]


def why(reason: str) -> str:
    """Why a fact no longer stands, in the page's language where the program gave the reason; what a person wrote is left as it is."""
    return str(_WHY.get(reason, reason))
