"""Bad input to `chaoce assess`: exit status 2, one line a fault on standard error, nothing on standard output, nothing half done."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core_kit import STANDARD, USCC, certificate, chaoce, compute, firm, got, investment, licence, product, scenario, title, write_firms

_GOOD = firm([compute("p1", "100.00")])


def _assess(path: Path, *more: str):
    return chaoce("assess", path, "--year", "2026", "--json", *more)


def _refused(path: Path, *more: str) -> list[str]:
    """The faults of a run that must be refused, each a line of its own, without the folder of the file."""
    done = _assess(path, *more)
    assert done.status == 2
    assert done.out == ""
    assert done.err.endswith("\n")
    lines = done.err[:-1].split("\n")
    assert lines == done.err.splitlines(), "a fault is one line"
    assert "Traceback" not in done.err
    return [line.replace(str(path.parent) + "/", "") for line in lines]


def _fact(**change) -> dict:
    """The contract's first fact, changed; None leaves a field out."""
    fact = compute("p1", "820000.00", matter="m") | change
    return firm([{key: value for key, value in fact.items() if value is not None}])


_P1 = f"firm.json: firm {USCC}: fact p1: "
_MONEY = 'is no amount; write yuan as a string without sign and with at most two decimals, like "820000.00"'
_ONE = {
    "money as an int": (_fact(paid=820000), f"{_P1}paid: 820000 is a number; write an amount as a string"),
    "money as a float": (_fact(paid=820000.5), f"{_P1}paid: 820000.5 is a number; write an amount as a string"),
    "money as true": (_fact(paid=True), f"{_P1}paid: 'True' {_MONEY}"),
    "money as a list": (_fact(paid=["1.00"]), f"{_P1}paid: '['1.00']' {_MONEY}"),
    "negative": (_fact(paid="-1.00"), f"{_P1}paid: '-1.00' {_MONEY}"),
    "signed": (_fact(paid="+1.00"), f"{_P1}paid: '+1.00' {_MONEY}"),
    "three decimals": (_fact(paid="1.234"), f"{_P1}paid: '1.234' {_MONEY}"),
    "no whole part": (_fact(paid=".50"), f"{_P1}paid: '.50' {_MONEY}"),
    "no decimals after the point": (_fact(paid="1."), f"{_P1}paid: '1.' {_MONEY}"),
    "thousands parted": (_fact(paid="1,000.00"), f"{_P1}paid: '1,000.00' {_MONEY}"),
    "exponent": (_fact(paid="1e3"), f"{_P1}paid: '1e3' {_MONEY}"),
    "spaces": (_fact(paid=" 1.00"), f"{_P1}paid: ' 1.00' {_MONEY}"),
    "other digits": (_fact(paid="١٢٣.00"), f"{_P1}paid: '١٢٣.00' {_MONEY}"),
    "wide digits": (_fact(paid="１２３"), f"{_P1}paid: '１２３' {_MONEY}"),
    "NaN as text": (_fact(paid="NaN"), f"{_P1}paid: 'NaN' {_MONEY}"),
    "seventeen digits": (_fact(paid="1" * 17), f"{_P1}paid: '{'1' * 17}' {_MONEY}"),
    "null": (firm([compute("p1", "1.00") | {"paid": None}]), f"{_P1}paid: 'None' {_MONEY}"),
    "no money": (_fact(paid=None), f"{_P1}paid: 'paid' is missing; write yuan as a string"),
    "30 February": (_fact(date="2026-02-30"), f"{_P1}date: '2026-02-30' is no day of the calendar; write it like 2026-03-18"),
    "29 February of a common year": (_fact(date="2026-02-29"), f"{_P1}date: '2026-02-29' is no day"),
    "month 13": (_fact(date="2026-13-01"), f"{_P1}date: '2026-13-01' is no day"),
    "a basic date": (_fact(date="20260318"), f"{_P1}date: '20260318' is no day"),
    "a week date": (_fact(date="2026-W1-1"), f"{_P1}date: '2026-W1-1' is no day"),
    "a time": (_fact(date="2026-03-18T00:00:00"), f"{_P1}date: '2026-03-18T00:00:00' is no day"),
    "wide digits in a date": (_fact(date="２０２６-03-18"), f"{_P1}date: '２０２６-03-18' is no day"),
    "a number as date": (_fact(date=20260318), f"{_P1}date: '20260318' is no day"),
    "no date": (_fact(date=None), f"{_P1}date: 'date' is missing; write a date"),
    "unknown type": (_fact(type="compute"), f"{_P1}type: no fact type 'compute'; there is: ai_cooperation, compute_purchase"),
    "type no text": (_fact(type=["compute_purchase"]), f"{_P1}type: no fact type '['compute_purchase']'; there is"),
    "no type": (_fact(type=None), f"{_P1}type: 'type' is missing; write the type of fact"),
    "unknown value": (_fact(resource="quantum"), f"{_P1}resource: no value 'quantum'; one of: intelligent, other, super"),
    "value of another case": (_fact(resource="Super"), f"{_P1}resource: no value 'Super'; one of: intelligent, other, super"),
    "value no text": (_fact(resource=1), f"{_P1}resource: should be a value of the list"),
    "unknown title": (firm([title("p1", "nobel_prize")]), f"{_P1}title: no value 'nobel_prize'; one of: ai_application_scenario"),
    "unknown level": (
        firm([title("p1", "cdo_pilot", "galactic")]),
        f"{_P1}level: no value 'galactic'; one of: municipal, national, provincial",
    ),
    "unknown field": (_fact(price="1.00"), f"{_P1}price: a compute_purchase has no field 'price'; it has: paid, purpose, resource"),
    "flag as text": (firm([scenario("p1", "1.00", selected="yes")]), f"{_P1}selected: should be true or false"),
    "flag as number": (firm([scenario("p1", "1.00", selected=1)]), f"{_P1}selected: should be true or false"),
    "count negative": (firm([scenario("p1", "1.00", rank=-1)]), f"{_P1}rank: should be a whole number, not negative"),
    "count as float": (firm([scenario("p1", "1.00", rank=1.0)]), f"{_P1}rank: should be a whole number, not negative"),
    "count as true": (firm([scenario("p1", "1.00", rank=True)]), f"{_P1}rank: should be a whole number, not negative"),
    "text empty": (firm([product("p1", "1.00", name=" ")]), f"{_P1}product: should be a string that is not empty"),
    "matter empty": (_fact(matter=""), f"{_P1}matter: '' is no matter"),
    "matter nothing": (_fact(matter=[]), f"{_P1}matter: '[]' is no matter"),
    "matter number": (_fact(matter=5), f"{_P1}matter: '5' is no matter"),
    "matter with nothing behind #": (_fact(matter="a#"), f"{_P1}matter: 'a#' is no matter"),
    "matter with nothing before #": (_fact(matter="#1"), f"{_P1}matter: '#1' is no matter"),
    "matter with two #": (_fact(matter="a#1#2"), f"{_P1}matter: 'a#1#2' is no matter"),
    "one matter of several": (_fact(matter=["a", "b#"]), f"{_P1}matter: 'b#' is no matter"),
    "duplicate id": (firm([certificate("p1"), certificate("p1")]), f"{_P1}id: id 'p1' is used twice; every fact has its own"),
    "id a number": (firm([certificate("p1") | {"id": 7}]), f"firm.json: firm {USCC}: facts[1].id: should be a string"),
    "id with a line break": (firm([certificate("p\n1")]), f"firm.json: firm {USCC}: facts[1].id: should be a string"),
    "id with a blank at its end": (firm([certificate("p1 ")]), f"firm.json: firm {USCC}: facts[1].id: should be a string"),
    "id that turns the order of signs": (firm([certificate("p\u202e1")]), f"firm.json: firm {USCC}: facts[1].id: should be a string"),
    "name with a line break": (firm(name="a\nb"), f"firm.json: firm {USCC}: enterprise.name: should be a string"),
    "received benefit with a tab": (firm([], [got("a\tb", "m", "1.00")]), f"firm.json: firm {USCC}: received[1].benefit: should be"),
    "no id": (firm([{"type": "data_ip_certificate"}]), f"firm.json: firm {USCC}: facts[1].id: 'id' is missing"),
    "fact no object": (firm(["p1"]), f"firm.json: firm {USCC}: facts[1]: should be an object"),
    "two years of one product": (
        firm([product("p0", "1.00"), product("p1", "2.00", "2026-12-31")]),
        f"{_P1}product: there is already",
    ),
    "facts missing": ({"enterprise": _GOOD["enterprise"]}, f"firm.json: firm {USCC}: facts: 'facts' is missing; write a list"),
    "facts no list": (_GOOD | {"facts": {}}, f"firm.json: firm {USCC}: facts: should be a list"),
    "received no list": (_GOOD | {"received": {}}, f"firm.json: firm {USCC}: received: should be a list"),
    "unknown key": (
        _GOOD | {"reveived": []},
        f"firm.json: firm {USCC}: reveived: no key 'reveived' here; there is: enterprise, facts, received",
    ),
    "no enterprise": ({"facts": []}, "firm.json: enterprise: 'enterprise' is missing; write an object"),
    "enterprise no object": ({"enterprise": [], "facts": []}, "firm.json: enterprise: should be an object"),
    "no object": ([_GOOD], "firm.json: should be an object"),
    "wrong check character": (
        firm(uscc="91330481MA2TEKT024"),
        "firm.json: firm 91330481MA2TEKT024: enterprise.uscc: '91330481MA2TEKT024' has a wrong check character; its first 17 give 5",
    ),
    "uscc too short": (
        firm(uscc="91330481"),
        "firm.json: firm 91330481: enterprise.uscc: '91330481' is no 统一社会信用代码: 18 digits and capitals",
    ),
    "uscc with an O": (firm(uscc="9133O481MA2TEKT025"), "firm.json: firm 9133O481MA2TEKT025: enterprise.uscc: '9133O481MA2TEKT025' is no"),
    "uscc in small letters": (firm(uscc=USCC.lower()), f"firm.json: firm {USCC.lower()}: enterprise.uscc: "),
    "uscc a number": (firm(uscc=913304810000000000), "firm.json: enterprise.uscc: should be a string that is not empty"),
    "industry": (
        firm(industry="3962"),
        f"firm.json: firm {USCC}: enterprise.industry: '3962' is no GB/T 4754 industry; write it like C3962",
    ),
    "industry beyond T": (firm(industry="Z1"), f"firm.json: firm {USCC}: enterprise.industry: 'Z1' is no"),
    "division": (firm(division="3304811"), f"firm.json: firm {USCC}: enterprise.division: '3304811' is no code of 6 digits"),
    "division a number": (firm(division=330481), f"firm.json: firm {USCC}: enterprise.division: should be a string"),
    "town": (firm(town="330481"), f"firm.json: firm {USCC}: enterprise.town: '330481' is no code of 9 digits; write it like 330481001"),
    "owners": (firm(owners="张三"), f"firm.json: firm {USCC}: enterprise.owners: should be a list of names or codes"),
    "revenue": (firm(revenue=1), f"firm.json: firm {USCC}: enterprise.revenue: 1 is a number"),
    "employees": (firm(employees="12"), f"firm.json: firm {USCC}: enterprise.employees: should be a whole number"),
    "section": (firm(section="C"), f"firm.json: firm {USCC}: enterprise.section: no key 'section' here"),
    "name missing": (
        {"enterprise": {k: v for k, v in _GOOD["enterprise"].items() if k != "name"}, "facts": []},
        f"firm.json: firm {USCC}: enterprise.name: 'name' is missing",
    ),
    "received money": (firm([], [got("x", "m", "1.005")]), f"firm.json: firm {USCC}: received[1].amount: '1.005' {_MONEY}"),
    "received negative": (firm([], [got("x", "m", "-5.00")]), f"firm.json: firm {USCC}: received[1].amount: '-5.00' {_MONEY}"),
    "received date": (firm([], [got("x", "m", "1.00", "2026-04-31")]), f"firm.json: firm {USCC}: received[1].date: '2026-04-31' is no day"),
    "received matter": (firm([], [got("x", "a#b#c", "1.00")]), f"firm.json: firm {USCC}: received[1].matter: 'a#b#c' is no matter"),
    "received list of matters": (firm([], [got("x", ["m"], "1.00")]), f"firm.json: firm {USCC}: received[1].matter: '['m']' is no matter"),
    "received year": (
        firm([], [got("x", "m", "1.00", year="2026")]),
        f"firm.json: firm {USCC}: received[1].year: should be a year, like 2026",
    ),
    "received year true": (
        firm([], [got("x", "m", "1.00", year=True)]),
        f"firm.json: firm {USCC}: received[1].year: should be a year, like 2026",
    ),
    "received benefit": (
        firm([], [got("", "m", "1.00")]),
        f"firm.json: firm {USCC}: received[1].benefit: should be a string that is not empty",
    ),
    "received key": (firm([], [got("x", "m", "1.00", amout="1")]), f"firm.json: firm {USCC}: received[1].amout: no key 'amout' here"),
    "received no object": (firm([], ["x"]), f"firm.json: firm {USCC}: received[1]: should be an object"),
}


