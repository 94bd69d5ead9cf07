"""What the documentation shows is what the program does."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs_kit import PAGES, ROOT, anchors, codes, files, name_of, prose, rows

from chaoce import Policy, assess, explain, to_json
from chaoce.assessment.explain import plain
from chaoce.cli import main
from chaoce.evidence.answers import parse_answers
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import FIRM_FIELDS, KINDS, FactType, Field, read_types, read_types_of
from chaoce.marked import read_marked
from chaoce.policy.decisions import read_decisions
from chaoce.policy.literate import KINDS as BLOCKS

HAINING = ROOT / "policies" / "haining-ai-2026"
BOTH = ["docs/{}.md", "docs/zh/{}.md"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's folder, as far as the pages use it; commands run in it and may write."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHAOCE_LANG", raising=False)
    return tmp_path


def _chinese(page: Path) -> bool:
    return page.parent.name == "zh" or ".zh." in page.name


def _blocks(kind: str) -> list[object]:
    found = []
    for page in PAGES:
        for number, code in enumerate(code for code in codes(page) if code.kind == kind):
            found.append(pytest.param(page, code.text, id=f"{name_of(page)}-{number}"))
    return found


def _write_files(page: Path, folder: Path) -> None:
    for name, text in files(page).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("page", "code"), _blocks("python"))
def test_python_shown_runs(page: Path, code: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Python in the pages runs as it stands, from the project's folder, and prints what is said behind `print(…)`."""
    exec(compile(code, name_of(page), "exec"), {})  # the pages are ours
    printed = capsys.readouterr().out.splitlines()
    assert printed
    for said in re.findall(r"^ *print\(.*\)  # (.*)$", code, re.M):
        assert re.split(": |：", said)[0] in printed


