"""What the papers of a case say, as plain data for their templates: Chinese throughout, from what was pinned and never computed anew.

Only the application form of a draft is computed as it stands; it says that it is one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from chaoce.assessment.explain import explain, plain
from chaoce.money import parse_yuan, say_yuan
from chaoce.service.cases import amounts
from chaoce.service.cases.checks import say_matter
from chaoce.service.cases.flow import Outcome, State
from chaoce.service.cases.form import FIELDS
from chaoce.service.cases.handed import Handed, last_handed_in
from chaoce.service.cases.models import Assessed, Case, CaseLine, Correction
from chaoce.service.cases.parties import parties
from chaoce.service.cases.reasons import by_decision, recorded
from chaoce.service.papers.capitals import in_capitals
from chaoce.service.plan.sessions import benefit_of, policy_of

_OUTCOMES = {Outcome.GRANTED: "予以支持", Outcome.PARTLY: "部分予以支持", Outcome.REFUSED: "不予支持"}
_SOURCES = {"invoice": "发票", "list": "官方名单", "statement": "企业填报", "import": "导入"}
#: Fields of `enterprise` in the order of the form.
_ENTERPRISE = (
    ("uscc", "统一社会信用代码"),
    ("industry", "国民经济行业代码"),
    ("division", "登记地行政区划代码"),
    ("town", "所在镇街代码"),
    ("employees", "从业人数"),
    ("revenue", "年营业收入（元）"),
)


class NotYet(Exception):
    """A paper that the case does not have in its present state."""


def say_date(day: date | datetime) -> str:
    """A day as official documents write it, in Shanghai."""
    if isinstance(day, datetime):
        day = timezone.localtime(day).date()
    return f"{day.year}年{day.month}月{day.day}日"


def say_time(moment: datetime) -> str:
    """A moment to the minute."""
    local = timezone.localtime(moment)
    return f"{say_date(local)} {local:%H:%M}"


def _yuan(text: str) -> str:
    return say_yuan(parse_yuan(text) or 0)


def _money(fen: int | None) -> str:
    return "—" if fen is None else say_yuan(fen)


def _lines(case: Case) -> list[CaseLine]:
    return list(
        case.lines.select_related("fact__upload", "fact__row__list")
        .defer("fact__upload__reading", "fact__row__list__faults")
        .order_by("id")
    )


def _pinned(case: Case, purpose: str) -> Assessed | None:
    return case.assessed.filter(purpose=purpose).order_by("-at", "-id").first()


def _frame(case: Case, mark: str, number: int, at: datetime) -> dict[str, Any]:
    """What every paper has: its number, its day, whom it is about."""
    return {
        "number": f"{case.number}-{mark}{number}" if case.number else "",
        "case": case.number or "",
        "call": case.call.zh,
        "year": case.call.year,
        "firm": case.firm.name,
        "uscc": case.firm.uscc,
        "lead": case.call.lead.zh,
        "joint": [department.zh for department in case.call.joint.order_by("id")],
        "date": say_date(at),
        "iso": timezone.localtime(at).date().isoformat(),
        "synthetic": case.firm.synthetic,
        "draft": case.number is None or case.state == State.DRAFT,
    }


def _pins(kept: Assessed) -> list[dict[str, str]]:
    """What an assessment was made with, by digests: whoever has the same can compute the same."""
    rows = []
    for policy, digest in sorted(kept.policies.items()):
        rows.append({"what": f"政策文件《{_title_of(policy)}》", "sha256": digest})
    row = recorded(kept)
    named = f"（{row.source}，第 {row.version} 版）" if row is not None else ""
    rows.append({"what": f"{kept.year} 年度核定决定{named}", "sha256": _sha256(kept.decisions) if kept.decisions else "（无）"})
    rows.append({"what": "申报事实", "sha256": _sha256(kept.facts)})
    rows.append({"what": "测算程序", "sha256": kept.engine})
    rows.append({"what": "本次测算全部内容", "sha256": kept.sha256})
    return rows


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _title_of(policy: str) -> str:
    try:
        return policy_of(policy).title.zh
    except KeyError:
        return policy


def _titled(policy: str, benefit: str) -> dict[str, Any]:
    """What a benefit says of itself where the explanation pinned nothing of it: no line under it was due anything."""
    try:
        own = benefit_of(policy, benefit)
    except KeyError:
        return {"clause": "", "title": benefit, "sentence": "", "restated": False}
    return {"clause": own.clause, "title": own.title.zh, "sentence": own.sentence, "restated": policy_of(policy).restated}


def _benefits(lines: Sequence[CaseLine], explanation: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines under their benefits, each benefit with its sentence and rule, each line with its fact and the arithmetic."""
    explained = {(row["policy"], row["id"]): row for row in explanation["benefits"]}
    refused = {(row["policy"], row["benefit"], row["fact"]): row for row in explanation["refused"]}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        key = (line.policy, line.benefit)
        if key not in found:
            found[key] = {"key": key, "policy": _title_of(line.policy), **_benefit(explained.get(key), *key), "lines": []}
        facts = {fact["id"]: fact for fact in explained[key]["facts"]} if key in explained else {}
        found[key]["lines"].append(_line(line, facts.get(line.fact.key), refused.get((*key, line.fact.key))))
    for row in found.values():
        row["claimed"] = _money(sum(line["claimed_fen"] for line in row["lines"]))
    return list(found.values())


