"""`chaoce evidence FOLDER`: what it prints, writes, asks and returns."""

from __future__ import annotations

import argparse
import builtins
import json
import subprocess
import sys
from pathlib import Path

import pytest
from evidence_kit import COMPUTE, ROOT, YAML, item, paper
from papers import digital_xml

from chaoce.evidence import BadAnswers, command
from chaoce.evidence.asking import with_entry
from chaoce.evidence.folder import check_out
from chaoce.facts.reading import decode
from chaoce.marked import read_marked


def run(folder, *more: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(folder.path if hasattr(folder, "path") else folder), *more]))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch):
    """A person at the terminal who gives these answers in turn."""

    def sit(*replies: str) -> None:
        given = iter(replies)

        def ask(_: str) -> str:
            try:
                return next(given)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(builtins, "input", ask)

    return sit


def test_all_is_read(folder, capsys, reader) -> None:
    folder.put("a.xml", digital_xml(paper()))
    assert run(folder) == 0
    out = folder.path / "facts.json"
    firm = reader.read(decode(out.read_text("utf-8"), str(out)))
    assert [fact.id for fact in firm.facts] == ["26332000000000000001-1"]
    assert "共 1 个文件,得出 1 条事实;0 处未采用,0 行待说明" in capsys.readouterr().out
    assert run(folder, "--lang", "en") == 0  # facts.json itself is no evidence
    assert "files: 1, facts: 1; left out: 0, open lines: 0" in capsys.readouterr().out


def test_what_is_left_out_is_named_and_the_rest_written(folder, capsys) -> None:
    folder.put("a.xml", digital_xml(paper())).put("b.pdf", b"%PDF-1.7 nothing")
    assert run(folder) == 1
    assert "b.pdf" in capsys.readouterr().out
    assert len(json.loads((folder.path / "facts.json").read_text("utf-8"))["facts"]) == 1


def test_open_lines_are_listed_when_nobody_can_be_asked(folder, capsys, tmp_path: Path) -> None:
    folder.yaml(YAML).put("a.xml", digital_xml(paper()))
    assert run(folder, "--out", str(tmp_path / "f.json")) == 1
    assert "26332000000000000001 #1  *信息技术服务*算力服务" in capsys.readouterr().out
    assert json.loads((tmp_path / "f.json").read_text("utf-8"))["facts"] == []


def test_a_bad_evidence_yaml_writes_nothing(folder, capsys) -> None:
    folder.yaml(YAML + "lines: 5\nother: 6\n").put("a.xml", digital_xml(paper()))
    assert run(folder, "--lang", "en") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "evidence.yaml:7: other: no key 'other' here" in printed.err
    assert not (folder.path / "facts.json").exists()


def test_bad_usage(folder, capsys, tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere") == 2
    assert run(folder, "--policy", str(tmp_path)) == 2
    assert run(folder, "--out", str(tmp_path / "no" / "where.json")) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_a_person_is_asked_once(folder, capsys, terminal, reader) -> None:
    """The answer stands in evidence.yaml afterwards, and every word that stood there before still does."""
    before = YAML + "# 下面由经办人填写\nlines:\n  - for: {item: 存储}   # 与算力无关\n    ignore: yes\nreceived: []\n"
    folder.yaml(before).put("a.xml", digital_xml(paper(1, item(), item("5.00", "0.30"), item("7.00", "0.42", name="*信息技术服务*存储"))))
    terminal("1", "1", "9", "3", "2")  # computing power, intelligent, no such option, model training; every line like it
    assert run(folder) == 0
    assert folder.paid() == {"26332000000000000001-1": "1000.00", "26332000000000000001-2": "5.00"}
    text = (folder.path / "evidence.yaml").read_text("utf-8")
    assert [line for line in text.splitlines() if line in before.splitlines()] == before.splitlines()
    assert "请输入 0 到 6 的数字" in capsys.readouterr().out
    terminal()
    assert run(folder) == 0


def test_a_person_may_leave_it_open_or_set_it_aside(folder, terminal, reader) -> None:
    folder.yaml(YAML).put("a.xml", digital_xml(paper(1, item(), item("5.00", "0.30"), item("7.00", "0.42"))))
    count = sum("paid" in kind.fields for kind in reader.types.types.values())
    terminal("0", str(count + 1), "1")  # open; ignore, this line only; then the person leaves
    assert run(folder) == 1
    evidence = folder.read()
    assert [line.state for line in evidence.lines] == ["open", "ignored", "open"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lines:\n",
        "lines: []\n",
        "lines: []\nreceived: []\n",
        "明细:\n- for: {line: 1}\n  ignore: yes\n",
        "lines: [{for: {line: 1}, ignore: yes}]\n",
        "lines:\n  - for: {line: 1}\n    ignore: yes",
        "a: 1",
    ],
)
def test_an_entry_is_added_whatever_the_shape(text: str) -> None:
    entry = {
        "for": {"item": '*信息技术服务*"算力": {x}, #1', "seller": "91330106MA2TEKT29R"},
        "type": "compute_purchase",
        "resource": "super",
    }
    for newline in ("\n", "\r\n"):
        added = read_marked(with_entry(text.replace("\n", newline), entry), "a").mapping()
        last = (added.get("lines") or added["明细"]).items()[-1].mapping()
        assert {key: value.text() for key, value in last["for"].mapping().items()} == entry["for"]
        assert (last["type"].text(), last["resource"].text()) == ("compute_purchase", "super")
        twice = read_marked(with_entry(with_entry(text.replace("\n", newline), entry), entry), "a").mapping()
        assert len((twice.get("lines") or twice["明细"]).items()) == len((added.get("lines") or added["明细"]).items()) + 1


