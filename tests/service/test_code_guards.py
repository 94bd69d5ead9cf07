"""The code of the service, held to its own rules: what is kept, what is shown to whom, who changes a case, what a page may hold.

Every list of exceptions says why, and an exception that nothing uses any more fails as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from chaoce.service.cases.flow import Outcome, State
from chaoce.service.people.rights import RIGHTS
from core_kit import ROOT

SERVICE = ROOT / "src" / "chaoce" / "service"
MODULES = {
    path.relative_to(SERVICE).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in sorted(SERVICE.rglob("*.py"))
    if "migrations" not in path.parts
}
TEMPLATES = {
    path.relative_to(SERVICE).as_posix(): path.read_text("utf-8") for path in sorted(SERVICE.rglob("templates/**/*")) if path.is_file()
}


def _within(tree: ast.AST, function: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Every node with the name of the innermost function around it."""
    for child in ast.iter_child_nodes(tree):
        inner = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield child, inner
        yield from _within(child, inner)


def _calls(name: str) -> Iterator[tuple[str, str, ast.Call]]:
    """Every call of an attribute of that name: (module, function around it, call)."""
    for module, tree in MODULES.items():
        for node, function in _within(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                yield module, function, node


# What is kept.

#: (module, function) -> why rows may go there.
DELETIONS = {
    ("api/once.py", "forget"): "answers to writes are kept for a week; what was done stays",
    ("cases/checks.py", "run"): "findings are found anew; what was cleared and still stands is carried over",
    ("cases/checks.py", "*"): "a clash that is over is no finding any more; its event stays in the timeline",
    ("cases/firm_steps.py", "choose_lines"): "a draft or correction claims something else; what was handed in is kept in its event",
    ("cases/firm_steps.py", "*"): "a line whose fact no longer stands, before anything is handed in",
    ("cases/department_steps.py", "*"): "a line whose fact no longer stands, when the case goes on",
    ("cases/matters.py", "claim"): "what a case claims is written down anew when it is handed in",
    ("demo/accounts.py", "*"): "the demonstration's own factors, made anew",
    ("documents/lines.py", "clear_line"): "an answer that is taken back; the fact that followed stays, withdrawn",
    ("pages/account/sessions.py", "live_sessions"): "the trace of a session that is over already",
    ("pages/review/listing.py", "*"): "a person's own filter of a list",
    ("people/invitations.py", "reset_factor"): "a lost second factor; the office's step is in the record",
}


def test_nothing_is_deleted_but_what_may_go():
    """“History is only ever added to”: rows are deleted in few places, each with its reason."""
    found = {(module, function) for module, function, _call in _calls("delete")}
    allowed = {place for place in found if place in DELETIONS or (place[0], "*") in DELETIONS}
    assert found == allowed
    used = {place if place in DELETIONS else (place[0], "*") for place in found}
    assert used == set(DELETIONS)


#: Foreign keys that take their row along, and why. All others protect what they point at.
CASCADES = {
    "cases.SavedView.user": "a person's own filter of a list",
    "cases.BulkRun.user": "what a button over several cases did, for who pressed it; the cases have their own events",
    "messaging.Message.to": "a person's own messages",
    "messaging.Message.case": "cases are never deleted",
    "messaging.MailChoice.user": "a person's own choice",
    "people.Membership.user": "nobody deletes people; facts, cases and events protect those who acted",
    "people.Invitation.firm": "firms are protected by everything else that they have",
}


def test_no_row_takes_others_along():
    """Deletions are protected: a foreign key of the service cascades only where it is said why."""
    found = set()
    for model in apps.get_models():
        if model.__module__.startswith("chaoce.") and not model._meta.auto_created:
            for field in model._meta.local_fields:
                on_delete = getattr(field.remote_field, "on_delete", models.PROTECT) if field.remote_field else models.PROTECT
                if on_delete is not models.PROTECT:
                    found.add(f"{model._meta.app_label}.{model.__name__}.{field.name}")
    assert found == set(CASCADES)


#: Models whose rows the database itself keeps: a trigger refuses to delete them.
KEPT = [
    "cases.Case", "cases.Remark", "cases.Assessed", "cases.Event", "facts.Fact", "facts.Received", "plan.YearDecisions", "calls.Call",
    "calls.CallEvent",
]  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_the_database_keeps_it(name):
    """What must never go is protected by a trigger, whatever the code does."""
    model = apps.get_model(name)
    triggers = getattr(model._meta, "triggers", [])
    assert any("DELETE" in str(trigger.operation) for trigger in triggers), name


# Who sees what.

#: Models of which somebody sees only a part.
OWNED = {
    "Firm", "Fact", "Received", "Upload", "LineAnswer", "Case", "CaseLine", "CaseMatter", "Review", "Visit", "Opinion", "Correction",
    "Remark", "Check", "Assessed", "Event", "Message", "Token", "Answered", "SavedView", "BulkRun", "Membership", "Invitation",
}  # fmt: skip
#: What cuts rows to those of somebody, as a method or as a word of a filter.
CUTS = {"seen_by"}
CUT_BY = {"user", "to", "membership", "firm", "expert", "case", "call", "case_lines"}
#: (module, function) -> why it looks a row up by itself.
LOOKED_UP = {
    ("api/operations/cases.py", "shown"): "the case was cut before; it is read again after the step",
    ("pages/messages/views.py", "open_message"): "cut to the person one line before",
    ("pages/messages/views.py", "mark_read"): "cut to the person one line before",
    ("api/tokens.py", "end"): "the page has cut the token to its owner",
}


def _chain(node: ast.expr) -> tuple[str, list[tuple[str, ast.Call | None]]]:
    """`Model.objects.a(…).b(…)` as ("Model", [("a", call), ("b", call)])."""
    steps: list[tuple[str, ast.Call | None]] = []
    while True:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            steps.append((node.func.attr, node))
            node = node.func.value
        elif isinstance(node, ast.Attribute):
            steps.append((node.attr, None))
            node = node.value
        else:
            return (node.id if isinstance(node, ast.Name) else ""), steps[::-1]


def _uncut(model: str, steps: list[tuple[str, ast.Call | None]]) -> bool:
    """Whether a chain over a model picks a row by its number without being cut to what somebody may see."""
    if model not in OWNED or not steps or steps[0][0] != "objects":
        return False
    words = [keyword.arg or "" for _name, call in steps if call is not None for keyword in call.keywords]
    cut = any(name in CUTS for name, _call in steps) or any(word.partition("__")[0] in CUT_BY for word in words)
    picks = any(name == "get" for name, _call in steps) or any(word in ("pk", "id") for word in words)
    return picks and not cut


def test_rows_are_cut_before_they_are_picked():
    """“Rows are cut with seen_by; what somebody may not see is a 404”: no page and no operation picks a row of a firm by its number
    out of all."""
    wrong = set()
    for module, tree in MODULES.items():
        if not module.startswith(("pages/", "api/")):
            continue
        for node, function in _within(tree):
            if not isinstance(node, ast.Call):
                continue
            if _uncut(*_chain(node)):
                wrong.add((module, function))
            if isinstance(node.func, ast.Name) and node.func.id in ("get_object_or_404", "get_list_or_404", "_one") and node.args:
                words = {(keyword.arg or "").partition("__")[0] for keyword in node.keywords}
                first, inner = _chain(node.args[0])
                bare = isinstance(node.args[0], ast.Name) and first in OWNED
                chained = first in OWNED and not any(name in CUTS for name, _call in inner) and not _filtered(inner)
                if (bare or chained) and not words & CUT_BY:
                    wrong.add((module, function))
    assert wrong == set(LOOKED_UP)


def _filtered(steps: list[tuple[str, ast.Call | None]]) -> bool:
    words = {(keyword.arg or "").partition("__")[0] for _name, call in steps if call is not None for keyword in call.keywords}
    return bool(words & CUT_BY)


def _patterns(resolver: URLResolver, space: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, (*space, pattern.namespace) if pattern.namespace else space)
        else:
            yield ":".join((*space, pattern.name or "")), pattern


def test_no_view_without_a_right():
    """“Views without a right”: every name of an address is in the table of rights, and the table has no name that is no address.
    (The addresses of the API that share a path are held to it operation by operation in test_api_openapi.py.)"""
    names = {name for name, _pattern in _patterns(get_resolver()) if not name.startswith("api:")}
    assert names == {name for name in RIGHTS if not name.startswith("api:")}


#: Views that take any method, and why.
ANY_METHOD = {
    "api_nothing": "answers every method the same: there is nothing",
    "openid_connect_login": "a look shows a button; what goes to the provider begins with a POST (allauth)",
}


def _says_methods(view: object) -> bool:
    """Whether one of Django's decorators that name methods is around a view."""
    while view is not None:
        if getattr(view, "__code__", None) and view.__code__.co_filename.endswith("django/views/decorators/http.py"):  # type: ignore[attr-defined]
            return True
        view = getattr(view, "__wrapped__", None)
    return False


def test_every_view_says_its_methods():
    """“A write is a POST”: every view of ours says which methods it takes, so that a link never writes."""
    ours = [
        (name, pattern.callback)
        for name, pattern in _patterns(get_resolver())
        if getattr(pattern.callback, "__module__", "").startswith("chaoce.service.") and not hasattr(pattern.callback, "view_class")
    ]
    assert len(ours) > 100
    assert {name for name, view in ours if not _says_methods(view)} == set(ANY_METHOD)


#: (module, function) -> why a view is left out of the check of forms from other sites.
CSRF_EXEMPT = {
    ("pages/firm/uploads.py", "uploads"): "checked inside, once the limits of the upload are set",
    ("api/views.py", "nothing"): "does nothing",
    ("api/app.py", "_tidy"): "writes need a token, which no other site has",
}


def test_forms_of_other_sites_are_refused():
    """csrf_exempt stands only where something else checks, or nothing is done."""
    found = set()
    for module, tree in MODULES.items():
        for node, function in _within(tree):
            if isinstance(node, ast.FunctionDef) and any("csrf_exempt" in ast.unparse(one) for one in node.decorator_list):
                found.add((module, node.name))
            if isinstance(node, ast.Attribute) and node.attr == "csrf_exempt" and isinstance(node.ctx, ast.Store):
                found.add((module, function.replace("tidied", "_tidy")))
    assert found == set(CSRF_EXEMPT)


# Who changes a case.

#: The modules that take the steps of a case.
STEPS = re.compile(r"cases/(\w*steps|stepping)\.py")


def test_only_the_steps_change_a_case():
    """“State machines are declared in one place each; no state changes outside them”: a state, an outcome or a version of a case is
    written in the steps and nowhere else."""
    wrong = []
    for module, tree in MODULES.items():
        if STEPS.fullmatch(module):
            continue
        for node, function in _within(tree):
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Attribute) and node.value is not None and _of_case(target.attr, node.value, module):
                        wrong.append(f"{module} {function}: {ast.unparse(node)}")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("update", "create", "update_or_create")
            ):
                model, _steps = _chain(node)
                for keyword in node.keywords:
                    if model in ("Case", "") and _of_case(keyword.arg or "", keyword.value, module):
                        wrong.append(f"{module} {function}: {ast.unparse(node)[:80]}")
    assert wrong == []