@pytest.mark.parametrize("name", list(_ONE))
def test_one_thing_wrong_is_one_line(name, tmp_path):
    """“2 for bad input, with one line a fault on standard error (file, line or firm, fact, field, what would be right)”."""
    raw, said = _ONE[name]
    lines = _refused(write_firms(tmp_path / "firm.json", raw))
    assert len(lines) == 1
    assert lines[0].startswith(said)


def test_every_fault_of_a_firm_is_said_at_once():
    """A person who puts things right is told of everything that is wrong, in the order of the file."""
    raw = firm(
        [compute("a", "1.001", "2026-02-30", resource="x", matter="#"), licence("a", "1.00"), investment("b", "-1.00", rate="5%")],
        [got("x", "m", "0.001", "never", year=26)],
        uscc="1",
        industry="",
    )
    from chaoce.facts.reading import FirmReader
    from chaoce.faults import Faults
    from chaoce.policy.model import Policy

    with pytest.raises(Faults) as wrong:
        FirmReader(Policy.load("haining-ai-2026").types).read(raw)
    assert [(fault.fact, fault.key) for fault in wrong.value.faults] == [
        (None, "enterprise.industry"),
        (None, "enterprise.uscc"),
        ("a", "date"),
        ("a", "paid"),
        ("a", "resource"),
        ("a", "matter"),
        ("a", "id"),
        ("b", "productive_investment"),
        ("b", "rate"),
        (None, "received[1].date"),
        (None, "received[1].amount"),
        (None, "received[1].year"),
    ]