def test_facts_are_written_whole_or_not_at_all(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    from chaoce import files

    folder.put("a.xml", digital_xml(paper()))
    out = folder.path / "facts.json"
    old = '{"enterprise": {}, "facts": []}'
    out.write_text(old, "utf-8")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", str(out))

    monkeypatch.setattr(files.os, "replace", fail)
    assert run(folder) == 2
    assert out.read_text("utf-8") == old
    assert [path.name for path in folder.path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    "name", ["evidence.yaml", "a.xml", "r.xml", "称号.csv", "sub/b.pdf", "other.json", "link.json", "list.json", "sub"]
)
def test_only_a_facts_file_is_overwritten(folder, capsys, name: str) -> None:
    """The facts file replaces an earlier facts file and nothing else: not evidence.yaml, no invoice, no list, no other file."""
    folder.put("a.xml", digital_xml(paper())).put("r.xml", digital_xml(paper(2, item("-1.00", "-0.06"), original=paper().number)))
    folder.put("称号.csv", "编号,类型,日期\n").put("sub/b.pdf", b"%PDF").put("other.json", '{"facts": []}').put("list.json", "[]")
    (folder.path / "link.json").symlink_to(folder.path / "a.xml")
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    assert run(folder, "--out", str(folder.path / name), "--no-ask", "--lang", "en") == 2
    assert {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()} == before
    printed = capsys.readouterr()
    assert printed.out == ""
    assert name in printed.err and "no facts file" in printed.err


def test_evidence_yaml_is_never_overwritten(folder) -> None:
    """The facts file does not replace evidence.yaml, whatever stands in it and by whatever way it is named."""
    folder.yaml('{"enterprise": {}, "facts": []}')
    (folder.path / "again.json").symlink_to(folder.path / "evidence.yaml")
    for name in ("evidence.yaml", "again.json", "../firm/evidence.yaml"):
        with pytest.raises(BadAnswers, match="不是事实文件"):
            check_out(folder.path / name, folder.path)


def test_an_earlier_facts_file_is_overwritten(folder) -> None:
    """The facts file replaces an earlier facts file, wherever that lies."""
    folder.put("a.xml", digital_xml(paper()))
    for name in ("facts.json", "mine.json"):
        for _ in range(2):
            assert run(folder, "--out", str(folder.path / name)) == 0
        (folder.path / name).unlink()


def test_the_same_folder_gives_the_same_bytes(folder, capsys) -> None:
    for number in (3, 1, 2):
        folder.put(f"{number}.xml", digital_xml(paper(number)))
    seen = set()
    for _ in range(2):
        run(folder, "--lang", "en")
        seen.add((capsys.readouterr().out, (folder.path / "facts.json").read_bytes()))
    assert len(seen) == 1


def test_progress_is_shown_only_at_a_terminal(folder, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.put("a.xml", digital_xml(paper())).put("b.xml", digital_xml(paper(2)))
    run(folder)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    run(folder)
    assert "正在读 1/2 a.xml" in capsys.readouterr().err


def test_help_is_light() -> None:
    """`chaoce --help` must not wait for the readers of PDF and XLSX."""
    code = "import sys, argparse; from chaoce.evidence.command import add_arguments; add_arguments(argparse.ArgumentParser());"
    code += "print([m for m in ('pypdf', 'python_calamine', 'reportlab') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(ROOT / "src")}, check=True)
    assert done.stdout.strip() == "[]"


def test_the_yaml_of_the_tests_is_sound(reader) -> None:
    from chaoce.evidence.answers import parse_answers

    assert parse_answers(YAML + COMPUTE, reader).enterprise["division"] == "330481"
