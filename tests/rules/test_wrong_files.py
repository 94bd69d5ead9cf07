"""One wrong file for every message: the fault names file, line and key, and says what would be right in both languages.

The wrong files stand in `wrong/`, named after the message. A `.md` is a policy.md over the good fact types, a `.facts.yaml`
the fact types of the good policy, a `.decisions.yaml` decisions for it, a `.json` or `.jsonl` a firm.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from chaoce.facts.reading import FirmReader, decode, sources
from chaoce.facts.types import read_types_of
from chaoce.faults import MESSAGES, Fault, Faults
from chaoce.folders import find_folder
from chaoce.policy.decisions import Decisions, decide
from chaoce.policy.model import Policy

WRONG = Path(__file__).resolve().parent / "wrong"
GOOD = WRONG / "good"
#: What a wrong file is, by the end of its name.
ENDS = (".facts.yaml", ".decisions.yaml", ".md", ".jsonl", ".json", ".txt")
USCC = "91330481MA2TEKT025"


class Place(NamedTuple):
    """Where a fault must be: the line and key in the file, or the key within a firm's fact."""

    line: int | None = None
    key: str | None = None
    fact: str | None = None
    firm: str | None = None


PLACES: dict[str, Place] = {
    # the file itself has no better place than its name
    "file.missing": Place(),
    "file.encoding": Place(),
    "file.kind": Place(),
    "file.empty": Place(),
    "policy.missing": Place(),
    # the line is what a broken text has
    "json.broken": Place(2),
    "json.twice": Place(1),
    "yaml.broken": Place(16),
    "yaml.alias": Place(12, "title.en"),
    "yaml.twice": Place(16),
    # a firm and its facts
    "shape": Place(1, "enterprise.employees", firm=USCC),
    "unknown.field": Place(1, "price", "p1", USCC),
    "unknown.type": Place(1, "type", "p1", USCC),
    "unknown.value": Place(1, "level", "r1", USCC),
    "uscc.shape": Place(1, "enterprise.uscc", firm="91330481MA2TEKTO25"),
    "uscc.check": Place(1, "enterprise.uscc", firm="91330481MA2TEKT026"),
    "industry": Place(1, "enterprise.industry", firm=USCC),
    "division": Place(1, "enterprise.division", firm=USCC),
    "money": Place(1, "paid", "p1", USCC),
    "money.number": Place(1, "paid", "p1", USCC),
    "date": Place(1, "date", "p1", USCC),
    "id.twice": Place(1, "id", "p1", USCC),
    "matter": Place(1, "matter", "p1", USCC),
    "series.twice": Place(1, "date", "a2", USCC),
    # fact types
    "types.clash": Place(None, "paid"),
    "types.kind": Place(5, "facts.purchase.fields.paid.kind"),
    "types.list": Place(5, "facts.purchase.fields.level.of"),
    "types.default": Place(5, "facts.purchase.fields.paid.default"),
    "types.by": Place(4, "facts.recognition.by"),
    "types.matter": Place(4, "facts.recognition.matter"),
    "types.key": Place(4, "facts.purchase.series"),
    "types.common": Place(5, "facts.purchase.fields.date"),
    "types.reserved": Place(2, "facts.received"),
    # the keys of a block
    "missing": Place(11, "on"),
    "unknown.key": Place(15, "cap"),
    "names": Place(12, "title"),
    # expressions
    "expr.syntax": Place(15, "where"),
    "expr.deep": Place(15, "where"),
    "expr.type": Place(15, "where"),
    "expr.name": Place(15, "where"),
    "expr.param": Place(15, "where"),
    "expr.date": Place(15, "where"),
    "expr.compare": Place(15, "where"),
    "expr.function": Place(15, "where"),
    "expr.series": Place(15, "where"),
    # phrases
    "rule.amount": Place(14, "pays"),
    "rule.rate": Place(14, "pays"),
    "rule.pays": Place(14, "pays"),
    "rule.shape": Place(14, "pays"),
    "rule.class": Place(14, "pays.by"),
    "rule.bracket": Place(14, "pays.brackets"),
    "rule.order": Place(19, "pays.brackets"),
    "rule.limit": Place(15, "limit"),
    "rule.per": Place(15, "limit"),
    "rule.share": Place(15, "limit"),
    "rule.impossible": Place(17, "limit"),
    "rule.cross": Place(17, "limit"),
    "rule.quota": Place(15, "quota"),
    "rule.pool": Place(15, "pool"),
    "rule.schedule": Place(15, "schedule"),
    "rule.on": Place(13, "on"),
    "rule.by": Place(13, "on"),
    "rule.departments": Place(16, "lead"),
    "rule.benefit": Place(15, "beside"),
    "rule.uplift": Place(20, "pays"),
    "rule.shared": Place(25, "limit"),
    "rule.parts": Place(25, "pool"),
    # blocks: the line of the head; a block stands twice, is unknown, or is not there
    "rule.twice": Place(17),
    "block.kind": Place(11),
    "block.name": Place(11),
    "block.open": Place(11),
    "block.missing": Place(1),
    "reading.options": Place(14, "options"),
    "reading.block": Place(21, "options.year.change.subsidies"),
    # decisions
    "decision.year": Place(1, "year"),
    "decision.promise": Place(2, "amounts.award"),
    "decision.above": Place(2, "rates.subsidy"),
    "decision.shape": Place(2, "amounts.subsidy"),
    "decision.which": Place(2, "rates.subsidy"),
    "decision.standard": Place(3, "standards.traditional"),
    "decision.undecided": Place(3, "standards.emerging.benefit"),
}
#: `chaoce check`, the command line, policies put together, populations, changes and the service have tests of their own.
ELSEWHERE = ("api.", "check.", "cli.", "policy.twice", "population.", "change.", "compare.", "folder.", "service.")
CODES = [code for code in MESSAGES if not code.startswith(ELSEWHERE)]


