"""Guards on the code base itself: money without binary floats, imports that run downward, a complete public surface."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import chaoce
from core_kit import ROOT

SOURCE = ROOT / "src" / "chaoce"
MODULES = {path.relative_to(SOURCE).as_posix(): path for path in sorted(SOURCE.rglob("*.py"))}
#: Migrations are written by Django; what stands in them is checked by migrating.
MODULES = {name: path for name, path in MODULES.items() if "/migrations/" not in name}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}

#: Where a float may stand, because it is not money. HiGHS computes in floating point: what it is handed and what it hands back
#: is believed in nothing, recomputed in whole fen, and its bound is rounded outward. The rest are places on a page and seconds.
_FLOATS = {
    "assessment/solver.py": "HiGHS computes in floating point",
    "evidence/form.py": "places on a page",
    "evidence/ofd.py": "places on a page",
    "evidence/pdf.py": "places on a page",
    "evidence/folder.py": "seconds",
    "evidence/reader.py": "seconds",
    "evidence/limits.py": "seconds",
    "evidence/table.py": "tells a number of a spreadsheet from a text",
    "population/uncertainty.py": "chances of drawing a firm; what is drawn is multiplied and added in whole fen",
    "rules/grammar.py": "tells a number of an expression from a text; its digits are read from the source",
    "service/documents/drawing.py": "places on a page",
    "service/documents/tasks.py": "seconds",
    "service/facts/record.py": "tells a number from a text, to refuse what JSON cannot hold",
    "service/settings/base.py": "hours",
    "service/start/run.py": "seconds",
}
#: Where `/` divides fractions (never whole numbers, which would give a float): module and function.
_FRACTIONS = {
    ("money.py", "parse_rate"),
    ("rules/evaluate.py", "divide"),
    ("rules/evaluate.py", "growth"),
    ("rules/grammar.py", "_call"),
    ("rules/words.py", "say_money"),
    ("population/columns.py", "times"),
    ("population/columns.py", "_arithmetic"),
    ("population/run.py", "yuan"),
    ("policy/anchors.py", "_of_literal"),
    ("policy/check.py", "_in_ten_thousands"),
    ("policy/quotation.py", "_quantity"),
    ("assessment/miss.py", "_plain"),
    ("evidence/checks.py", "_line"),
    ("evidence/form.py", "away"),
    ("evidence/numbers.py", "parse_tax_rate"),
    ("evidence/ofd.py", "page_texts"),  # a place on a page
    ("service/documents/drawing.py", "page"),  # a place on a page
}
#: Where round() may stand: what is rounded is a place on a page.
_ROUNDED = {("evidence/ofd.py", "page_texts")}
_PATH = re.compile(r"folder|path|parent|place|BUNDLED|_HERE|here", re.IGNORECASE)


def _within(tree: ast.AST, function: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Every node with the name of the innermost function around it."""
    for child in ast.iter_child_nodes(tree):
        inner = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield child, inner
        yield from _within(child, inner)


def _is_path(node: ast.BinOp) -> bool:
    text = isinstance(node.right, ast.JoinedStr) or (isinstance(node.right, ast.Constant) and isinstance(node.right.value, str))
    return text or _PATH.search(ast.unparse(node.left)) is not None


def _arithmetic(kind: str) -> list[str]:
    found = []
    for name, tree in TREES.items():
        for node, function in _within(tree):
            place = f"{name}:{getattr(node, 'lineno', 0)} {function}"
            if kind == "literal" and isinstance(node, ast.Constant) and isinstance(node.value, float) and name not in _FLOATS:
                found.append(place)
            if kind == "float" and isinstance(node, ast.Name) and node.id == "float" and name not in _FLOATS:
                found.append(place)
            rounds = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "round"
            if kind == "round" and rounds and (name, function) not in _ROUNDED:
                found.append(place)
            if kind == "/" and isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
                path = isinstance(node, ast.BinOp) and _is_path(node)
                if not path and (name, function) not in _FRACTIONS:
                    found.append(place)
    return found