def _benefit(row: dict[str, Any] | None, policy: str, benefit: str) -> dict[str, Any]:
    if row is None:
        return {**_titled(policy, benefit), "rule": "", "limits": [], "ceiling": False, "status": "", "notes": []}
    return {
        "clause": row["clause"],
        "title": row["title"]["zh"],
        "sentence": row["sentence"],
        "restated": row["restated"],
        "rule": ("核定：" if row["settled"] else "规则：") + row["rule"]["zh"],
        "limits": [limit["zh"] for limit in row["limits"]],
        "ceiling": row["ceiling"],
        "status": row["status"]["zh"],
        "notes": [note["zh"] for note in row["notes"]],
    }


def _matter(matter: str) -> str:
    """A matter in the words of a paper, which is Chinese."""
    with override("zh-hans"):
        return say_matter(matter)


def _line(line: CaseLine, fact: dict[str, Any] | None, refused: dict[str, Any] | None) -> dict[str, Any]:
    of = fact or (refused["of"] if refused is not None else None)
    steps = [step["zh"] for step in fact["steps"]] if fact is not None else []
    if fact is None and refused is not None:
        steps = [refused["why"]["zh"]]
    return {
        "fact": line.fact.key,
        "type": of["type"]["zh"] if of is not None else line.fact.type,
        "date": say_date(line.fact.date),
        "details": [detail["zh"] for detail in of["details"]] if of is not None else [],
        "matters": [_matter(matter) for matter in line.fact.matters if matter != line.fact.key],
        "source": _source(line),
        "steps": steps,
        "ceiling": line.ceiling,
        "claimed": _money(line.claimed),
        "claimed_fen": line.claimed or 0,
        "computed": _money(line.computed),
        "granted": _money(line.granted),
        "why": line.granted_why,
        "long": len(steps) + len(line.fact.matters) > 30,  # may go over several pages
        "lower": line.granted is not None and line.computed is not None and line.granted < line.computed,
    }


def _source(line: CaseLine) -> str:
    """Where a fact comes from, in a few words."""
    fact = line.fact
    if fact.row is not None:
        return f"官方名单：{fact.row.list.title}（第 {fact.row.number} 行）"
    named = _SOURCES.get(fact.source, fact.source)
    return f"{named}：{fact.upload.name}" if fact.upload is not None else named


def _files(case: Case, handed: Handed) -> list[dict[str, Any]]:
    """The files that were handed in, under the items of the evidence list that they answer."""
    items = {item["code"]: item["zh"] for item in case.guide.evidence}
    return [
        {"item": items.get(file["evidence"], "事实凭据"), "name": file["name"], "size": _size(file["size"]), "sha256": file["sha256"]}
        for file in handed.files
    ]


