"""The example folder: built the same every time, read to the same facts, in every format at once."""

from __future__ import annotations

import importlib.util

import pytest
from evidence_kit import ROOT

from chaoce.evidence import read_folder
from chaoce.evidence.writing import facts_text

EXAMPLE = ROOT / "examples" / "haining-firm"


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("build", ROOT / "examples" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_gives_the_files_that_are_there(build) -> None:
    files = build.files()
    there = {path.name: path.read_bytes() for path in EXAMPLE.iterdir() if path.name != "facts.json"}
    assert sorted(files) == sorted(there)
    assert [name for name in files if files[name] != there[name]] == []
    assert sum(map(len, files.values())) < 500_000


def test_what_the_example_comes_to(types, process) -> None:
    evidence = read_folder(EXAMPLE, types)
    assert evidence.complete, [finding.say("en") for finding in evidence.findings]
    facts = {fact["id"]: fact for fact in evidence.facts["facts"]}
    assert {key: fact.get("paid") for key, fact in facts.items()} == {
        "033002500111-10260001-1": "200000.00",  # ordinary: with tax
        "26332000000000000101-1": "520000.00",  # as XML and as PDF: once
        "26332000000000000102-1": "240000.00",  # less what the red invoice took
        "26332000000000000102-2": "100000.00",
        "26332000000000000104-1": "318000.00",
        "r1": None,
        "r2": None,
        "t1": None,
    }
    assert (
        sum(fact.values["paid"] for fact in evidence.firm.of_type("compute_purchase")) == 106000000
    )  # half of it is over the limit of 500,000
    assert {evidence.files[name] for name in evidence.files} == {"digital_xml", "ofd_2019", "ofd_digital", "pdf", "table"}
    codes = {finding.code for finding in evidence.findings}
    assert codes == {"copy.same", "red.taken", "line.ignored"}
    assert facts_text(evidence.facts).encode() == (EXAMPLE / "facts.json").read_bytes()


def test_both_languages_tell_the_whole_of_it(types) -> None:
    from chaoce.evidence.report import report

    evidence = read_folder(EXAMPLE, types)
    zh, en = report(evidence, "zh"), report(evidence, "en")
    assert "算力-训练.pdf  PDF  专用发票" in zh
    assert "只算一次" in zh
    assert "→ 人工智能合作支出 318,000.00" in zh
    assert "counted once, from 算力-训练.xml" in en
    assert "240,000.00 + 14,400.00 (40,000.00 taken off) → computing power bought 240,000.00" in en
    assert len(zh.splitlines()) == len(en.splitlines())