@pytest.mark.parametrize("kind", ["literal", "float", "round", "/"])
def test_no_binary_float_touches_money(kind):
    """“Money is a whole number of fen; a rate is a fraction. Neither is ever a binary float”: no float literal, no float(), no
    round(), and no true division but of fractions and paths, outside a short list with its reasons."""
    assert _arithmetic(kind) == []


def test_the_list_of_exceptions_is_no_longer_than_it_must_be():
    """An exception that nothing uses any more is taken off the list."""
    uses = {name for name, tree in TREES.items() for node in ast.walk(tree) if _is_float(node)}
    assert set(_FLOATS) <= uses
    divisions = {
        (name, function)
        for name, tree in TREES.items()
        for node, function in _within(tree)
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
    }
    assert divisions >= _FRACTIONS


def _is_float(node: ast.AST) -> bool:
    literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
    return literal or (isinstance(node, ast.Name) and node.id == "float")


def test_a_division_on_the_list_is_of_fractions():
    """What divides on the money path gives a Fraction, whatever it is handed."""
    from fractions import Fraction

    from chaoce.money import parse_rate
    from chaoce.policy.quotation import read_quantities

    assert type(parse_rate("2.5%")) is Fraction
    assert [type(q.value) for q in read_quantities("10%、2个百分点、50万元、三分之一")] == [Fraction] * 4


_RANK = {
    "money": 0, "dates": 0, "faults": 0, "folders": 0, "files": 0, "marked": 0, "facts": 1, "rules": 2, "policy": 3, "assessment": 4,
    "population": 5, "service": 6,
}  # fmt: skip
_BELOW_EVIDENCE = {"money", "dates", "faults", "folders", "files", "marked", "facts"}


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Every import, wherever it stands, as (module, name)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def test_imports_run_downward_only():
    """“Imports run downward only: money, dates → facts → rules → policy → assess; evidence → facts; service → everything” (design)."""
    wrong = []
    for name, tree in TREES.items():
        own = name.partition("/")[0].removesuffix(".py")
        for module, _ in _imports(tree):
            if not module.startswith("chaoce."):
                continue
            other = module.split(".")[1]
            if own == other or own in ("__init__", "__main__", "api", "cli"):
                continue
            down = other in _BELOW_EVIDENCE if own == "evidence" else _RANK.get(other, 9) < _RANK.get(own, -1)
            down = down or (own == "service" and other == "evidence")
            low = _RANK.get(own) == 0 and _RANK.get(other) == 0
            if not down and not low:
                wrong.append(f"{name} imports {module}")
    assert wrong == []


_NEVER = {
    "django", "time", "random", "secrets", "uuid", "urllib", "socket", "http", "ssl", "requests", "asyncio", "ctypes", "pickle",
}  # fmt: skip


#: What tells a person how far a run is, and what hands ranges to other machines.
_OUTSIDE = {"population/progress.py", "population/engines.py"}


def test_rules_policy_and_assessment_read_no_clock_draw_no_number_and_touch_no_network():
    """“`rules`, `policy`, `assess` never import Django, read a clock, draw a random number or touch the network” (design)."""
    wrong = []
    for name, tree in TREES.items():
        if name.partition("/")[0].removesuffix(".py") in ("evidence", "service", "cli") or name in _OUTSIDE:
            continue
        for module, imported in _imports(tree):
            if module.partition(".")[0] in _NEVER or (module == "datetime" and imported not in ("date", "timedelta")):
                wrong.append(f"{name} imports {module} {imported}")
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow", "fromtimestamp", "perf_counter"):
                wrong.append(f"{name}:{node.lineno} reads a clock")
            if isinstance(node, ast.Name) and node.id in ("eval", "exec", "compile", "__import__"):
                wrong.append(f"{name}:{node.lineno} evaluates text")
    assert wrong == []


