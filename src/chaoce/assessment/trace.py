"""The arithmetic of an amount step by step, in both languages: a second reader of the rule tree, for the eye.

It ends at the same exact amount as `chaoce.rules.evaluate`; the explanation checks that it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from chaoce.facts.firm import Fact, Firm
from chaoce.marked import Names
from chaoce.money import say_rate
from chaoce.rules import tree as t
from chaoce.rules.evaluate import earlier, evaluate, exact, reached, series_of
from chaoce.rules.settle import add_points
from chaoce.rules.words import say, say_money, say_number

Number = int | Fraction
Steps = list[Names]


def trace(pay: t.Pay, fact: Fact, firm: Firm, benefits: Mapping[str, t.Benefit]) -> tuple[Number, Steps]:
    """The exact amount in fen and the steps that lead to it."""
    return _TRACE[type(pay)](pay, fact, firm, benefits)


def step(frame_zh: str, frame_en: str, **money: Number) -> Names:
    """A step in both languages, its amounts (fen) written out."""
    return Names(
        frame_zh.format(**{key: say_money(value, "zh") for key, value in money.items()}),
        frame_en.format(**{key: say_money(value, "en") for key, value in money.items()}),
    )


def _most(pay: t.Pay) -> tuple[str, str]:
    return ("不高于 ", "at most ") if pay.at_most else ("", "")


def _fixed(pay: t.Fixed, fact: Fact, firm: Firm, benefits: Any) -> tuple[Number, Steps]:
    zh, en = _most(pay)
    return pay.amount, [step(f"定额:{zh}{{a}}", f"fixed: {en}{{a}}", a=pay.amount)]  # type: ignore[arg-type,return-value]


def _rate(pay: t.Rate, fact: Fact, firm: Firm, benefits: Any) -> tuple[Number, Steps]:
    base = evaluate(pay.base)(fact, firm)
    amount = base * pay.rate
    zh, en = _most(pay)
    rate = say_rate(pay.rate)  # type: ignore[arg-type]
    line = step(f"{say(pay.base, 'zh')} {{b}} × {zh}{rate} = {{a}}", f"{say(pay.base, 'en')} {{b}} × {en}{rate} = {{a}}", b=base, a=amount)
    return amount, [line]


def _per_unit(pay: t.PerUnit, fact: Fact, firm: Firm, benefits: Any) -> tuple[Number, Steps]:
    zh, en = _most(pay)
    if pay.count is None:
        return pay.amount, [step(f"每{pay.unit}{zh}{{a}}", f"{en}{{a}} for each {pay.unit}", a=pay.amount)]  # type: ignore[arg-type,return-value]
    count = evaluate(pay.count)(fact, firm)
    amount = count * pay.amount
    many = say_number(count)
    line = step(
        f"每{pay.unit}{zh}{{u}} × {many} = {{a}}",
        f"{en}{{u}} for each {pay.unit} × {many} = {{a}}",
        u=pay.amount,
        a=amount,  # type: ignore[arg-type]
    )
    return amount, [line]


def _progressive(pay: t.Progressive, fact: Fact, firm: Firm, benefits: Any) -> tuple[Number, Steps]:
    value = evaluate(pay.base)(fact, firm)
    steps = [step(f"{say(pay.base, 'zh')} {{v}},分档计算", f"{say(pay.base, 'en')} {{v}}, bracket by bracket", v=value)]
    total: Number = 0
    for place, bracket in enumerate(pay.brackets):
        top = pay.brackets[place + 1].above if place + 1 < len(pay.brackets) else None
        if value <= bracket.above:
            break
        part = (value if top is None else min(value, top)) - bracket.above
        amount = part * bracket.rate
        total += amount
        rate = say_rate(bracket.rate)
        if not bracket.above:
            steps.append(step(f"首档 {{p}} × {rate} = {{a}}", f"first bracket {{p}} × {rate} = {{a}}", p=part, a=amount))
            continue
        steps.append(
            step(
                f"超过 {{f}} 的部分 {{p}} × {rate} = {{a}}",
                f"the part above {{f}}: {{p}} × {rate} = {{a}}",
                f=bracket.above,
                p=part,
                a=amount,
            )
        )
    if len(steps) > 2:
        steps.append(step("合计 {a}", "together {a}", a=total))
    return total, steps


def _ladder(pay: t.Ladder, fact: Fact, firm: Firm, benefits: Any) -> tuple[Number, Steps]:
    count = reached(pay)
    now = count(fact, firm)
    before = max((count(other, firm) for other in earlier(fact, firm, series_of(pay.on))), default=0)
    if now <= before:
        return 0, []
    amount = pay.steps[now - 1].amount
    steps = [step(f"首次达到第 {now} 档:{{a}}", f"step {now} reached for the first time: {{a}}", a=amount)]  # type: ignore[arg-type]
    if pay.difference and before:
        earned = pay.steps[before - 1].amount
        steps.append(step("减去已达到档次的 {e},差额 {d}", "less {e} of the step reached before: {d}", e=earned, d=amount - earned))  # type: ignore[arg-type,operator]
        amount -= earned  # type: ignore[operator,assignment]
    return amount, steps  # type: ignore[return-value]


def _by_class(pay: t.ByClass, fact: Fact, firm: Firm, benefits: Any) -> tuple[Number, Steps]:
    own = evaluate(pay.by)(fact, firm)
    part = dict(zip(pay.classes, pay.pays, strict=True)).get(own)
    if part is None:
        return 0, []
    field = getattr(pay.by, "field", None)
    named = field.choices[own] if field is not None and field.choices else Names(own, own)
    amount, steps = trace(part, fact, firm, benefits)
    return amount, [Names(f"{say(pay.by, 'zh')}:{named.zh}", f"{say(pay.by, 'en')}: {named.en}"), *steps]


def _least_of(pay: t.LeastOf, fact: Fact, firm: Firm, benefits: Any) -> tuple[Number, Steps]:
    traced = [trace(option, fact, firm, benefits) for option in pay.options]
    amount = min(value for value, _ in traced)
    return amount, [*(line for _, steps in traced for line in steps), step("取最小的 {a}", "the least of these: {a}", a=amount)]


def _raised(pay: t.Raised, fact: Fact, firm: Firm, benefits: Any) -> tuple[Number, Steps]:
    if pay.when is not None and not evaluate(pay.when)(fact, firm):
        return trace(pay.pay, fact, firm, benefits)
    if pay.points:
        amount, steps = trace(add_points(pay.pay, pay.by), fact, firm, benefits)
        points = say_rate(pay.by)[:-1]
        return amount, [Names(f"各档比例提高 {points} 个百分点", f"rates raised by {points} percentage points"), *steps]
    base, steps = trace(pay.pay, fact, firm, benefits)
    amount = base * (1 + pay.by)
    rate = say_rate(pay.by)
    return amount, [
        *steps,
        step(f"上浮 {rate}:{{b}} × (1 + {rate}) = {{a}}", f"raised by {rate}: {{b}} × (1 + {rate}) = {{a}}", b=base, a=amount),
    ]


def _uplift(pay: t.Uplift, fact: Fact, firm: Firm, benefits: Mapping[str, t.Benefit]) -> tuple[Number, Steps]:
    under = benefits[pay.benefit]
    plain, _ = trace(under.pays, fact, firm, benefits)
    amount = exact(pay, benefits)(fact, firm)
    rate = say_rate(pay.by)
    zh = f"“{under.title.zh}”{{b}},比例提高 {rate[:-1]} 个百分点,增加 {{a}}" if pay.points else f"“{under.title.zh}”{{b}} × {rate} = {{a}}"
    en = f"{under.title.en}: {{b}}; {rate[:-1]} points more add {{a}}" if pay.points else f"{under.title.en}: {{b}} × {rate} = {{a}}"
    return amount, [step(zh, en, b=plain, a=amount)]


_TRACE: Mapping[type, Callable[[Any, Fact, Firm, Mapping[str, t.Benefit]], tuple[Number, Steps]]] = {
    t.Fixed: _fixed,
    t.Rate: _rate,
    t.PerUnit: _per_unit,
    t.Progressive: _progressive,
    t.Ladder: _ladder,
    t.ByClass: _by_class,
    t.LeastOf: _least_of,
    t.Raised: _raised,
    t.Uplift: _uplift,
}