def _of_case(name: str, value: ast.expr, module: str) -> bool:
    """Whether a value given to a field of that name is a state, an outcome or the version of a case."""
    said = ast.unparse(value)
    if name == "state":
        texts = [node.value for node in ast.walk(value) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        imported = "from chaoce.service.cases.flow import" in _source(module) and re.search(r"(?<![\w.])State\.", said)
        return bool(imported) or any(text in State.values for text in texts)
    if name == "outcome":
        return "Outcome." in said or any(repr(outcome) in said for outcome in Outcome.values)
    return name in ("decided_at", "decided_by", "clock_stopped_at", "clock_stopped_for")


def _source(module: str) -> str:
    return (SERVICE / module).read_text("utf-8")


def test_pages_and_the_api_leave_cases_to_the_steps():
    """“Domain functions do the work; views only read the request, call them, and show faults”: nothing above the domain saves, makes
    or changes a row of it."""
    wrong = []
    for module, tree in MODULES.items():
        if not module.startswith(("pages/", "api/")):
            continue
        for node, function in _within(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                model, steps = _chain(node)
                last = steps[-1][0] if steps else ""
                if model in OWNED - {"Token", "Answered", "Message", "SavedView"} and last in (
                    "create", "bulk_create", "update", "delete", "get_or_create", "update_or_create", "bulk_update",
                ):  # fmt: skip
                    wrong.append(f"{module} {function}: {ast.unparse(node)[:80]}")
    assert wrong == []


# What a page may hold.

#: (module, function) -> why its text is markup.
MARKUP = {
    ("pages/templatetags/chaoce.py", "icon"): "a drawing of the program",
    ("pages/templatetags/chaoce.py", "render"): "what the template rendered already",
    ("pages/templatetags/chaoce.py", "term"): "an attribute of the program",
    ("pages/firm/home.py", "*"): "escaped before it is marked",
    ("pages/templatetags/chaoce.py", "marked"): "escaped before it is marked",
}


def test_nothing_is_shown_as_markup_that_a_person_wrote():
    """No `mark_safe` but on what the program itself wrote or has escaped, and no `|safe`; autoescape is off in mails without markup."""
    found = {
        (module, function)
        for module, tree in MODULES.items()
        for node, function in _within(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ("mark_safe", "SafeString", "SafeText")
    }
    assert {place for place in found if place not in MARKUP and (place[0], "*") not in MARKUP} == set()
    assert {module for module, _function in found} == {module for module, _function in MARKUP}
    for name, text in TEMPLATES.items():
        assert not re.search(r"\|\s*safe(seq)?\b", text), name
        assert "autoescape off" not in text or name.endswith(".txt"), name


def test_pages_hold_no_script_and_no_style():
    """“No inline script or style anywhere” (strict CSP), and nothing from another host."""
    for name, whole in TEMPLATES.items():
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", whole, flags=re.DOTALL)
        if name.endswith(".html"):
            assert not re.search(r"<script(?![^>]*\bsrc=)", text), name
            assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=|<style|javascript:", text), name
            assert not re.search(r"""(src|action|formaction)=["']?(https?:)?//""", text), name


def test_statements_are_written_out():
    """What goes to the database as SQL is written out in the program; values go beside it, never into it."""
    wrong = []
    for module, function, call in [*_calls("execute"), *_calls("executemany"), *_calls("extra"), *_calls("RawSQL")]:
        if module.startswith(("start/", "database/")):
            continue  # roles and databases have no parameters in SQL; their names are quoted
        if call.args and not isinstance(call.args[0], ast.Constant):
            wrong.append(f"{module} {function}")
    assert wrong == []


def test_modules_stay_small():
    """“Small modules (<= 600 lines)”, each with a docstring."""
    for module in MODULES:
        assert len(_source(module).splitlines()) <= 600, module
        assert ast.get_docstring(MODULES[module]) or not _source(module).strip(), module


def test_the_guards_look_at_something():
    """A guard over no modules would hold of anything."""
    assert len(MODULES) > 100 and len(TEMPLATES) > 50 and Path(SERVICE / "cases" / "steps.py").exists()
    assert any(STEPS.fullmatch(module) for module in MODULES)
