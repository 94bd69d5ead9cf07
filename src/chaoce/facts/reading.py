"""Reading firms from JSON (docs/facts.md): every fault is found and said, and nothing half read is used."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from chaoce.dates import parse_date
from chaoce.facts.firm import Fact, Firm, Received
from chaoce.facts.matter import is_matter
from chaoce.facts.types import COMMON_FIELDS, KINDS, FactType, FactTypes, Field, Value, check_value
from chaoce.facts.uscc import check_character, has_shape
from chaoce.faults import Fault, Faults, listed
from chaoce.files import read_text
from chaoce.money import parse_yuan

_INDUSTRY = re.compile(r"[A-T]([0-9]{2,4})?")
_WANT_ENTRY = {"want": "一个对象", "want_en": "an object"}
_WANT_LIST = {"want": "一个列表", "want_en": "a list"}
_WANT_TEXT = {"want": "非空字符串", "want_en": "a string that is not empty"}
_WANT_YEAR = {"want": "年份,如 2026", "want_en": "a year, like 2026"}


class Source(NamedTuple):
    """A firm as it stands in a file: its raw JSON object and where it begins."""

    file: str
    line: int | None
    text: str


class _Plan(NamedTuple):
    """How to read the facts of one type: prepared once, used for millions."""

    type: FactType
    required: tuple[tuple[Field, Callable[[object], Value | None], Mapping[str, object] | None], ...]
    optional: tuple[tuple[Field, Callable[[object], Value | None], Mapping[str, object] | None], ...]
    known: frozenset[str]


class FirmReader:
    """Reads firms whose facts are of the given types."""

    def __init__(self, types: FactTypes):
        self.types = types
        self._plans: dict[str, _Plan] = {}
        for fact_type in types.types.values():
            rows = [(field, KINDS[field.kind].read, field.choices) for field in fact_type.fields.values()]
            self._plans[fact_type.name] = _Plan(
                fact_type,
                tuple(row for row in rows if row[0].required),
                tuple(row for row in rows if not row[0].required),
                frozenset(fact_type.fields) | frozenset(COMMON_FIELDS),
            )

    def read(self, raw: object, file: str | None = None, line: int | None = None) -> Firm:
        """The firm of one decoded JSON object; raises Faults with all that is wrong in it."""
        faults: list[Fault] = []

        def fault(code: str, key: str | None = None, fact: str | None = None, **particulars: object) -> None:
            faults.append(Fault(code, particulars, file=file, line=line, firm=name, fact=fact, key=key))

        name = None
        if type(raw) is not dict:
            fault("shape", **_WANT_ENTRY)
            raise Faults(faults)
        enterprise = raw.get("enterprise")
        if type(enterprise) is dict and type(enterprise.get("uscc")) is str:
            name = enterprise["uscc"]
        for key in raw:
            if key not in ("enterprise", "facts", "received"):
                fault("unknown.key", key, options="enterprise, facts, received")
        values = self._read_enterprise(enterprise, fault)
        facts = self._read_facts(raw.get("facts"), fault)
        received = _read_received(raw.get("received", []), fault)
        if faults:
            raise Faults(faults)
        return Firm(values["uscc"], values, facts, received)

    def _read_enterprise(self, raw: object, fault: Callable) -> dict[str, Value]:
        values: dict[str, Value] = {}
        if type(raw) is not dict:
            fault("missing", "enterprise", **_WANT_ENTRY) if raw is None else fault("shape", "enterprise", **_WANT_ENTRY)
            return values
        for key, value in raw.items():
            field = self.types.firm.get(key)
            if key == "owners":
                if type(value) is not list or not all(type(owner) is str and owner for owner in value):
                    fault("shape", "enterprise.owners", want="姓名或代码的列表", want_en="a list of names or codes")
                continue
            if field is None or key == "section":
                known = [*self.types.firm, "owners"]
                fault("unknown.key", f"enterprise.{key}", options=listed(k for k in known if k != "section"))
                continue
            good, code, particulars = check_value(field, value)
            if code:
                fault(code, f"enterprise.{key}", **particulars)
            else:
                values[key] = good
        for key in self.types.firm:
            if key not in raw and key != "section" and self.types.firm[key].required:
                fault("missing", f"enterprise.{key}", **_WANT_TEXT)
        _check_codes(values, fault)
        for key, field in self.types.firm.items():
            if field.default is not None:
                values.setdefault(key, field.default)
        return values

    def _read_facts(self, raw: object, fault: Callable) -> tuple[Fact, ...]:
        if type(raw) is not list:
            fault("missing", "facts", **_WANT_LIST) if raw is None else fault("shape", "facts", **_WANT_LIST)
            return ()
        facts: list[Fact] = []
        ids: set[str] = set()
        series: dict[tuple[str, object, int], str] = {}
        for number, entry in enumerate(raw, 1):
            fact = self._read_fact(entry, number, ids, fault)
            if fact is None:
                continue
            facts.append(fact)
            key = self._plans[fact.type].type.series
            if key is not None:
                place = (fact.type, fact.values.get(key), fact.date.year)
                other = series.setdefault(place, fact.id)
                if other != fact.id:
                    where = "date" if key == "firm" else key
                    fault("series.twice", where, fact.id, value=place[1] or fact.type, year=place[2], other=other)
        facts.sort(key=lambda fact: (fact.date, fact.id))
        return tuple(facts)

    def _read_fact(self, raw: object, number: int, ids: set[str], fault: Callable) -> Fact | None:
        if type(raw) is not dict:
            fault("shape", f"facts[{number}]", **_WANT_ENTRY)
            return None
        identity = raw.get("id")
        if not isinstance(identity, str) or KINDS["text"].read(identity) is None:
            code = "missing" if identity is None else "shape"
            fault(code, f"facts[{number}].id", **_WANT_TEXT)
            return None
        faulty = False
        if identity in ids:
            fault("id.twice", "id", identity, value=identity)
            faulty = True
        ids.add(identity)
        named = raw.get("type")
        plan = self._plans.get(named) if isinstance(named, str) else None
        if plan is None:
            if "type" in raw:
                fault("unknown.type", "type", identity, value=raw["type"], options=listed(self._plans))
            else:
                fault("missing", "type", identity, want="事实类型", want_en="the type of fact")
            return None
        day = parse_date(raw.get("date"))
        if day is None:
            fault("date" if "date" in raw else "missing", "date", identity, value=raw.get("date"), want="日期", want_en="a date")
            faulty = True
        values: dict[str, Value] = {}
        for field, read, choices in plan.required:
            value = read(raw.get(field.name))
            if value is None or (choices is not None and value not in choices):
                if field.name in raw:
                    _, code, particulars = check_value(field, raw[field.name])
                    fault(code, field.name, identity, **particulars)
                else:
                    _, _, particulars = check_value(field, None)
                    fault("missing", field.name, identity, **{k: v for k, v in particulars.items() if k != "value"})
                faulty = True
            else:
                values[field.name] = value
        for field, read, choices in plan.optional:
            if field.name in raw:
                value = read(raw[field.name])
                if value is None or (choices is not None and value not in choices):
                    _, code, particulars = check_value(field, raw[field.name])
                    fault(code, field.name, identity, **particulars)
                    faulty = True
                else:
                    values[field.name] = value
            elif field.default is not None:
                values[field.name] = field.default
        if not plan.known.issuperset(raw):
            for key in raw:
                if key not in plan.known:
                    fault("unknown.field", key, identity, type=plan.type.name, options=listed(plan.type.fields))
            faulty = True
        matter = self._read_matter(raw, identity, plan.type, values, faulty, fault)
        if faulty or matter is None or day is None:
            return None
        evidence = raw.get("evidence")
        if isinstance(evidence, str):
            evidence = {"file": evidence}
        if evidence is not None and not isinstance(evidence, dict):
            fault("shape", "evidence", identity, **_WANT_ENTRY)
            return None
        return Fact(identity, plan.type.name, day, matter, values, evidence)

    @staticmethod
    def _read_matter(
        raw: Mapping[str, object], identity: str, fact_type: FactType, values: Mapping[str, Value], faulty: bool, fault: Callable
    ) -> tuple[str, ...] | None:
        if "matter" not in raw:
            if fact_type.matter is None:
                return (identity,)
            if faulty:
                return None
            own = fact_type.matter.format_map(values)
            if is_matter(own):
                return (own,)
            fault("matter", "matter", identity, value=own)
            return None
        matters = raw["matter"] if type(raw["matter"]) is list else [raw["matter"]]
        if not matters:
            fault("matter", "matter", identity, value="[]")
            return None
        bad = [matter for matter in matters if not is_matter(matter)]
        for matter in bad:
            fault("matter", "matter", identity, value=matter)
        return None if bad else tuple(dict.fromkeys(str(matter) for matter in matters))


def _check_codes(values: dict[str, Value], fault: Callable) -> None:
    uscc = values.get("uscc")
    if uscc is not None:
        if not has_shape(uscc):
            fault("uscc.shape", "enterprise.uscc", value=uscc)
        elif (right := check_character(uscc[:17])) != uscc[17]:
            fault("uscc.check", "enterprise.uscc", value=uscc, right=right)
    industry = values.get("industry")
    if industry is not None:
        if _INDUSTRY.fullmatch(industry):
            values["section"] = industry[0]
        else:
            fault("industry", "enterprise.industry", value=industry)
    for key, digits, right in (("division", 6, "330481"), ("town", 9, "330481001")):
        code = values.get(key)
        if code is not None and not (len(code) == digits and code.isascii() and code.isdecimal()):
            fault("division", f"enterprise.{key}", value=code, digits=digits, right=right)


_RECEIVED = ("benefit", "matter", "date", "amount")
_WANT_RECEIVED = {
    "benefit": _WANT_TEXT,
    "matter": _WANT_TEXT,
    "date": {"want": "日期", "want_en": "a date"},
    "amount": {"want": "以元为单位的金额字符串", "want_en": "yuan as a string"},
}


def _read_received(raw: object, fault: Callable) -> tuple[Received, ...]:
    if type(raw) is not list:
        fault("shape", "received", **_WANT_LIST)
        return ()
    received = []
    for number, entry in enumerate(raw, 1):
        place = f"received[{number}]"
        if type(entry) is not dict:
            fault("shape", place, **_WANT_ENTRY)
            continue
        good = True
        for key in entry:
            if key not in (*_RECEIVED, "year", "policy", "note", "evidence"):
                fault("unknown.key", f"{place}.{key}", options=", ".join((*_RECEIVED, "year", "policy")))
                good = False
        lacking = [key for key in _RECEIVED if key not in entry]
        for key in lacking:
            fault("missing", f"{place}.{key}", **_WANT_RECEIVED[key])
        if lacking:
            continue
        for key in ("benefit", "policy"):
            if (key in entry or key == "benefit") and KINDS["text"].read(entry.get(key)) is None:
                fault("shape", f"{place}.{key}", **_WANT_TEXT)
                good = False
        if not is_matter(entry.get("matter")):
            fault("matter", f"{place}.matter", value=entry.get("matter"))
            good = False
        day, amount, year = parse_date(entry.get("date")), parse_yuan(entry.get("amount")), entry.get("year")
        if day is None:
            fault("date", f"{place}.date", value=entry.get("date"))
        if amount is None:
            fault("money", f"{place}.amount", value=entry.get("amount"))
        if year is not None and not (type(year) is int and 1949 <= year <= 9999):
            fault("shape", f"{place}.year", **_WANT_YEAR)
            good = False
        if good and day is not None and amount is not None:
            received.append(Received(entry["benefit"], entry["matter"], day, amount, year, entry.get("policy")))
    received.sort(key=lambda item: (item.date, item.benefit, item.matter, item.amount))
    return tuple(received)


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Twice(key)
            seen.add(key)
    return entries


class _Twice(Exception):
    pass


def _constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def _check_whole(value: object) -> None:
    """Raises ValueError where an escape leaves half a character (a lone surrogate), which no UTF-8 text can hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"\\u{ord(error.object[error.start]):04x} is half a character") from None


_decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)


def decode(text: str, file: str, line: int | None = None) -> object:
    """One JSON value; raises Faults where it is broken or says one key twice."""
    try:
        value = _decoder.decode(text)
        if "\\ud" in text or "\\uD" in text:
            _check_whole(value)
        return value
    except _Twice as twice:
        raise Faults([Fault("json.twice", {"key": twice.args[0]}, file=file, line=line)]) from None
    except json.JSONDecodeError as error:
        at = line if line is not None else error.lineno
        raise Faults([Fault("json.broken", {"detail": f"{error.msg} (column {error.colno})"}, file=file, line=at)]) from None
    except (ValueError, RecursionError) as error:
        raise Faults([Fault("json.broken", {"detail": str(error)}, file=file, line=line)]) from None


def sources(path: Path) -> Iterator[Source]:
    """The firms of a `.json` (one) or `.jsonl` (one a line) file, undecoded; raises Faults."""
    if path.suffix not in (".json", ".jsonl"):
        raise Faults([Fault("file.kind", file=str(path))])
    text = read_text(path)
    if path.suffix == ".json":
        yield Source(str(path), None, text)
        return
    empty = True
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            empty = False
            yield Source(str(path), number, line)
    if empty:
        raise Faults([Fault("file.empty", file=str(path))])