_JSON = json.dumps(_GOOD, ensure_ascii=False)
_FILES = {
    "empty": (b"", "firm.json:1: is not JSON: Expecting value (column 1)"),
    "nothing but space": (b" \n ", "firm.json:2: is not JSON: Expecting value"),
    "cut off": (_JSON[:-1].encode(), "firm.json:1: is not JSON: "),
    "two objects": ((_JSON + "\n" + _JSON).encode(), "firm.json:2: is not JSON: Extra data (column 1)"),
    "a comma too many": (b'{"enterprise": {},\n "facts": [],\n}', "firm.json:3: is not JSON: "),
    "NaN": (_JSON.replace('"100.00"', "NaN").encode(), "firm.json: is not JSON: NaN is not a JSON number"),
    "Infinity": (_JSON.replace('"100.00"', "-Infinity").encode(), "firm.json: is not JSON: -Infinity is not a JSON number"),
    "a key twice": (
        _JSON.replace('"paid"', '"paid": "1.00", "paid"').encode(),
        "firm.json: 'paid' stands twice in one object; write it once",
    ),
    "invalid UTF-8": (_JSON.encode("gb18030"), "firm.json: is not UTF-8 text (byte "),
    "UTF-16": (_JSON.encode("utf-16"), "firm.json: is not UTF-8 text (byte 0)"),
    "a NUL": (b"\0", "firm.json:1: is not JSON: "),
    "deep nesting": (b'{"enterprise": ' + b"[" * 100_000, "firm.json: is not JSON: "),
    "deep nesting that closes": (b'{"facts": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "firm.json: is not JSON: "),
    "a huge number": (_JSON.replace('"100.00"', "1" * 10_000).encode(), "firm.json: is not JSON: "),
    "a huge exponent": (_JSON.replace('"100.00"', "1e999").encode(), f"firm.json: firm {USCC}: fact p1: paid: inf is a number"),
}


@pytest.mark.parametrize("name", list(_FILES))
def test_a_broken_file_is_one_line(name, tmp_path):
    """A file that cannot be read is a fault, never a traceback, whatever its bytes are."""
    content, said = _FILES[name]
    path = tmp_path / "firm.json"
    path.write_bytes(content)
    lines = _refused(path)
    assert len(lines) == 1
    assert lines[0].startswith(said)


@pytest.mark.parametrize("text", ["p\\ud800", "\\udc00", "海宁\\ud83d"])
@pytest.mark.parametrize("key", ["id", "matter", "name"])
def test_half_a_character_is_a_fault(text, key, tmp_path):
    """A lone surrogate is no text and cannot be written as UTF-8: it is refused, not printed halfway."""
    raw = json.dumps(firm([compute("p1", "1.00", matter="m")]))
    raw = {
        "id": raw.replace('"p1"', f'"{text}"'),
        "matter": raw.replace('"m"', f'"{text}"'),
        "name": json.dumps(firm([])).replace(json.dumps(_GOOD["enterprise"]["name"]), f'"{text}"'),
    }[key]
    path = tmp_path / "firm.json"
    path.write_text(raw, encoding="utf-8")
    assert len(_refused(path)) == 1


def test_a_pair_of_surrogates_is_a_character(tmp_path):
    """Written as JSON escapes, a character beyond the first plane is a character like any other."""
    path = tmp_path / "firm.json"
    path.write_text(json.dumps(firm([compute("p\U0001f600", "1.00")])), encoding="utf-8")
    assert '"id": "p\U0001f600"' in _assess(path).out


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n\n", ""])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_byte_order_mark_and_line_endings_do_not_matter(ending, mark, tmp_path):
    """“text is UTF-8”: with or without a byte order mark, with the line endings of any system."""
    path, other = tmp_path / "firms.jsonl", _JSON.replace(USCC, "913304815C3EJ29UDC")
    path.write_bytes((mark + ending.join([_JSON, other]) + ending if ending else mark + _JSON).encode())
    done = _assess(path)
    assert (done.status, done.err, done.out.count("\n")) == (0, "", 2 if ending else 1)


def test_a_firm_on_two_lines_is_said(tmp_path):
    """Each line is assessed by itself: a firm that stands on two is answered twice, and it is said that it stands there twice."""
    path = tmp_path / "firms.jsonl"
    path.write_text(_JSON + "\n" + _JSON + "\n", encoding="utf-8")
    done = _assess(path)
    assert (done.status, done.out.count("\n"), len(done.faults)) == (0, 2, 1)
    assert "on more than one line" in done.err


def test_control_characters_cannot_break_a_fault_into_lines(tmp_path):
    """One line a fault, whatever a file puts into it: no line break of any kind, and nothing that steers a terminal."""
    raw = _fact(paid="1\r2\n3\x0b4\x0c5\x1c6\x856\u20287\u20298\x1b[2J\x07")
    line = _refused(write_firms(tmp_path / "firm.json", raw))
    assert len(line) == 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line[0])


