"""What the documentation shows is what the program does."""

import re
import shlex
from pathlib import Path

import pytest

from chaoce.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").glob("*.md"))]


def _fences(kind: str) -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for number, match in enumerate(re.finditer(rf"^```{kind}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)):
            found.append(pytest.param(match[1], id=f"{page.name}-{number}"))
    return found


@pytest.mark.parametrize("code", _fences("python"))
def test_python_shown_runs(code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Python in the pages runs as it stands, from the project's folder."""
    monkeypatch.chdir(ROOT)
    exec(compile(code, "page", "exec"), {})  # the pages are ours
    assert capsys.readouterr().out


@pytest.mark.parametrize("session", _fences("console"))
def test_commands_shown_print_what_is_shown(session: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A `$ chaoce …` line in a page prints what stands under it; a line of `…` stands for any lines."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("CHAOCE_LANG", raising=False)
    for part in re.split(r"^\$ chaoce ", session, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        monkeypatch.setenv("CHAOCE_LANG", "zh")
        assert main(shlex.split(command)) == 0
        printed = capsys.readouterr().out
        pattern = "".join(".*" if piece == "…\n" else re.escape(piece) for piece in shown.splitlines(keepends=True))
        assert re.fullmatch(pattern + r"\n*", printed, re.S), f"$ chaoce {command} printed:\n{printed}"


def test_readme_shows_the_rule_as_the_policy_has_it() -> None:
    """The clause with its rule on the first screen is the one in policy.md."""
    policy = (ROOT / "policies/haining-ai-2026/policy.md").read_text("utf-8")
    for page in PAGES[:2]:
        shown = re.search(r"^````markdown\n(.*?)^````$", page.read_text("utf-8"), re.M | re.S)
        assert shown is not None
        for line in shown[1].splitlines():
            assert line in policy, line


def test_both_readmes_have_the_same_parts() -> None:
    """README.md and README.zh.md have the same content: headings, code and links, one for one."""
    english, chinese = (page.read_text("utf-8") for page in PAGES[:2])
    for pattern in (r"^#+ ", r"^```+\w*$", r"\]\((docs/[^)]+|LICENSE|CHANGELOG.md|examples/[^)]+)\)", r"^\| "):
        assert len(re.findall(pattern, english, re.M)) == len(re.findall(pattern, chinese, re.M)), pattern


def test_links_lead_somewhere() -> None:
    """No page links to a file that is not there."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text("utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