def _lacking(case: Case, handed: Handed) -> list[str]:
    """Items of the evidence list that the firm did not have to, and did not, hand anything in for."""
    there = {file["evidence"] for file in handed.files}
    benefits = {line.benefit for line in case.lines.all()}
    wanted = [item for item in case.guide.evidence if not item.get("benefit") or item["benefit"] in benefits]
    return [item["zh"] for item in wanted if item["code"] not in there]


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{-(-count // 1000):,} KB" if count < 1_000_000 else f"{-(-count // 100_000) // 10}.{-(-count // 100_000) % 10} MB"


def _answers(form: dict[str, str]) -> list[dict[str, str]]:
    with override("zh-hans"):
        return [
            {"name": field.name, "label": str(field.label), "kind": field.kind, "text": form.get(field.name, "").strip()}
            for field in FIELDS
        ]


def application(case: Case) -> tuple[dict[str, Any], datetime]:
    """The application form (申报表) as it was last handed in, or as the draft stands."""
    handed = last_handed_in(case)
    kept = _pinned(case, Assessed.Purpose.SUBMITTED)
    lines = _lines(case)
    if kept is None:  # a draft: what it would come to now
        reckoned = amounts.reckon(case)
        explanation, facts = plain(explain(reckoned.answer)), reckoned.facts
        for line in lines:
            line.claimed = reckoned.amounts.get((line.policy, line.benefit, line.fact.key), 0)
            line.ceiling = (line.policy, line.benefit) in reckoned.ceilings
    else:
        explanation, facts = json.loads(kept.explanation), json.loads(kept.facts)
        lines = _as_claimed(lines, kept, explanation)
    at = handed.at or case.changed_at
    return {
        **_frame(case, "A", handed.number, at),
        "draft": kept is None,
        "submitted": say_time(handed.at) if handed.at else "",
        "enterprise": _enterprise(facts["enterprise"]),
        "answers": _answers(handed.form),
        "benefits": _benefits(lines, explanation),
        "total": _yuan(explanation["total"]),
        "ceiling_total": _yuan(explanation["ceiling"]) if explanation["ceiling"] != "0.00" else "",
        "received": [
            {"title": row["title"]["zh"], "matter": row["matter"], "date": row["date"], "amount": _yuan(row["amount"])}
            for row in explanation["received"]
        ],
        "files": _files(case, handed),
        "lacking_items": _lacking(case, handed),
        "pins": _pins(kept) if kept is not None else [],
    }, at


def _as_claimed(lines: Iterable[CaseLine], kept: Assessed, explanation: dict[str, Any]) -> list[CaseLine]:
    """The lines that were handed in, in their amounts then: while a correction is written they may be other ones."""
    claimed = {
        (row["policy"], row["id"], fact["id"]): (parse_yuan(fact["amount"]), row["ceiling"])
        for row in explanation["benefits"]
        for fact in row["facts"]
    }
    rows = {(line.policy, line.benefit, line.fact.key): line for line in lines}
    found = []
    for policy, benefit, key in (tuple(claim) for claim in kept.claims):
        line = rows.get((policy, benefit, key))
        if line is None:
            fact = kept.case.firm.facts.with_sources().filter(key=key).order_by("-added_at").first()
            if fact is None:
                continue
            line = CaseLine(case=kept.case, policy=policy, benefit=benefit, fact=fact)
        line.claimed, line.ceiling = claimed.get((policy, benefit, key), (0, False))
        found.append(line)
    return found


def _enterprise(fields: dict[str, Any]) -> list[dict[str, str]]:
    rows = []
    for name, label in _ENTERPRISE:
        value = fields.get(name)
        if value not in (None, ""):
            rows.append({"label": label, "text": _yuan(value) if name == "revenue" else str(value)})
    return rows


def receipt(case: Case) -> tuple[dict[str, Any], datetime]:
    """The receipt (受理回执) of the last submission; raises NotYet for a draft."""
    handed = last_handed_in(case)
    kept = _pinned(case, Assessed.Purpose.SUBMITTED)
    if handed.at is None or kept is None:
        raise NotYet
    explanation = json.loads(kept.explanation)
    lines = _as_claimed(_lines(case), kept, explanation)
    return {
        **_frame(case, "R", handed.number, handed.at),
        "draft": False,
        "received_at": say_time(handed.at),
        "submission": handed.number,
        "contact": handed.form.get("contact", ""),
        "phone": handed.form.get("phone", ""),
        "benefits": _benefits(lines, explanation),
        "total": _yuan(explanation["total"]),
        "ceiling_total": _yuan(explanation["ceiling"]) if explanation["ceiling"] != "0.00" else "",
        "files": _files(case, handed),
        "closes": say_time(case.call.closes_at),
        "review_days": case.guide.review_days,
        "correction_days": case.guide.correction_days,
        "sha256": kept.sha256,
    }, handed.at


def correction(case: Case, asked: Correction) -> tuple[dict[str, Any], datetime]:
    """The correction letter (补正通知书) as it was sent."""
    number = case.corrections.filter(asked_at__lt=asked.asked_at).count() + 1
    party = parties(case, [asked.asked_by_id]).get(asked.asked_by_id)
    submitted = case.submitted_at
    assert submitted is not None
    return {
        **_frame(case, "C", number, asked.asked_at),
        "draft": False,
        "issuer": party.place if party is not None and not party.is_firm and party.place else case.call.lead.zh,
        "submitted": say_date(submitted),
        "points": [{"text": point["text"], "fact": point.get("fact", "")} for point in asked.points],
        "deadline": say_date(asked.deadline),
    }, asked.asked_at


def _decided_benefits(lines: Sequence[CaseLine], kept: Assessed) -> list[dict[str, Any]]:
    """The benefits of a decision, each with the year's decision that settled its amount, where one did."""
    explanation = json.loads(kept.explanation)
    said = {pair: one.in_both()["zh"] for pair, one in by_decision(kept, explanation).items()}
    return [{**row, "by": said.get(row["key"], "")} for row in _benefits(lines, explanation)]


def decision(case: Case) -> tuple[dict[str, Any], datetime]:
    """The decision (核定结果通知书); raises NotYet before there is one, and after the case was opened again."""
    kept = _pinned(case, Assessed.Purpose.DECIDED)
    if case.state not in (State.DECIDED, State.READY) or kept is None or case.decided_at is None or case.submitted_at is None:
        raise NotYet
    lines = _lines(case)
    granted = sum(line.granted or 0 for line in lines)
    number = case.assessed.filter(purpose=Assessed.Purpose.DECIDED).count()
    return {
        **_frame(case, "D", number, case.decided_at),
        "draft": False,
        "submitted": say_date(case.submitted_at),
        "outcome": _OUTCOMES[Outcome(case.outcome)],
        "refused": case.outcome == Outcome.REFUSED,
        "benefits": _decided_benefits(lines, kept),
        "claimed": _money(amounts.total(lines, "claimed")),
        "computed": _money(amounts.total(lines, "computed")),
        "granted": say_yuan(granted),
        "capitals": in_capitals(granted),
        "why": case.decided_why,
        "pins": _pins(kept),
    }, case.decided_at
