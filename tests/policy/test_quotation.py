"""The numbers of a Chinese sentence, as the law reads them."""

import hashlib

import pytest

from chaoce import Policy, check
from chaoce.policy.quotation import read_quantities


@pytest.mark.parametrize(
    ("text", "value", "unit", "comparator"),
    [
        ("投入不得低于100万元", "1000000", "元", ">="),
        ("投入不得少于100万元", "1000000", "元", ">="),
        ("投入未超过100万元", "1000000", "元", "<="),
        ("投入不能超过100万元", "1000000", "元", "<="),
        ("比例不得高于20%", "1/5", "%", "<="),
        ("投入超过100万元", "1000000", "元", ">"),
        ("投入突破1亿元", "100000000", "元", ">"),
        ("投入不足100万元", "1000000", "元", "<"),
        ("100万元以上", "1000000", "元", ">="),
        ("100万元以下", "1000000", "元", "<="),
        ("100万元以上(不含本数)", "1000000", "元", ">"),
        ("100万元(不含)以上", "1000000", "元", ">"),
        ("100万元\uff08含\uff09以上", "1000000", "元", ">="),
        ("按投资额的50\uff05给予", "1/2", "%", "="),
        ("按5‰给予补贴", "1/200", "%", "="),
        ("按百分之二十给予补贴", "1/5", "%", "="),
        ("给予三成补贴", "3/10", "%", "="),
        ("给予三分之一补贴", "1/3", "%", "="),
        ("再奖励二十万元", "200000", "元", "="),
        ("奖励一百五十万元", "1500000", "元", "="),
        ("提高2个百分点", "1/50", "点", "+"),
        ("不超过企业投资额\uff0c每家50万元", "500000", "元", "="),
    ],
)
def test_a_number_with_its_unit_and_comparator(text: str, value: str, unit: str, comparator: str) -> None:
    """以上、以下、以内包括本数;超过、不满不包括本数 (Civil Code, article 1259); 不 before a word turns it round."""
    assert [(str(q.value), q.unit, q.comparator) for q in read_quantities(text)] == [(value, unit, comparator)]


@pytest.mark.parametrize("text", ["企业成立三年", "一次性奖励", "第六代移动通信(6)", "一成立即可"])
def test_words_that_are_no_amount(text: str) -> None:
    """A word with a numeral in it is no amount, no rate and no count."""
    assert [q for q in read_quantities(text) if q.unit] == []


@pytest.mark.parametrize(("national", "provincial", "faults"), [("50万", "20万", []), ("20万", "50万", ["check.order"])])
def test_classes_have_the_amounts_in_the_order_of_the_text(tmp_path, national: str, provincial: str, faults: list[str]) -> None:
    """分别: the amounts go to the classes in the order in which the sentence names them."""
    sentence, last = "对国家级、省级的企业分别给予50万元、20万元奖励。", "自2026年1月1日起施行。"
    text = f"标题\n\n一、支持\n\n{sentence}\n\n{last}\n"
    head = f"title: {{zh: 标题, en: title}}\ntext: official\nsha256: {hashlib.sha256(text.encode()).hexdigest()}\npays in: [一]"
    pays = f"{{by: level, pays: {{national: {national}, provincial: {provincial}}}}}"
    rule = f"title: {{zh: 甲, en: a}}\nquote: {sentence[:-1]}\non: title\npays: {pays}"
    blocks = (("标题", "policy p", head), (sentence, "benefit a", rule), (last, "term", f"quote: {last[:-1]}\nfrom: 2026-01-01"))
    for words, kind, body in blocks:
        text = text.replace(words, f"{words}\n```{kind}\n{body}\n```\n", 1)
    (tmp_path / "policy.md").write_text(text, encoding="utf-8")
    levels = "{national: {zh: 国家级, en: national}, provincial: {zh: 省级, en: provincial}}"
    fields = f"level: {{kind: choice, of: {levels}, zh: 级别, en: level}}"
    facts = f"facts:\n  title:\n    name: {{zh: 称号, en: title}}\n    fields:\n      {fields}\n"
    (tmp_path / "facts.yaml").write_text(facts, encoding="utf-8")
    assert [fault.code for fault in check(Policy.load(tmp_path)).faults] == faults