def _file(code: str) -> Path:
    """The wrong file of a message: there is exactly one. The one of `file.missing` is the one that there is not."""
    if code == "file.missing":
        return WRONG / "file.missing.json"
    found = [path for end in ENDS if (path := WRONG / f"{code}{end}").exists()] or [WRONG / code]
    assert len(found) == 1 and found[0].exists(), f"no wrong file for {code}"
    return found[0]


def _read(path: Path, folder: Path) -> None:
    """Read a wrong file as the program does; the faults are raised."""
    if path.is_dir():
        find_folder(path)
    elif path.name.endswith(".md"):
        _load(path, GOOD / "facts.yaml", folder)
    elif path.name.endswith(".facts.yaml"):
        plain = WRONG / "missing.md" if path.name != "types.clash.facts.yaml" else _plain(folder)
        read_types_of([GOOD, _load(plain, path, folder).folder])
    elif path.name.endswith(".decisions.yaml"):
        policies = [Policy.load(GOOD)]
        if path.name.startswith("decision.which"):
            policies.append(_load(_plain(folder), GOOD / "facts.yaml", folder))
        decide(policies, Decisions.load(path), 2026)
    else:
        reader = FirmReader(Policy.load(GOOD).types)
        for source in sources(path):
            reader.read(decode(source.text, source.file, source.line), source.file, source.line)


def _load(policy: Path, facts: Path, folder: Path) -> Policy:
    shutil.copy(policy, folder / "policy.md")
    shutil.copy(facts, folder / "facts.yaml")
    return Policy.load(folder)


def _plain(folder: Path) -> Path:
    """A second policy with a benefit of the same name."""
    path = folder / "plain.md"
    text = (GOOD / "policy.md").read_text(encoding="utf-8").partition("```benefit award")[0]
    path.write_text(text.replace("policy good", "policy plain").replace("50% of paid", "50万"), encoding="utf-8")
    return path


@pytest.mark.parametrize("code", CODES)
def test_wrong_file(code: str, tmp_path: Path) -> None:
    """A wrong file gives its one fault, with the file, the line and the key that are wrong."""
    path = _file(code)
    with pytest.raises(Faults) as raised:
        _read(path, tmp_path)
    faults = raised.value.faults
    assert [fault.code for fault in faults] == [code], [str(fault) for fault in faults]
    (fault,) = faults
    read_as = {".md": tmp_path / "policy.md", ".facts.yaml": tmp_path / "facts.yaml"}
    assert fault.file == str(next((copy for end, copy in read_as.items() if path.name.endswith(end)), path))
    assert Place(fault.line, fault.key, fault.fact, fault.firm) == PLACES[code]


@pytest.mark.parametrize("code", CODES)
def test_the_line_holds_the_key(code: str) -> None:
    """The line that a fault names is the line where the key stands; a missing key has the line of what lacks it."""
    place = PLACES[code]
    if place.line is None or place.key is None or code == "missing":
        return
    line = _file(code).read_text(encoding="utf-8").splitlines()[place.line - 1]
    parts = place.key.split(".")
    assert parts[-1] in line or (parts[-1] in ("brackets", "limit") and line.lstrip().startswith("- "))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_fault_is_said_in_both_languages(code: str, lang: str, tmp_path: Path) -> None:
    """A fault is one line: its place, then what is wrong; no particular is missing and no brace is left."""
    with pytest.raises(Faults) as raised:
        _read(_file(code), tmp_path)
    (fault,) = raised.value.faults
    said = fault.say(lang)
    assert "\n" not in said
    place = ": ".join(part for part in (f"{fault.file}:{fault.line}" if fault.line else fault.file, fault.key) if part)
    assert said.startswith(f"{fault.file}:{fault.line}" if fault.line else str(fault.file)), place
    text = said.removeprefix(place)
    assert "None" not in text and "{}" not in text
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    assert chinese or lang == "en"
    for name in fault.particulars:
        assert f"{name}_en" not in fault.particulars or f"{{{name}}}" not in MESSAGES[code][1], "a Chinese word in the English message"


def test_there_is_one_wrong_file_a_message() -> None:
    """Every message has its wrong file and its place, and no wrong file is left without a message."""
    assert set(PLACES) == set(CODES)
    names = {path.name for path in WRONG.iterdir()} - {"good"}
    assert names == {_file(code).name for code in CODES} - {"file.missing.json"}


def test_the_good_files_are_good(tmp_path: Path) -> None:
    """What the wrong files differ from is itself without fault."""
    policy = Policy.load(GOOD)
    assert [benefit.id for benefit in policy.benefits] == ["subsidy", "award", "building", "scaled"]
    assert _load(_plain(tmp_path), GOOD / "facts.yaml", tmp_path).id == "plain"


def test_a_fault_without_its_particulars_is_a_defect() -> None:
    """The catalogue never swallows a missing particular: saying the fault fails."""
    with pytest.raises(KeyError):
        Fault("unknown.type", {"value": "sale"}).say("zh")
