"""A refusal in particulars: the condition that failed with its margin, or the claim that won, and what would change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chaoce.assessment.claims import Claim, Refusal
from chaoce.assessment.miss import Miss, look_into, to_json, to_words
from chaoce.facts.firm import Firm
from chaoce.facts.types import Field
from chaoce.marked import Names
from chaoce.money import format_yuan, say_yuan

Reason = tuple[Names, Names]
_NOTHING = Names("—", "—")


def misses(refusal: Refusal, firm: Firm) -> list[Miss]:
    """What each failing condition found."""
    return [look_into(failure, refusal.fact, firm) for failure in refusal.failures]


def particulars(refusal: Refusal, firm: Firm) -> dict[str, Any]:
    """The refusal as JSON: fact, benefit, reason, and what the reason says. Money is yuan."""
    row = {"fact": refusal.fact.id, "benefit": refusal.line.benefit.id, "reason": refusal.reason}
    return row | _PARTICULARS.get(refusal.reason, lambda *_: {})(refusal, firm)


def _term_particulars(refusal: Refusal, firm: Firm) -> dict[str, Any]:
    first, last = refusal.line.policy.term[0], refusal.line.policy.ends
    return {"date": refusal.fact.date.isoformat(), "from": first.isoformat(), "to": last.isoformat() if last else None}


def _condition_particulars(refusal: Refusal, firm: Firm) -> dict[str, Any]:
    if not refusal.failures:
        return {"unstated": refusal.names[0]}
    first, *further = [to_json(miss) for miss in misses(refusal, firm)]
    return first | ({"also": further} if further else {})


def _received_particulars(refusal: Refusal, firm: Firm) -> dict[str, Any]:
    return {"received": format_yuan(refusal.claim.received)} if refusal.claim is not None else {}


def _limit_particulars(refusal: Refusal, firm: Firm) -> dict[str, Any]:
    cap = refusal.limit
    return {"limit": format_yuan(cap.limit.amount)} if cap is not None else {}


def _overlap_particulars(refusal: Refusal, firm: Firm) -> dict[str, Any]:
    row: dict[str, Any] = {"amount": format_yuan(refusal.worth)}
    if refusal.won is not None:
        line = refusal.won.parts[0].line
        row["won"] = {"fact": refusal.won.fact.id, "benefit": line.benefit.id, "amount": format_yuan(refusal.won_paid)}
        if line.policy is not refusal.line.policy:
            row["won"]["policy"] = line.policy.id
    return row


_PARTICULARS: Mapping[str, Callable[[Refusal, Firm], dict[str, Any]]] = {
    "term": _term_particulars,
    "condition": _condition_particulars,
    "eligible": _condition_particulars,
    "undecided": lambda refusal, firm: {"needs": list(refusal.names)},
    "base": lambda refusal, firm: {"base": list(refusal.names)},
    "received": _received_particulars,
    "limit": _limit_particulars,
    "overlap": _overlap_particulars,
}


def reason(refusal: Refusal, firm: Firm) -> Reason:
    """Why nothing is paid, and what would change it, in both languages."""
    return _REASONS[refusal.reason](refusal, firm)


def titles(claim: Claim) -> Names:
    """The benefits of a claim by name: one, or several that are paid beside each other."""
    names = [part.line.benefit.title for part in claim.parts]
    return Names("、".join(name.zh for name in names), ", ".join(name.en for name in names))


def _term(refusal: Refusal, firm: Firm) -> Reason:
    first, last = refusal.line.policy.term[0], refusal.line.policy.ends
    until = (f"至 {last}", f" to {last}") if last else ("起", " on")
    return (
        Names(f"日期 {refusal.fact.date} 不在有效期内", f"dated {refusal.fact.date}, outside the term"),
        Names(f"须在 {first} {until[0]}", f"dated from {first}{until[1]}"),
    )


def _conditions(refusal: Refusal, firm: Firm) -> Reason:
    types = refusal.line.policy.types
    fields: dict[str, Field] = {f"firm.{name}": field for name, field in types.firm.items()}
    fields |= types.types[refusal.fact.type].fields
    if not refusal.failures:
        name = refusal.names[0]
        named = fields[name].names if name in fields else Names(name, name)
        return Names(f"没有写明“{named.zh}”", f"'{named.en}' is not stated"), Names(f"写明“{named.zh}”", f"state '{named.en}'")
    said = [to_words(miss, fields) for miss in misses(refusal, firm)]
    why, change = _joined([why for why, _ in said]), _joined([change for _, change in said])
    general = refusal.line.policy.eligible_words if refusal.reason == "eligible" else None
    return why if general is None else Names(f"{general.zh}:{why.zh}", f"{general.en}: {why.en}"), change


def _joined(parts: list[Names]) -> Names:
    return Names(";".join(part.zh for part in parts), "; ".join(part.en for part in parts))


def _undecided(refusal: Refusal, firm: Firm) -> Reason:
    names = [refusal.line.policy.name_of(name) for name in refusal.names]
    zh, en = "、".join(name.zh for name in names), ", ".join(name.en for name in names)
    return (
        Names(f"原文未给出 {zh},年度决定也还没有给出", f"the text does not give {en}, and no decision has yet"),
        Names("待年度决定给出后测算", "computed once the year's decisions give it"),
    )


def _base(refusal: Refusal, firm: Firm) -> Reason:
    titles = [refusal.line.policy.benefit(name).title for name in refusal.names]
    zh, en = "、".join(title.zh for title in titles), ", ".join(title.en for title in titles)
    return (
        Names(f"在“{zh}”的基础上支付,而该项既未申报也未曾获得", f"paid on top of {en}, which is neither claimed nor received"),
        Names(f"一并申报“{zh}”", f"claim {en} with it"),
    )


def _received(refusal: Refusal, firm: Firm) -> Reason:
    got = say_yuan(refusal.claim.received) if refusal.claim is not None else ""
    return (
        Names(f"同一事项已获支持 {got} 元,不再有差额(不重复)", f"the same matter has already received {got} yuan; nothing is left of it"),
        Names("无;同一事项只支持一次", "nothing; one matter is supported once"),
    )


def _once(refusal: Refusal, firm: Firm) -> Reason:
    if refusal.won is None:
        return (
            Names("一家企业只奖一次,此前已获得", "paid once a firm, and already received"),
            Names("无;一次性奖励", "nothing; a one-off award"),
        )
    own = refusal.won.fact.id
    return (
        Names(f"此项只支付一次,已用于 {own}", f"paid once, and already for {own}"),
        Names("无;只支付一次", "nothing; it is paid once"),
    )


def _limit(refusal: Refusal, firm: Firm) -> Reason:
    if refusal.limit is None:
        return (
            Names("上限已由同一事项的其他项或其他事实用满", "its limits are filled by what else is paid for the matter, or by other facts"),
            Names("无", "nothing"),
        )
    amount = say_yuan(refusal.limit.limit.amount)
    return (
        Names(f"上限 {amount} 元已用完", f"the limit of {amount} yuan is used up"),
        Names("无;上限按日期先后计入", "nothing; the limit is filled by date"),
    )


def _overlap(refusal: Refusal, firm: Firm) -> Reason:
    own = say_yuan(refusal.worth)
    if refusal.won is None:
        return Names(f"可得 {own} 元,但另有更优的申报方式", f"worth {own} yuan, but another way to claim is better"), _NOTHING
    paid, other = say_yuan(refusal.won_paid), titles(refusal.won)
    return (
        Names(
            f"同一事项只支持一次:已由 {refusal.won.fact.id} 的“{other.zh}”({paid} 元)申报,此项可得 {own} 元",
            f"one matter is supported once: it serves {other.en} for {refusal.won.fact.id} ({paid} yuan); this would give {own} yuan",
        ),
        Names("改由此项申报,则另一项不再支付", "claim this instead, and the other is not paid"),
    )


_REASONS: Mapping[str, Callable[[Refusal, Firm], Reason]] = {
    "term": _term,
    "condition": _conditions,
    "eligible": _conditions,
    "undecided": _undecided,
    "base": _base,
    "nothing": lambda refusal, firm: (Names("按规则计算为零", "the rule comes to zero"), _NOTHING),
    "received": _received,
    "once": _once,
    "limit": _limit,
    "overlap": _overlap,
}
