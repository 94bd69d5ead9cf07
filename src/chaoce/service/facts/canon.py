"""One matter, one spelling: what a firm, a department or a program writes becomes the same text before it is kept or compared.

The library compares matters letter by letter (docs/facts.md), and so it stays for a facts file. Here many hands write the same thing:
full-width and half-width signs, blanks, small and capital letters, a full stop at the end, a prefix in Chinese or none. Where facts
and support come in, a matter that names a thing in the world gets its one spelling; one that follows from the type of a fact and its
fields is made here, whatever was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chaoce.facts.matter import is_matter
from chaoce.facts.types import FactTypes

#: How the kinds of matters that name one thing in the world are written, in small letters -> the kind.
_KINDS = {
    word: kind
    for kind, words in {
        "invoice": ("invoice", "invoices", "inv", "发票", "发票号", "发票号码", "数电发票", "电子发票"),
        "contract": ("contract", "合同", "合同号", "合同编号"),
        "certificate": ("certificate", "cert", "证书", "证书号", "证书编号", "登记证书"),
        "project": ("project", "项目", "项目代码", "项目名称"),
        "scenario": ("scenario", "场景", "场景名称"),
        "loan": ("loan", "贷款", "借款", "贷款合同"),
    }.items()
    for word in words
}
#: type of a fact -> (kind of its matter, the field that names it).
NAMED_BY = {"data_ip_certificate": ("certificate", "number")}
#: type of a fact -> the kind of the thing that its matter names.
THINGS = {"scenario_project": "scenario", "investment_project": "project"}

_NUMBER = r"([0-9]{20}|[0-9]{12}-[0-9]{8}|[0-9]{10}-[0-9]{8})"
#: The number of an invoice somewhere in a text, with what follows it.
_WITHIN = re.compile(rf"(?<![0-9-]){_NUMBER}(?![0-9-])(.*)")
#: A text that is the number of an invoice and nothing else.
_WHOLE = re.compile(r"([0-9]{20}|[0-9]{12}-[0-9]{8}|[0-9]{10}-?[0-9]{8})((?:#[1-9][0-9]*)?)")
_LINE = re.compile(r"[#第]0*([1-9][0-9]*)")
#: Kinds that people name in words; numbers are kept in capitals, as certificates and contracts print them.
_IN_WORDS = ("project", "scenario")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣"), "-")
_CLOSING = "。.,;、!?:·…"
_CJK = "\u3000-\u9fff\uf900-\ufaff"
_BLANK = re.compile(rf"(?<=[{_CJK}])\s+|\s+(?=[{_CJK}])")


def fold(text: str) -> str:
    """A name as it is compared: whatever its width, blanks, capitals, dashes and the punctuation at its end.

    >>> fold("浙数 1Ａ") == fold("浙数1a") == fold("浙数1A。")
    True
    """
    return _plain(text).rstrip(_CLOSING).casefold()


def tidy(text: str) -> str:
    """A name as it is kept: in one width, without blanks beside Chinese characters and without the punctuation at its end.

    >>> tidy("智算 数据。"), tidy("Smart  Data ")
    ('智算数据', 'Smart Data')
    """
    plain = _BLANK.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(plain.split()).rstrip(_CLOSING).rstrip() or text


def canonical(matter: str) -> str:
    """The one spelling of a matter. What names no thing in the world, a title or a word of the firm's own, stays as it is.

    >>> canonical("发票：26332000000000000001#1"), canonical("INVOICE: 26332000000000000001"), canonical("26332000000000000001#2")
    ('invoice:26332000000000000001#1', 'invoice:26332000000000000001', 'invoice:26332000000000000001#2')
    >>> canonical("certificate:浙数 1ａ"), canonical("recognition:cdo_pilot"), canonical("own word")
    ('certificate:浙数1A', 'recognition:cdo_pilot', 'own word')
    """
    plain = _plain(matter)
    head, mark, rest = plain.partition(":")
    kind = _KINDS.get(head.casefold()) if mark else None
    if kind in (None, "invoice") and (number := _invoice(rest if kind else plain)):
        return number
    if kind is None:
        return matter
    base, mark, line = rest.partition("#")
    base = base.rstrip(_CLOSING).casefold()
    base = base if kind in _IN_WORDS else base.upper()
    return f"{kind}:{base}{mark}{line}" if base else matter


def canonical_fact(raw: Mapping[str, Any], types: FactTypes) -> dict[str, Any]:
    """A fact of a facts file with its matters in their one spelling.

    A certificate's matter is made from its number, a scenario's or project's name gets its kind, a text that is the number of an
    invoice is that invoice. What the reader would refuse is left for it to refuse.
    """
    fact = dict(raw)
    kind = types.types.get(fact["type"]) if isinstance(fact.get("type"), str) else None
    if kind is None:
        return fact
    if kind.series and isinstance(fact.get(kind.series), str):
        fact[kind.series] = tidy(fact[kind.series])
    given = fact.get("matter", [])
    written = given if isinstance(given, list) else [given]
    if not all(is_matter(matter) for matter in written):
        return fact
    found = [name for name in (_named(fact), *map(canonical, written)) if name]
    thing = THINGS.get(kind.name)
    if thing is not None:
        # The bare name stays beside it: a list of support may know the thing by its name alone.
        bare = [matter for matter in found if ":" not in matter]
        found = [*(canonical(f"{thing}:{matter}") for matter in bare), *found]
    if not found and kind.matter is None and isinstance(fact.get("id"), str) and _WHOLE.fullmatch(_plain(fact["id"])):
        found = [_invoice(_plain(fact["id"]))]
    found = list(dict.fromkeys(found))
    if found and found != written:
        fact["matter"] = found if len(found) > 1 else found[0]
    return fact


def alike(raws: Sequence[Mapping[str, Any]], others: Iterable[Mapping[str, Any]], types: FactTypes) -> list[dict[str, Any]]:
    """Facts whose series (one product, year by year) is spelled as the firm spelled it first, so that one product is one series."""
    known: dict[tuple[str, str], str] = {}
    for other in others:
        if (name := _series(other, types)) is not None:
            known.setdefault((other["type"], fold(name)), name)
    made = []
    for raw in raws:
        fact, name = dict(raw), _series(raw, types)
        if name is not None:
            fact[types.types[raw["type"]].series or ""] = known.setdefault((raw["type"], fold(name)), name)
        made.append(fact)
    return made


def _series(raw: Mapping[str, Any], types: FactTypes) -> str | None:
    kind = types.types.get(raw["type"]) if isinstance(raw.get("type"), str) else None
    name = raw.get(kind.series) if kind is not None and kind.series else None
    return name if isinstance(name, str) and fold(name) else None


def _named(fact: Mapping[str, Any]) -> str:
    """The matter that follows from a fact's type and fields; empty where none does, or where it could be none."""
    kind, field = NAMED_BY.get(fact["type"], ("", ""))
    name = fact.get(field) if kind else None
    made = canonical(f"{kind}:{_plain(name).replace('#', '-')}") if isinstance(name, str) and fold(name) else ""
    return made if is_matter(made) else ""


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).translate(_DASHES).split())


def _invoice(text: str) -> str:
    """The matter of the invoice that a text names; empty where it names none."""
    whole = _WHOLE.fullmatch(text)
    if whole is not None:
        number = whole[1]
        return f"invoice:{number[:10]}-{number[10:]}{whole[2]}" if len(number) == 18 else f"invoice:{number}{whole[2]}"
    within = _WITHIN.search(text)
    if within is None:
        return ""
    line = _LINE.match(within[2])
    return f"invoice:{within[1]}" + (f"#{line[1]}" if line else "")