@pytest.mark.parametrize("name", ["firm.txt", "firm", "firm.json.bak"])
def test_a_file_of_another_kind(name, tmp_path):
    """Only .json and .jsonl are read."""
    path = tmp_path / name
    path.write_text(_JSON, encoding="utf-8")
    assert _refused(path) == [f"{name}: must be a .json or .jsonl file"]


def test_a_file_that_is_not_there(tmp_path):
    """A missing file is named; a folder is no file."""
    assert _refused(tmp_path / "none.json") == ["none.json: there is no such file"]
    (tmp_path / "folder.json").mkdir()
    assert len(_refused(tmp_path / "folder.json")) == 1


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", " \r\n"])
def test_an_empty_jsonl_holds_no_firm(content, tmp_path):
    """A .jsonl without a firm is a mistake and not an empty answer."""
    path = tmp_path / "firms.jsonl"
    path.write_text(content, encoding="utf-8")
    assert _refused(path) == ["firms.jsonl: holds no firm"]


@pytest.mark.parametrize("chunk", [1, 2, 500])
def test_a_jsonl_with_faults_lists_them_all_and_answers_nothing(chunk, tmp_path, monkeypatch):
    """“a `.jsonl` with faults lists them all and answers nothing” (contract, section 3), in one process or several."""
    from chaoce.assessment import command

    monkeypatch.setattr(command, "CHUNK", chunk)
    path = tmp_path / "firms.jsonl"
    bad = json.dumps(firm([compute("x", "1.001"), compute("y", "1.00", "2026-02-30")]))
    path.write_text("\n".join([_JSON, bad, _JSON, "", "{", json.dumps(firm([title("z", "none")]))]), encoding="utf-8")
    lines = _refused(path)
    assert [line.partition(": ")[0] for line in lines] == ["firms.jsonl:2", "firms.jsonl:2", "firms.jsonl:5", "firms.jsonl:6"]
    assert [re.search(r"fact (\w)", line).group(1) for line in lines if "fact " in line] == ["x", "y", "z"]


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path):
    """“nothing on standard output and nothing half done”: where the page cannot be written, nothing is printed either."""
    path = write_firms(tmp_path / "firm.json", _GOOD)
    lines = _refused(path, "--html", str(tmp_path / "no" / "such" / "page.html"))
    assert len(lines) == 1
    assert lines[0].startswith("no/such/page.html: ")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["firm.json"]


