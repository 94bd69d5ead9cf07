"""The explanation of an answer: the official sentence over every figure, the arithmetic, the limit that bound, and why not more.

One plain structure (dicts, lists, Names) that the terminal, the JSON and the HTML page all render; nothing is computed twice.
"""

from __future__ import annotations

from typing import Any

from chaoce.assessment.answer import Answer, Entitlement, Paid, total_if_claimed
from chaoce.assessment.claims import Cap, Refusal
from chaoce.assessment.describe import describe, punctuated, with_units
from chaoce.assessment.refusal import particulars, reason, titles
from chaoce.assessment.trace import step, trace
from chaoce.dates import year_of
from chaoce.facts.firm import Fact, Received
from chaoce.facts.matter import overlap
from chaoce.facts.types import FactType
from chaoce.marked import Names
from chaoce.money import format_yuan, say_yuan
from chaoce.policy.model import Policy
from chaoce.rules import expr as x
from chaoce.rules.evaluate import earlier, series_of
from chaoce.rules.words import say_limit, say_value

#: Lost claims for which the difference is searched out; with more, only the amounts side by side are shown.
MOST_DIFFERENCES = 12


def explain(answer: Answer) -> dict[str, Any]:
    """The explanation of one answer. Texts are Names (zh, en); money is yuan with two places."""
    firm = answer.firm
    ceiling = sum(e.amount for e in answer.benefits if e.ceiling)
    return {
        "uscc": firm.uscc,
        "name": firm.values["name"],
        "year": answer.year,
        "policies": [_policy(policy, answer.year) for policy in answer.policies],
        "total": format_yuan(answer.total),
        "ceiling": format_yuan(ceiling),
        "promised": format_yuan(answer.total - ceiling),
        "optimal": answer.optimal,
        "by_matter": any(policy.settings.choice == "largest first" for policy in answer.policies),
        "bound": format_yuan(answer.bound),
        "gap": format_yuan(answer.bound - answer.total),
        "benefits": [_benefit(entitlement, answer) for entitlement in answer.benefits],
        "refused": punctuated([_refused(refusal, answer) for refusal in answer.refused if refusal.reason != "overlap"]),
        "conflicts": punctuated(_conflicts(answer)),
        "readings": punctuated([_reading(reading, answer) for reading in answer.readings]),
        "received": punctuated([_received(item, answer) for item in firm.received]),
        "outside": punctuated(_outside(answer)),
    }


def _policy(policy: Policy, year: int) -> dict[str, Any]:
    last = policy.ends
    return {
        "id": policy.id,
        "title": policy.title,
        "issuer": policy.issuer,
        "restated": policy.restated,
        "sha256": None if policy.restated else policy.document.sha256,
        "disagreements": policy.disagreements,
        "from": policy.term[0].isoformat(),
        "to": last.isoformat() if last else None,
        "in_force": policy.term[0].year <= year <= policy.term[1].year,
        "decided_year": policy.decided_year,
        "decided_note": policy.decided_note,
    }


def _benefit(entitlement: Entitlement, answer: Answer) -> dict[str, Any]:
    return {
        **describe(entitlement.line),
        "amount": format_yuan(entitlement.amount),
        "facts": punctuated([_paid(paid, entitlement, answer) for paid in entitlement.paid]),
    }


def _paid(paid: Paid, entitlement: Entitlement, answer: Answer) -> dict[str, Any]:
    benefits = {benefit.id: benefit for benefit in entitlement.line.policy.benefits}
    exact, steps = trace(entitlement.line.benefit.pays, paid.fact, answer.firm, benefits)
    if exact != paid.part.exact:
        raise AssertionError(f"{entitlement.id}: the steps come to {exact}, the rule to {paid.part.exact}")
    return {
        **_fact(paid.fact, entitlement.line.policy),
        "steps": [*_first_known(paid, answer), *(with_units(line, entitlement.line.policy) for line in steps), *_after(paid, entitlement)],
        "amount": format_yuan(paid.amount),
    }


