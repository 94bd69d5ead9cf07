"""A refusal in particulars: the condition that failed with its margin, or the claim that won, and what would change it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from chaoce.assessment.claims import Failure, Refusal
from chaoce.facts.firm import Fact, Firm
from chaoce.marked import Names
from chaoce.money import format_yuan, say_yuan
from chaoce.rules import expr as x
from chaoce.rules.evaluate import Unstated, earlier, evaluate, series_of
from chaoce.rules.words import both, say_number, say_value


def particulars(refusal: Refusal, firm: Firm) -> dict[str, Any]:
    """The refusal as JSON: fact, benefit, reason, and what the reason says. Money is yuan."""
    row: dict[str, Any] = {"fact": refusal.fact.id, "benefit": refusal.line.benefit.id, "reason": refusal.reason}
    if refusal.reason == "term":
        first, last = refusal.line.policy.term
        row |= {"date": refusal.fact.date.isoformat(), "from": first.isoformat(), "to": last.isoformat() if last < date.max else None}
    elif refusal.reason in ("condition", "eligible"):
        failures = [_failure(failure, refusal.fact, firm) for failure in refusal.failures]
        if failures:
            row |= failures[0]
            if len(failures) > 1:
                row["also"] = failures[1:]
        else:
            row["unstated"] = refusal.names[0]
    elif refusal.reason == "undecided":
        row["needs"] = list(refusal.names)
    elif refusal.reason in ("received", "once received"):
        row["reason"] = "received" if refusal.reason == "received" else "once"
        if refusal.claim is not None:
            row["received"] = format_yuan(refusal.claim.received)
    elif refusal.reason == "limit" and refusal.limit is not None:
        row |= {"limit": format_yuan(refusal.limit.limit.amount), "left": format_yuan(refusal.limit.left)}  # type: ignore[arg-type]
    elif refusal.reason == "overlap" and refusal.claim is not None:
        row["amount"] = format_yuan(refusal.worth)
        if refusal.won is not None:
            won = refusal.won
            row["won"] = {"fact": won.fact.id, "benefit": won.parts[0].line.benefit.id, "amount": format_yuan(refusal.won_paid)}
            if won.parts[0].line.policy is not refusal.line.policy:
                row["won"]["policy"] = won.parts[0].line.policy.id
    return row


def _failure(failure: Failure, fact: Fact, firm: Firm) -> dict[str, Any]:
    tree = failure.condition.tree
    row: dict[str, Any] = {"condition": failure.condition.code}
    if failure.unstated is not None:
        return row | {"unstated": failure.unstated}
    if isinstance(tree, x.First):
        before = _earlier(tree, fact, firm)
        if before is not None:
            return row | {"earlier": before.id}
        tree = tree.condition
    if isinstance(tree, x.Compare):
        compare = tree
        left, right = evaluate(compare.left)(fact, firm), evaluate(compare.right)(fact, firm)
        kind = compare.left.type
        if kind in ("money", "number"):
            value, required = Fraction(left), Fraction(right)
            return row | {"value": _plain(value, kind), "required": _plain(required, kind), "margin": _plain(abs(value - required), kind)}
        return row | {"value": _json(left), "required": _json(right)}
    if isinstance(tree, x.Within):
        return row | {"value": _json(evaluate(tree.item)(fact, firm)), "required": list(tree.values)}
    if isinstance(tree, x.FactField | x.FirmField):
        return row | {"value": False, "required": True}
    return row


def _earlier(condition: x.Expr, fact: Fact, firm: Firm) -> Fact | None:
    """The fact of an earlier year because of which this one is not the first."""
    if not isinstance(condition, x.First):
        return None
    holds = evaluate(condition.condition)
    for other in earlier(fact, firm, series_of(condition.condition)):
        try:
            if holds(other, firm):
                return other
        except Unstated:
            continue
    return None


def _plain(value: Fraction, kind: str) -> str:
    if kind == "money" and value.denominator == 1:
        return format_yuan(int(value))
    return say_number(value / 100 if kind == "money" else value).replace(",", "")


def _json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return say_number(value) if isinstance(value, Fraction) else value


def reason(refusal: Refusal, firm: Firm) -> tuple[Names, Names]:
    """Why nothing is paid, and what would change it, in both languages."""
    kind, line = refusal.reason, refusal.line
    if kind == "term":
        first, last = line.policy.term
        until = (f"至 {last}", f" to {last}") if last < date.max else ("起", " on")
        return (
            Names(f"日期 {refusal.fact.date} 不在有效期内", f"dated {refusal.fact.date}, outside the term"),
            Names(f"须在 {first} {until[0]}", f"dated from {first}{until[1]}"),
        )
    if kind in ("condition", "eligible"):
        return _conditions(refusal, firm)
    if kind == "undecided":
        names = "、".join(refusal.names)
        return (
            Names(
                f"原文未给出 {names},年度决定也还没有给出", f"the text does not give {', '.join(refusal.names)}, and no decision has yet"
            ),
            Names("待年度决定给出后测算", "computed once the year's decisions give it"),
        )
    if kind == "nothing":
        return Names("按规则计算为零", "the rule comes to zero"), Names("—", "—")
    if kind == "received":
        got = say_yuan(refusal.claim.received) if refusal.claim else "0.00"
        return (
            Names(
                f"同一事项已获支持 {got} 元,不再有差额(不重复)",
                f"the same matter has already received {got} yuan; nothing is left (不重复)",
            ),
            Names("无;同一事项只支持一次", "nothing; one matter is supported once"),
        )
    if kind == "once received":
        return (
            Names("一家企业只奖一次,此前已获得", "paid once a firm, and already received"),
            Names("无;一次性奖励", "nothing; a one-off award"),
        )
    if kind == "limit":
        return _limit(refusal)
    return _overlap(refusal)


def _limit(refusal: Refusal) -> tuple[Names, Names]:
    limit = refusal.limit
    amount = say_yuan(limit.limit.amount) if limit else ""  # type: ignore[arg-type]
    return (
        Names(f"上限 {amount} 元已用完", f"the limit of {amount} yuan is used up"),
        Names("同一年度内无;上限按日期先后计入", "nothing within the year; the limit is filled by date"),
    )


def _overlap(refusal: Refusal) -> tuple[Names, Names]:
    won = refusal.won
    own = say_yuan(refusal.worth)
    if won is None:
        return Names(f"可得 {own} 元,但另有更优的申报方式", f"worth {own} yuan, but another way to claim is better"), Names("—", "—")
    other = won.parts[0].line.benefit
    what = Names(f"{won.fact.id} 的“{other.title.zh}”", f"{other.title.en} for {won.fact.id}")
    return (
        Names(
            f"同一事项只支持一次:已由{what.zh}({say_yuan(refusal.won_paid)} 元)申报,此项可得 {own} 元",
            f"one matter is supported once: it serves {what.en} ({say_yuan(refusal.won_paid)} yuan); this would give {own} yuan",
        ),
        Names("改由此项申报,则另一项不再支付", "claim this instead, and the other is not paid"),
    )


def _conditions(refusal: Refusal, firm: Firm) -> tuple[Names, Names]:
    if not refusal.failures:
        name = refusal.names[0] if refusal.names else ""
        return Names(f"没有写明 {name}", f"{name} is not stated"), Names(f"写明 {name}", f"state {name}")
    why, change = [], []
    for failure in refusal.failures:
        words, remedy = _condition(failure, refusal.fact, firm)
        why.append(words)
        change.append(remedy)
    return _joined(why), _joined(change)


def _joined(parts: list[Names]) -> Names:
    return Names(";".join(p.zh for p in parts), "; ".join(p.en for p in parts))


def _condition(failure: Failure, fact: Fact, firm: Firm) -> tuple[Names, Names]:
    condition, need = failure.condition.tree, failure.condition.names
    if failure.unstated is not None:
        name = failure.unstated
        return Names(f"没有写明 {name}(须{need.zh})", f"{name} is not stated ({need.en})"), Names(f"写明 {name}", f"state {name}")
    before = _earlier(condition, fact, firm)
    if before is not None:
        return (
            Names(f"不是首次:{before.date.year} 年已达到({before.id})", f"not the first time: reached in {before.date.year} ({before.id})"),
            Names("无;只奖首次", "nothing; only the first time is paid"),
        )
    inner = condition.condition if isinstance(condition, x.First) else condition
    if isinstance(inner, x.Compare) and inner.left.type in ("money", "number"):
        return _margin(inner, fact, firm)
    field = (
        getattr(inner, "field", None)
        or getattr(getattr(inner, "left", None), "field", None)
        or getattr(getattr(inner, "item", None), "field", None)
    )
    if field is not None:
        source = inner if hasattr(inner, "field") else getattr(inner, "left", None) or inner.item  # type: ignore[attr-defined]
        value = evaluate(source)(fact, firm)
        said = Names(say_value(field, value, "zh"), say_value(field, value, "en"))
        names = field.names
        return Names(f"{names.zh}是“{said.zh}”", f"{names.en} is '{said.en}'"), Names(
            f"须{_need(inner, need).zh}", f"needs: {_need(inner, need).en}"
        )
    return Names(f"不满足:{need.zh}", f"does not hold: {need.en}"), Names(f"须{need.zh}", f"needs: {need.en}")


def _need(condition: x.Expr, need: Names) -> Names:
    if isinstance(condition, x.FactField | x.FirmField):
        return Names(f"“{need.zh}”为是", f"{need.en}: yes")
    return need


def _margin(compare: x.Compare, fact: Fact, firm: Firm) -> tuple[Names, Names]:
    value, required = Fraction(evaluate(compare.left)(fact, firm)), Fraction(evaluate(compare.right)(fact, firm))
    money = compare.left.type == "money"
    gap = abs(value - required)

    def shown(number: Fraction, lang: str) -> str:
        if money:
            amount = say_yuan(int(number)) if number.denominator == 1 else say_number(number / 100)
            return f"{amount} 元" if lang == "zh" else f"{amount} yuan"
        return say_number(number)

    below = compare.op in (">", ">=")
    label = both(compare.left)
    if gap == 0:
        zh, en = (
            f"正好等于 {shown(required, 'zh')},须{'高于' if below else '低于'}",
            f"exactly {shown(required, 'en')}; it must be {'above' if below else 'below'}",
        )
    else:
        zh = f"比 {shown(required, 'zh')} {'低' if below else '高'} {shown(gap, 'zh')}"
        en = f"{shown(gap, 'en')} {'below' if below else 'above'} {shown(required, 'en')}"
    more = Names(
        f"{label.zh}再{'增加' if below else '减少'} {shown(gap, 'zh')}" + ("以上" if compare.op in (">", "<") else ""),
        f"{shown(gap, 'en')} {'more' if below else 'less'} of {label.en}" + (", and a little" if compare.op in (">", "<") else ""),
    )
    return Names(f"{label.zh} {shown(value, 'zh')},{zh}", f"{label.en} {shown(value, 'en')}: {en}"), more