def test_a_page_is_not_written_for_bad_input(tmp_path):
    """Nothing half done: faults in the firms leave an older page as it was."""
    page = tmp_path / "page.html"
    page.write_text("old", encoding="utf-8")
    _refused(write_firms(tmp_path / "firm.json", _fact(paid="1.001")), "--html", str(page))
    assert page.read_text(encoding="utf-8") == "old"


_OPTIONS = {
    "unknown reading": (["--reading", "uplif=points"], "no reading 'uplif'; there is: "),
    "unknown option": (["--reading", "uplift=sideways"], "no value 'sideways'; one of: times, points"),
    "reading without =": (["--reading", "uplift"], "'uplift' should be written READING=OPTION"),
    "unknown policy": (["--policy", "haining-ai-1926"], "haining-ai-1926: no policy folder here"),
    "policy twice": (
        ["--policy", "haining-ai-2026", "--policy", "haining-ai-2026"],
        "haining-ai-2026: policy 'haining-ai-2026' is given twice",
    ),
    "no decisions": (["--decisions", "nothing.yaml"], "nothing.yaml: there is no such file"),
}


@pytest.mark.parametrize("name", list(_OPTIONS))
def test_an_option_that_means_nothing(name, tmp_path):
    """A reading, an option, a policy or a decisions file that is not there is a fault that says what there is."""
    options, said = _OPTIONS[name]
    lines = _refused(write_firms(tmp_path / "firm.json", _GOOD), *options)
    assert len(lines) == 1
    assert said in lines[0]