def _first_known(paid: Paid, answer: Answer) -> list[Names]:
    """Where a rule asks for a first time and no earlier year was handed in, that is said: nothing contradicts it, nothing shows it."""
    for condition in paid.part.line.conditions:
        for tree in condition.tree.walk():
            if isinstance(tree, x.First) and not any(earlier(paid.fact, answer.firm, series_of(tree.condition))):
                return [
                    Names(
                        "“首次”以所提交的事实为据:其中没有往年的记录",
                        "'the first time' rests on the facts handed in: they show no earlier year",
                    )
                ]
    return []


def _after(paid: Paid, entitlement: Entitlement) -> list[Names]:
    """What happens to the exact amount: rounding, the item's limit, received support, the year's limit."""
    part, steps = paid.part, []
    if part.exact != part.rounded:
        down = entitlement.line.policy.settings.rounding == "down"
        steps.append(
            step(
                f"{'舍去不足一分' if down else '四舍五入到分'}:{{a}}",
                f"{'rounded down' if down else 'rounded'} to the fen: {{a}}",
                a=part.rounded,
            )
        )
    if part.limited < part.rounded:
        steps.append(step("达到单项上限:{a}", "held at the limit of the item: {a}", a=part.limited))
    if part.due < part.limited:
        steps.append(
            step(
                "减去同一事项已获支持 {r}(补差),余 {a}",
                "less {r} already received for the same matter: {a}",
                r=part.limited - part.due,
                a=part.due,
            )
        )
    if paid.held is not None:
        steps.append(_bound(paid.amount, paid.held))
    return steps


def _bound(amount: int, cap: Cap) -> Names:
    """Which limit held the amount down."""
    limit = Names(say_limit(cap.limit, "zh"), say_limit(cap.limit, "en"))
    used = Names(f"(此前已占用 {say_yuan(cap.used)} 元)", f" ({say_yuan(cap.used)} yuan used before)") if cap.used else Names("", "")
    more = step("只计 {a}", "counts {a}", a=amount)
    return Names(f"受限于{limit.zh}{used.zh},{more.zh}", f"held by the limit of {limit.en.removeprefix('at most ')}{used.en}: {more.en}")


def _fact(fact: Fact, policy: Policy) -> dict[str, Any]:
    fact_type = policy.types.types[fact.type]
    details = []
    for name, field in fact_type.fields.items():
        if name in fact.values and name != fact_type.by and not (field.default is not None and fact.values[name] == field.default):
            value = fact.values[name]
            details.append(Names(f"{field.names.zh}:{say_value(field, value, 'zh')}", f"{field.names.en}: {say_value(field, value, 'en')}"))
    return {
        "id": fact.id,
        "type": _named(fact, fact_type),
        "date": fact.date.isoformat(),
        "matter": list(fact.matter),
        "details": details,
        "evidence": _evidence(fact),
    }


def _named(fact: Fact, fact_type: FactType) -> Names:
    """What a fact is, by its title where it has one."""
    field = fact_type.fields[fact_type.by] if fact_type.by else None
    title = field.choices.get(fact.values[field.name]) if field is not None and field.choices else None
    return fact_type.names if title is None else Names(f"{fact_type.names.zh}:{title.zh}", f"{fact_type.names.en}: {title.en}")


def _received(item: Received, answer: Answer) -> dict[str, Any]:
    """Support received, and what it did here; that it did nothing may be a slip of the pen."""
    facts = [fact.id for fact in answer.firm.facts if any(overlap(item.matter, matter) for matter in fact.matter)]
    benefit = next((b for p in answer.policies for b in p.benefits if b.id == item.benefit and item.policy in (None, p.id)), None)
    zh = [f"从 {'、'.join(facts)} 扣除" if facts else "没有事实涉及此事项"]
    en = [f"taken off {', '.join(facts)}" if facts else "no fact is of this matter"]
    if benefit is None:
        zh.append("不是所测算政策的政策项,不占其限额")
        en.append("no benefit of the policies assessed, so it counts against no limit")
    return {
        "benefit": item.benefit,
        "title": benefit.title if benefit is not None else Names(item.benefit, item.benefit),
        "matter": item.matter,
        "date": item.date.isoformat(),
        "amount": format_yuan(item.amount),
        "effect": Names(";".join(zh), "; ".join(en)),
        "used": bool(facts) or benefit is not None,
    }


