"""The numbers of a Chinese sentence, as the law reads them."""

import pytest

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
