"""What a benefit says of itself, whatever the firm: its sentence, its rule in words, its limits, who leads, what to know."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from chaoce.assessment.claims import Line
from chaoce.marked import Names
from chaoce.money import say_rate
from chaoce.policy.model import Policy
from chaoce.rules.words import chinese_punctuation, say_limit, say_pay, say_pool

_described: WeakKeyDictionary[Line, dict[str, Any]] = WeakKeyDictionary()


def describe(line: Line) -> dict[str, Any]:
    """The part of an explanation that is the same for every firm; made once for a line."""
    row = _described.get(line)
    if row is None:
        row = _described[line] = punctuated(_describe(line))
    return row


def _describe(line: Line) -> dict[str, Any]:
    benefit, policy = line.benefit, line.policy
    limits = [*benefit.limits, *(limit for limit in policy.limits if benefit.id in limit.over)]
    return {
        "id": benefit.id,
        "policy": policy.id,
        "clause": benefit.clause,
        "title": benefit.title,
        "sentence": benefit.sentence,
        "translation": benefit.translation,
        "quotes": list(benefit.quotes),
        "restated": policy.restated,
        "rule": _with_names(Names(say_pay(benefit.pays, "zh"), say_pay(benefit.pays, "en")), policy),
        "limits": [Names(say_limit(limit, "zh"), say_limit(limit, "en")) for limit in limits],
        "lead": _department(policy, benefit.lead),
        "joint": [_department(policy, name) for name in benefit.joint],
        "settled": benefit.decided,
        "ceiling": line.ceiling,
        "status": _status(line),
        "notes": _notes(line),
    }


def _status(line: Line) -> Names:
    """Whether an amount is a ceiling of the text, settled by the year's decisions, or promised as it stands."""
    if line.ceiling:
        return Names("上限,待核定", "ceiling, not yet decided")
    return (
        Names("已按年度决定核定", "decided for the year")
        if line.benefit.decided
        else (Names("按转述", "as the restatement gives it") if line.policy.restated else Names("按原文", "as the text gives it"))
    )


def _department(policy: Policy, name: str) -> Names:
    return Names(name, policy.in_english(name))


def with_units(line: Names, policy: Policy) -> Names:
    """Units of the text (件, 个) in English where the policy says what they are called."""
    if "each " in line.en:
        for word in policy.english:
            line = Names(line.zh, line.en.replace(f"each {word}", f"each {policy.in_english(word)}"))
    return line


def _with_names(line: Names, policy: Policy) -> Names:
    """What is to be decided, by the names that the policy gives it, and its units."""
    for word, names in policy.to_decide.items():
        line = Names(line.zh.replace(word, names.zh), line.en.replace(word, names.en))
    return with_units(line, policy)


def punctuated(value: Any) -> Any:
    """The same with the punctuation of Chinese in all that is said here; what is quoted is text and stays as it is."""
    if isinstance(value, Names):
        return Names(chinese_punctuation(value.zh), value.en)
    if isinstance(value, dict):
        return {key: punctuated(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [punctuated(entry) for entry in value]
    return value


def _notes(line: Line) -> list[Names]:
    benefit = line.benefit
    notes: list[Names] = []
    if benefit.text_pays is not None:
        zh, en = say_pay(benefit.text_pays, "zh"), say_pay(benefit.text_pays, "en")
        notes.append(_with_names(Names(f"原文:{zh}", f"the text: {en}"), line.policy))
    source = benefit.standard_of
    if source is not None:
        zh = f"标准取自 {source.policy} 的“{source.title.zh}”" + (",其比例原文为上限,按上限计" if source.ceiling else "")
        en = f"the standard is that of {source.policy}: {source.title.en}" + (
            ", whose rates are ceilings, taken in full" if source.ceiling else ""
        )
        if source.restated:
            zh, en = zh + ";该政策文本为转述", en + "; the text of that policy is a restatement"
        notes.append(Names(zh, en))
    if benefit.quota is not None:
        quota = f"{benefit.quota.count} {benefit.quota.unit}"
        notes.append(
            Names(
                f"全市每年不超过 {quota};此处为名额之前的金额",
                f"at most {benefit.quota.count} a year in the whole city; this is the amount before that quota",
            )
        )
    pools = [benefit.pool] if benefit.pool is not None else []
    pools += [pool for pool in line.policy.pools if benefit.id in pool.over]
    notes.extend(
        Names(f"{say_pool(pool, 'zh')};此处为总额之前的金额", f"{say_pool(pool, 'en')}; this is the amount before it") for pool in pools
    )
    if benefit.review is not None:
        notes.append(Names(f"由审核判断:{benefit.review.zh}", f"left to the review: {benefit.review.en}"))
    if benefit.schedule:
        shares = " / ".join(say_rate(share) for share in benefit.schedule)
        notes.append(Names(f"分期支付:{shares}", f"paid in instalments: {shares}"))
    return notes
