"""A call drafted from the rules: who leads and who joins, what proves each fact, which procedure rules begin switched on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from chaoce.facts.types import FactType
from chaoce.policy.model import Policy
from chaoce.rules.tree import Benefit
from chaoce.service.calls.procedure import RULES
from chaoce.service.people.models import Department
from chaoce.service.plan.sessions import policy_of

Pair = tuple[str, str]

#: Sources that prove a title or a certificate by themselves: the official list says it.
_LISTED = ["list"]


def departments_of(pairs: Iterable[Pair]) -> tuple[list[str], list[str]]:
    """The departments that lead and that join by the text, in its order; a benefit whose text names none adds none."""
    leads: dict[str, None] = {}
    joint: dict[str, None] = {}
    for policy, name in pairs:
        benefit = policy_of(policy).benefit(name)
        if benefit.lead:
            leads[benefit.lead] = None
        joint.update(dict.fromkeys(benefit.joint))
    return list(leads), [name for name in joint if name not in leads]


def departments(names: Sequence[str]) -> list[Department]:
    """The rows of departments by their names in the text."""
    found = {department.zh: department for department in Department.objects.filter(zh__in=names)}
    return [found[name] for name in names if name in found]


def evidence_of(pairs: Iterable[Pair]) -> list[dict[str, Any]]:
    """The evidence list that the rules of these benefits call for, as items of a guide.

    It follows from what the rule reads: a sum that was paid wants its proof of payment and its contract (the invoice is a fact
    already), a title or a certificate its document unless an official list says it, any other sum or flag its proof.
    """
    items: dict[tuple[str, str], dict[str, Any]] = {}
    for policy_id, name in pairs:
        policy = policy_of(policy_id)
        benefit = policy.benefit(name)
        for item in _items(policy, benefit, policy.types.types[benefit.on]):
            items.setdefault((item["code"], item["benefit"]), item)
    return list(items.values())


def _items(policy: Policy, benefit: Benefit, kind: FactType) -> Iterable[dict[str, Any]]:
    title = benefit.title
    paid = kind.fields.get("paid")
    if paid is not None and paid.kind == "money":
        yield _item(benefit, "payment", f"{title.zh}：付款凭证（银行回单）", f"{title.en}: proof of payment (bank receipt)")
        yield _item(benefit, "contract", f"{title.zh}：合同或协议", f"{title.en}: contract or agreement")
        return
    if kind.by is not None:
        yield _item(benefit, "document", f"{title.zh}：认定文件或证书", f"{title.en}: the document or certificate that grants it", _LISTED)
        return
    money = [field for field in kind.fields.values() if field.kind == "money" and field.required]
    flags = [field for field in kind.fields.values() if field.kind == "flag" and field.required]
    for field in (*money, *flags):
        zh, en = f"{title.zh}：{field.names.zh}的证明材料", f"{title.en}: proof of “{field.names.en}”"
        yield _item(benefit, field.name, zh, en, _LISTED if field.kind == "flag" else [])
    if not money and not flags:
        yield _item(benefit, "document", f"{title.zh}：{kind.names.zh}", f"{title.en}: {kind.names.en}", _LISTED)


def _item(benefit: Benefit, code: str, zh: str, en: str, unless: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "code": f"{benefit.id}.{code}",
        "zh": zh,
        "en": en,
        "required": True,
        "benefit": benefit.id,
        "unless": list(unless),
    }


def rules_to_begin_with() -> dict[str, dict[str, Any]]:
    """Every procedure rule, switched off, with the catalogue's parameters: a switch needs its source before it is on."""
    return {code: {"on": False, "source": "", **{param.name: param.default for param in rule.params}} for code, rule in RULES.items()}