@pytest.mark.parametrize("arguments", [[], ["--year", "twenty"], ["--year", "2026", "--nothing"], ["--year", "2026", "--lang", "fr"]])
def test_a_command_that_is_not_understood(arguments, tmp_path):
    """A command line that means nothing ends with status 2 and prints nothing but how it is used."""
    done = chaoce("assess", write_firms(tmp_path / "firm.json", _GOOD), *arguments)
    assert (done.status, done.out) == (2, "")
    assert "usage: chaoce" in done.err


def test_decisions_of_another_year_are_a_fault(tmp_path):
    """“nothing is read without it, and another year is a fault” (contract, section 2)."""
    made = tmp_path / "decisions.yaml"
    made.write_text(STANDARD.format(year=2027), encoding="utf-8")
    lines = _refused(write_firms(tmp_path / "firm.json", _GOOD), "--decisions", str(made))
    assert lines == ["decisions.yaml:2: year: the decisions are of 2027, the assessment is of 2026"]


_YAML = {
    "empty": (b"", "missing"),
    "a list": (b"- 1", "keys with values"),
    "a scalar": (b"2026", "keys with values"),
    "broken": (b"year: [2026", "is not YAML"),
    "two documents": (b"year: 2026\n---\nyear: 2026", "is not YAML"),
    "a key twice": (b"year: 2026\nyear: 2026", "'year' stands twice"),
    "not UTF-8": (b"year: 2026 # \xff", "is not UTF-8"),
    "a tab": (b"year:\t2026\n\trates: {}", "is not YAML"),
    "a complex key": (b"year: 2026\n? [a]\n: b", "is not YAML"),
    "itself": (b"year: 2026\nrates: &a {x: *a}", "no aliases"),
    "an alias": (b"year: 2026\nrates: {x: &a 30%, y: *a}", "no aliases"),
    "a tag": (b"year: !!python/object/apply:os.system ['true']", "one value"),
    "deep": (b"year: 2026\nrates: " + b"[" * 5000 + b"]" * 5000, "is not YAML"),
    "unknown key": (b"year: 2026\nrate: {compute-purchase: 30%}", "no key 'rate' here"),
    "year as text": (b"year: next", "a year, like 2026"),
}


@pytest.mark.parametrize("name", list(_YAML))
def test_a_broken_decisions_file_is_one_line(name, tmp_path):
    """Decisions are read as strictly as facts: whatever the bytes are, one line that names the file."""
    content, said = _YAML[name]
    made = tmp_path / "decisions.yaml"
    made.write_bytes(content)
    lines = _refused(write_firms(tmp_path / "firm.json", _GOOD), "--decisions", str(made))
    assert len(lines) == 1
    assert lines[0].startswith("decisions.yaml")
    assert said in lines[0]


def test_faults_are_said_in_chinese_first(tmp_path):
    """“Chinese first, English complete”: without `--lang` a fault is said in Chinese."""
    path = write_firms(tmp_path / "firm.json", _fact(paid="1.001"))
    done = chaoce("assess", path, "--year", "2026", lang="zh")
    assert done.err == (
        f'{path}: 企业 {USCC}: 事实 p1: paid: “1.001”不是金额;应为以元为单位、不带符号、最多两位小数的字符串,如 "820000.00"\n'
    )