def test_the_public_names_are_complete_and_say_what_they_are():
    """“private modules, public names at the top of the package, a test that the list is complete” (design, httpx)."""
    assert sorted(chaoce.__all__) == sorted(chaoce._HOME) == sorted(set(chaoce.__all__))
    for name in chaoce.__all__:
        value = getattr(chaoce, name)
        assert inspect.getdoc(value), f"{name} has no docstring"
        assert value.__module__.startswith("chaoce."), name
        assert name in dir(chaoce)
    text = (SOURCE / "__init__.py").read_text(encoding="utf-8")
    typed = {alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(chaoce.__all__) <= typed, "TYPE_CHECKING imports lack a public name"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        chaoce.nothing  # noqa: B018


def test_the_package_assess_does_not_hide_the_function_assess():
    """`chaoce.assess` is the function, whatever has been imported before it."""
    script = "import chaoce.assessment.answer, chaoce, inspect; assert inspect.isfunction(chaoce.assess); print('good')"
    assert _python(script).stdout == "good\n"


@pytest.mark.parametrize("name", list(MODULES))
def test_a_module_is_a_few_hundred_lines(name):
    """“modules of a few hundred lines” (design): none over 600."""
    assert MODULES[name].read_text(encoding="utf-8").count("\n") <= 600


@pytest.mark.parametrize("name", [name for name in MODULES if TREES[name].body])
def test_a_module_says_what_it_is(name):
    """Every module that holds anything opens with a sentence."""
    assert ast.get_docstring(TREES[name])


def test_every_public_class_and_function_has_a_docstring():
    """“docstrings whose examples run as tests” (design): what another module may use says what it does; a method that is only a
    step of its class may go without."""
    bare = []
    for name, tree in TREES.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                bare.append(f"{name}: {node.name}")
    assert [entry for entry in bare if not entry.startswith(("evidence/", "rules/expr.py", "rules/tree.py"))] == []


def _python(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["assess", "--help"], ["check", "--help"], ["service", "--help"], []])
def test_help_is_quick(arguments):
    """`chaoce --help` loads nothing that a command needs: no yaml, highspy, numpy, jinja2, pypdf or Django."""
    script = (
        "import sys\nfrom chaoce.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        "heavy = {'yaml', 'highspy', 'numpy', 'jinja2', 'pypdf', 'python_calamine', 'multiprocessing', 'django', 'psycopg'}\n"
        "print(sorted(heavy & {name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    assert _python(script).stderr == "[]\n"


def test_an_assessment_of_a_plain_firm_never_loads_the_solver(tmp_path):
    """“Most firms fall apart into independent parts …, where the answer is immediate” (design): HiGHS and numpy stay unloaded."""
    from core_kit import compute, firm, write_firms

    path = write_firms(tmp_path / "firm.json", firm([compute("a", "100.00"), compute("b", "100.00")]))
    script = (
        f"import sys\nfrom chaoce.cli import main\nmain(['assess', {str(path)!r}, '--year', '2026', '--json'])\n"
        "print(sorted({'highspy', 'numpy', 'jinja2', 'pypdf'} & set(sys.modules)), file=sys.stderr)"
    )
    assert _python(script).stderr == "[]\n"


def test_no_path_of_one_machine_stands_in_a_file():
    """What is committed runs anywhere: no path of the machine that it was written on."""
    places = [*SOURCE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "policies").rglob("*.*"), *(ROOT / "deploy").iterdir()]
    places += [path for kind in ("html", "po", "txt") for path in (SOURCE / "service").rglob(f"*.{kind}") if "vendor" not in path.parts]
    said = re.compile(r"/(?:work|home/\w+|root)/")
    assert [
        str(path.relative_to(ROOT)) for path in places if path != Path(__file__) and said.search(path.read_text(encoding="utf-8"))
    ] == []