def _evidence(fact: Fact) -> str:
    """The evidence of a fact in one line, in its own words: the file, whose invoice, and the item."""
    evidence = fact.evidence or {}
    return " · ".join(str(evidence[key]) for key in ("file", "seller", "item") if isinstance(evidence.get(key), str))


def _refused(refusal: Refusal, answer: Answer) -> dict[str, Any]:
    why, change = reason(refusal, answer.firm)
    benefit = refusal.line.benefit
    return {
        **particulars(refusal, answer.firm),
        "policy": refusal.line.policy.id,
        "clause": benefit.clause,
        "title": benefit.title,
        "sentence": benefit.sentence,
        "of": _fact(refusal.fact, refusal.line.policy),
        "why": why,
        "change": change,
    }


def _conflicts(answer: Answer) -> list[dict[str, Any]]:
    """What was chosen over what, and the difference that it makes to the total."""
    lost = [refusal for refusal in answer.refused if refusal.reason == "overlap"]
    rows = []
    for refusal in lost:
        row: dict[str, Any] = {
            "matter": list(refusal.fact.matter),
            "lost": {
                "fact": refusal.fact.id, "benefit": refusal.line.benefit.id, "policy": refusal.line.policy.id,
                "title": refusal.line.benefit.title, "clause": refusal.line.benefit.clause, "amount": format_yuan(refusal.worth),
            },
            "won": None,
            "difference": None,
        }  # fmt: skip
        if refusal.won is not None:
            line = refusal.won.parts[0].line
            row["won"] = {
                "fact": refusal.won.fact.id, "benefit": line.benefit.id, "policy": line.policy.id,
                "title": titles(refusal.won), "clause": line.benefit.clause, "amount": format_yuan(refusal.won_paid),
            }  # fmt: skip
        if len(lost) <= MOST_DIFFERENCES:
            row["difference"] = format_yuan(answer.total - total_if_claimed(answer, refusal))
        rows.append(row)
    return rows


def _reading(reading: Any, answer: Answer) -> dict[str, Any]:
    own = next(r for r in reading.policy.readings if r.id == reading.id)
    return {
        "id": reading.id,
        "policy": reading.policy.id,
        "clause": own.clause,
        "question": own.question,
        "chosen": own.option(reading.chosen).names,
        "total": format_yuan(answer.total),
        "other": own.option(reading.other).names,
        "other_total": format_yuan(reading.other_total),
        "difference": format_yuan(reading.other_total - answer.total),
    }


def _outside(answer: Answer) -> list[dict[str, Any]]:
    """Facts that no benefit read: of another year, or of no benefit's type or title."""
    named = {p.fact.id for e in answer.benefits for p in e.paid} | {r.fact.id for r in answer.refused}
    rows = []
    for fact in answer.firm.facts:
        if fact.id in named:
            continue
        policy = next((p for p in answer.policies if fact.type in p.types.types), None)
        if policy is None:
            continue
        if all(year_of(fact.date, p.settings.year_starts) != answer.year for p in answer.policies):
            why = Names(f"不在 {answer.year} 年", f"not of {answer.year}")
        else:
            why = Names("没有政策项涉及", "no benefit reads it")
        rows.append({**_fact(fact, policy), "why": why})
    return rows


def plain(value: Any) -> Any:
    """The explanation as JSON values: Names become {zh, en}."""
    if isinstance(value, Names):
        return {"zh": value.zh, "en": value.en}
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value