@pytest.mark.parametrize(("page", "session"), _blocks("console"))
def test_commands_shown_print_what_is_shown(
    page: Path, session: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A `$ chaoce …` line prints what stands under it, with the files that its page shows; a line of `…` stands for any lines, `…`
    at the end of a line for its rest."""
    _write_files(page, project)
    for part in re.split(r"^\$ chaoce ", session, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        monkeypatch.setenv("CHAOCE_LANG", "zh")
        assert main(shlex.split(command)) == 0, capsys.readouterr().err
        printed = capsys.readouterr().out
        assert re.fullmatch(_pattern(shown) + r"\n*", printed, re.S), f"$ chaoce {command} printed:\n{printed}"


def _pattern(shown: str) -> str:
    pattern = ""
    for line in shown.splitlines():
        if line == "…":
            pattern += ".*"
        elif line.endswith("…"):
            pattern += re.escape(line.removesuffix("…")) + r"[^\n]*\n"
        else:
            pattern += re.escape(line) + r"\n"
    return pattern


@pytest.mark.parametrize(("page", "script"), _blocks("sh"))
def test_commands_to_be_typed_are_good(page: Path, script: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A `chaoce …` line of a script runs; a `make …` line names a target of the Makefile."""
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    for line in script.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["chaoce"]:
            assert main(words[1:]) == 0, capsys.readouterr().err
        if "make" in words:
            assert words[-1] in targets


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_named_in_prose_exist(page: Path) -> None:
    """Every `make …` that a page names is in the Makefile, `mutate` at least in its list of targets; every option is one."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"`make ([\w-]+)`", prose(page)):
        assert re.search(rf"^\.PHONY:.*\b{target}\b", makefile, re.M), target
    commands = ("cli.py", "evidence/command.py", "population/command.py", "service/start/command.py")
    source = "".join((ROOT / "src/chaoce" / name).read_text("utf-8") for name in commands)
    for option in re.findall(r"`(--[a-z-]+)", prose(page)):
        assert f'"{option}"' in source, option


def test_readme_shows_the_rule_as_the_policy_has_it() -> None:
    """The clause with its rule on the first screen is the one in policy.md."""
    policy = (HAINING / "policy.md").read_text("utf-8")
    for page in PAGES[:2]:
        shown = next(code.text for code in codes(page) if code.kind == "markdown")
        for line in shown.splitlines():
            assert line in policy, line


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """No page links to a file, or to a heading of one, that is not there."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if "://" not in target:
            path, _, place = target.partition("#")
            linked = page.parent / path if path else page
            assert linked.exists(), target
            assert not place or place in anchors(linked), target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_is_fit_to_be_read(page: Path) -> None:
    """English prose is wrapped at about 130 characters, headings stand free, and no path of one machine is named."""
    text = prose(page)
    assert not re.search(r"/(?:work|home/\w+|root)/", page.read_text("utf-8"))
    assert not re.search(r"^#+ .*\n[^\n]", text, re.M)
    long = [line for line in text.splitlines() if len(line) > 140 and not line.lstrip().startswith("|")]
    assert long == [] or _chinese(page)


@pytest.mark.parametrize("page", [page for page in PAGES if _chinese(page)], ids=name_of)
def test_chinese_prose_has_chinese_punctuation(page: Path) -> None:
    """Behind a Chinese character stands full-width punctuation; words in code and quoted clauses are left alone."""
    text = re.sub(r"`[^`\n]*`|\]\([^)\n]*\)", "", prose(page))
    shown = [name for kind in _names_of_types() for name in kind]
    for words in sorted(shown, key=len, reverse=True):
        text = text.replace(words, "")
    text = re.sub(r"[一二三四五六七八九十]\([一二三四五六七八九十]\)", "", text)  # clauses, as the program says them
    assert re.findall(r".{0,12}[一-鿿][,;:()?!].{0,12}", text) == []


def _names_of_types() -> Iterator[tuple[str, ...]]:
    types = read_types_of([HAINING])
    for kind in types.types.values():
        for entry in (kind, *kind.fields.values()):
            yield (entry.names.zh,)
            if isinstance(entry, Field):
                yield tuple(names.zh for names in (entry.choices or {}).values())


# docs/facts.md


def _type_row(kind: FactType, zh: bool) -> list[str]:
    more = [f"事项 `{kind.matter}`" if zh else f"matter `{kind.matter}`"] if kind.matter else []
    more += [f"每个 `{kind.series}` 每年一条" if zh else f"one a `{kind.series}` and year"] if kind.series else []
    return [f"`{kind.name}`", "", kind.names.zh, kind.names.en, ", ".join(more)]


def _field_row(field: Field, zh: bool) -> list[str]:
    said = f"`{field.kind}`"
    if field.choices is not None:
        values = [f"`{value}` {names.zh}" for value, names in field.choices.items()]
        said += "：" + "、".join(values) if zh else ": " + ", ".join(values)
    if field.optional:
        said += "；可不写" if zh else "; may be left out"
    if field.default is not None:
        value = json.dumps(field.default) if isinstance(field.default, bool) else field.default
        said += f"；不写即 `{value}`" if zh else f"; `{value}` unless told"
    return ["", f"`{field.name}`", field.names.zh, field.names.en, said]


@pytest.mark.parametrize("page", BOTH)
def test_the_table_of_haining_s_types_is_that_of_its_facts_yaml(page: str) -> None:
    """The page of facts has every type of the plan with its fields, values and names, and no other."""
    zh = "/zh/" in page
    wanted: list[list[str]] = []
    for kind in read_types_of([HAINING]).types.values():
        wanted += [_type_row(kind, zh), *(_field_row(field, zh) for field in kind.fields.values())]
    shown = _wide_rows(ROOT / page.format("facts"))
    assert shown == wanted


def _wide_rows(page: Path) -> list[list[str]]:
    """The rows of the one table of five columns, without its header."""
    lines = re.findall(r"^\|(.*)\|$", prose(page), re.M)
    wide = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [row for row in wide if len(row) == 5 and not re.fullmatch("-+", row[0])][1:]


@pytest.mark.parametrize("page", BOTH)
def test_the_page_of_facts_names_every_field_and_kind(page: str) -> None:
    """Every field of `enterprise`, every kind of value and every key of `received` stands in a table."""
    table = rows(ROOT / page.format("facts"))
    first = {cell for row in table for cell in re.findall(r"`([^`]+)`", row[0])}
    assert set(FIRM_FIELDS) - {"section"} | {"owners"} <= first
    assert set(KINDS) <= first
    assert {"benefit", "matter", "date", "amount", "year", "policy", "note", "evidence", "id", "type"} <= first
    for name, field in FIRM_FIELDS.items():
        if name != "section":
            row = next(row for row in table if row[0] == f"`{name}`")
            assert row[1] == field.names.zh
            assert (row[2] in ("needed", "必填")) == field.required


@pytest.mark.parametrize("page", BOTH)
def test_the_complete_facts_yaml_is_one(page: str) -> None:
    """The example declares every kind of field and every key, and the firm beside it is read by it."""
    shown = files(ROOT / page.format("facts"))
    types = read_types(read_marked(shown["example/facts.yaml"], "facts.yaml"))
    fields = [field for kind in types.types.values() for field in kind.fields.values()]
    fields += [field for name, field in types.firm.items() if name not in FIRM_FIELDS]
    assert {field.kind for field in fields} == set(KINDS)
    assert any(field.optional for field in fields) and any(field.default is not None for field in fields)
    assert {kind.by for kind in types.types.values()} > {None} and {kind.series for kind in types.types.values()} > {None}
    firm = FirmReader(types).read(json.loads(shown["example/firm.json"]))
    assert {fact.type for fact in firm.facts} == set(types.types)


# docs/policies.md


@pytest.mark.parametrize("page", BOTH)
def test_the_policy_shown_is_a_policy(
    page: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The invented city's policy, put into a folder as the page says, is checked and assessed; a changed number is caught."""
    shown = files(ROOT / page.format("policies"))
    assert set(shown) == {"qinghe/official.txt", "qinghe/policy.md", "qinghe/facts.yaml", "firm.json"}
    _write_files(ROOT / page.format("policies"), project)
    monkeypatch.setenv("CHAOCE_LANG", "en")
    assert main(["check", "qinghe"]) == 0
    assert main(["assess", "firm.json", "--policy", "qinghe", "--year", "2026"]) == 0
    policy = project / "qinghe" / "policy.md"
    policy.write_text(shown["qinghe/policy.md"].replace("at most 20%", "at most 25%"), encoding="utf-8")
    assert main(["check", "qinghe"]) == 1
    policy.write_text(re.sub("^pays in:.*\n", "", shown["qinghe/policy.md"], flags=re.M), encoding="utf-8")
    capsys.readouterr()
    assert main(["check", "qinghe"]) == 1
    assert "pays in" in capsys.readouterr().err
    for quote in re.findall(r"^quote: .*\n", shown["qinghe/policy.md"], re.M):
        policy.write_text(shown["qinghe/policy.md"].replace(quote, ""), encoding="utf-8")
        assert main(["check", "qinghe"]) == 1


@pytest.mark.parametrize("page", BOTH)
def test_every_block_is_on_the_page(page: str) -> None:
    """The page of policies names every kind of block, and every key that a block may have."""
    text = prose(ROOT / page.format("policies"))
    for kind in BLOCKS:
        assert re.search(rf"^\| `{kind}[ `]", text, re.M), kind
    source = (ROOT / "src/chaoce/rules/block.py").read_text("utf-8")
    keys = re.search(r"_KEYS = \((.*?)\)", source, re.S)
    assert keys is not None
    for key in re.findall(r'"(\w+)"', keys[1]):
        assert f"`{key}`" in text, key
    loader = (ROOT / "src/chaoce/policy/load.py").read_text("utf-8")
    head = re.search(r'\("title", "text"\), \((.*?)\)', loader, re.S)
    assert head is not None
    for key in re.findall(r'"([\w ]+)"', head[1]):
        assert f"`{key}`" in text, key


# docs/assess.md, docs/evidence.md, docs/decisions.md


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for part in value.values() for key in _keys(part)}
    return {key for part in value for key in _keys(part)} if isinstance(value, list) else set()


@pytest.mark.parametrize("page", BOTH)
def test_every_key_of_the_answer_is_on_the_page(page: str) -> None:
    """What `--json` and `--json --explain` print is described, key by key."""
    policies = [Policy.load("haining-ai-2026"), Policy.load("haining-manufacturing-2025")]
    answer = assess(ROOT / "examples/haining-firm/facts.json", policies, year=2026)
    named = set(re.findall(r"`(\w+)`", prose(ROOT / page.format("assess"))))
    shown = _keys(to_json(answer)) | _keys(plain(explain(answer))) - {"zh", "en"}
    assert shown <= named, sorted(shown - named)


@pytest.mark.parametrize("page", BOTH)
def test_the_evidence_yaml_shown_is_that_of_the_example(page: str) -> None:
    """The complete evidence.yaml is the example firm's, but for its comments, and it is read."""
    shown = next(code.text for code in codes(ROOT / page.format("evidence")) if code.kind == "yaml")
    own = (ROOT / "examples/haining-firm/evidence.yaml").read_text("utf-8")
    assert _bare(shown) == _bare(own)
    answers = parse_answers(shown, FirmReader(read_types_of([HAINING])))
    assert len(answers.entries) == 5 and len(answers.received) == 1


def _bare(text: str) -> list[str]:
    lines = [re.sub(r"(^|\s+)#\s.*", "", line).rstrip() for line in text.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("page", BOTH)
def test_every_key_of_decisions_is_on_the_page(page: str) -> None:
    """The decisions shown are read, and the table has every key that decisions may have."""
    body = read_marked(files(ROOT / page.format("decisions"))["decisions.yaml"], "decisions.yaml")
    assert read_decisions(body).year == 2026
    source = (ROOT / "src/chaoce/policy/decisions.py").read_text("utf-8")
    keys = re.search(r'keys\(\("year",\), \((.*?)\)\)', source)
    assert keys is not None
    first = {row[0].strip("`") for row in rows(ROOT / page.format("decisions"))}
    assert {"year", *re.findall(r'"(\w+)"', keys[1])} <= first
