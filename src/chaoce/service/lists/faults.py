"""What is wrong with a list or one of its rows: kept as a code with its particulars, said in the language of who reads it.

A fault keeps its row from being used; a note does not, but somebody should look.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chaoce.evidence.findings import Finding
from chaoce.faults import Fault
from chaoce.service.wording import say_day, spoken

#: A fault as the database keeps it: {"code", "row", "column", …particulars}; a particular may be {"zh", "en"}.
Said = dict[str, Any]

#: code -> what it says and what would be right.
CATALOGUE: dict[str, str | Promise] = {
    "said": "%(detail)s",  # words of the library, in both languages already
    "file": gettext_lazy("This is no table but an invoice; lists are read from XLSX or CSV."),
    "empty": gettext_lazy("The file has no rows. The first row names the columns; each row below it is about one firm."),
    "sheets": gettext_lazy(
        "The workbook has several sheets with rows (%(sheets)s). Hand in one at a time, so that a row number means one row."
    ),
    "header": gettext_lazy(
        "No column is headed with the tax id or the name of the firm. Head one “统一社会信用代码” or “企业名称” (or “tax id”, “name”)."
    ),
    "column.twice": gettext_lazy("“%(column)s” and “%(other)s” say the same thing; leave one of the two columns."),
    "lacks": gettext_lazy("There is no column for %(field)s. Add one headed “%(word)s”, or give it for the whole list."),
    "who": gettext_lazy("The row has neither a tax id nor a name; one of the two is needed."),
    "uscc.shape": gettext_lazy("“%(value)s” is no tax id: 18 digits and capitals without I, O, S, V, Z."),
    "uscc.check": gettext_lazy("The tax id “%(value)s” has a wrong check character: its first 17 give “%(right)s”. Look at the original."),
    "type": gettext_lazy("“%(value)s” is no type of fact; write one of: %(options)s"),
    "type.none": gettext_lazy("The row does not say which type of fact it is, and the list has none for all rows."),
    "date": gettext_lazy("“%(value)s” is no day of the calendar; write it like 2026-03-18."),
    "date.none": gettext_lazy("The row has no date, and the list has none for all rows."),
    "money": gettext_lazy("“%(value)s” is no amount; write it in yuan with at most two decimals, like 820000.00."),
    "figure": gettext_lazy(
        "The figure “%(value)s” is not exact in this workbook. Format the column as text, write the value again and hand it in anew."
    ),
    "count": gettext_lazy("“%(value)s” is no whole number."),
    "year": gettext_lazy("“%(value)s” is no year; write it like 2026."),
    "choice": gettext_lazy("“%(value)s” is not one of the values; write one of: %(options)s"),
    "matter": gettext_lazy("“%(value)s” cannot name a matter: words without line breaks, at most one # with a line number behind it."),
    "matter.none": gettext_lazy(
        "The row does not say what was paid for. Without the invoice number, the project or the title, the same matter could be paid twice."
    ),
    "benefit.none": gettext_lazy("The row does not say under which benefit or plan it was paid, and the list has none for all rows."),
    "long": gettext_lazy("“%(value)s” is too long; at most %(limit)s letters."),
    "nothing": gettext_lazy("The amount is zero; leave rows out that paid nothing."),
    "twice": gettext_lazy("This row says the same as row %(other)s. Leave one, or tell them apart by a number or a matter."),
    "missing": gettext_lazy("%(field)s is missing."),
    "broken": gettext_lazy("The work on this list broke off. Nothing was taken over; start it again."),
    # notes
    "unread": gettext_lazy("The column “%(column)s” is kept as it is but not read. If it should be, head it with one of: %(options)s"),
    "sums": gettext_lazy("The row is a sum and was left out."),
    "other.name": gettext_lazy(
        "The tax id belongs to “%(register)s”, but the row names “%(name)s”. Choose which of the two is meant, or have the list corrected."
    ),
    "name.differs": gettext_lazy("In the register the firm is called “%(register)s”."),
    "same.name": gettext_lazy("No firm has this tax id, but one of that name has another: look at the original."),
    "known": gettext_lazy("The firm has this already (%(fact)s); nothing is added."),
    "received.known": gettext_lazy(
        "Known already: “%(where)s” has it with %(amount)s yuan on %(day)s; the row is left out. If it is another payment, hand it in "
        "with a note that begins with “另一笔” and says why."
    ),
    "fits.not": gettext_lazy("It cannot stand beside what the firm has: %(detail)s"),
}
#: Those that do not keep a row from being used.
NOTES = frozenset({"unread", "sums", "other.name", "name.differs", "same.name", "known", "received.known"})


def fault(code: str, row: int | None = None, column: str = "", **particulars: Any) -> Said:
    """A fault of the catalogue with its place."""
    assert code in CATALOGUE, code
    return {"code": code, "row": row, "column": column, **particulars}


def of_library(found: Fault | Finding, row: int | None = None, column: str = "") -> Said:
    """A fault of a fact, or a finding about a file, as the library says it, without its own place."""
    if isinstance(found, Fault):
        last = (found.key or "").rpartition(".")[2]
        bare = Fault(found.code, {"key": last, **found.particulars})
        zh, en = bare.say("zh"), bare.say("en")
    else:
        zh, en = found.message("zh"), found.message("en")
    return fault("said", row, column, detail={"zh": zh, "en": en})


def is_note(said: Mapping[str, Any]) -> bool:
    """Whether it only wants a look."""
    return said["code"] in NOTES


def say(said: Mapping[str, Any]) -> str:
    """What is wrong and what would be right, in the language of the page."""
    lang = spoken()
    particulars = {key: value[lang] if isinstance(value, dict) else value for key, value in said.items()}
    if "day" in particulars:
        particulars["day"] = say_day(date.fromisoformat(particulars["day"]))
    return str(CATALOGUE[said["code"]]) % particulars


def say_in_full(said: Mapping[str, Any], file: str) -> str:
    """The same with its place: file, row, column."""
    place = file
    if said.get("row"):
        place += _(", row %(row)s") % {"row": said["row"]}
    if said.get("column") and said["code"] != "unread":
        place += _(", column “%(column)s”") % {"column": said["column"]}
    return _("%(place)s: %(text)s") % {"place": place, "text": say(said)}
