"""evidence.yaml says what the files cannot; what is wrong in it is said with its line, and nothing is read with it."""

from __future__ import annotations

import pytest
from evidence_kit import COMPUTE, FIRM, YAML, item, paper
from papers import digital_xml

from chaoce.evidence.answers import BadAnswers, parse_answers
from chaoce.evidence.invoice import Party
from chaoce.evidence.reading import read_bytes


def wrong(reader, text: str) -> list[str]:
    with pytest.raises(BadAnswers) as caught:
        parse_answers(text, reader)
    return [finding.say("en") for finding in caught.value.findings]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (YAML.replace('"330481"', '"33"'), "evidence.yaml:5: enterprise.division: '33' is no code of 6 digits"),
        (YAML.replace("  industry: C3962\n", ""), "evidence.yaml:1: enterprise.industry: 'industry' is missing"),
        (YAML + "surplus: 1\n", "evidence.yaml:6: surplus: no key 'surplus' here"),
        (YAML + "tax basis: maybe\n", "evidence.yaml:6: tax basis: no value 'maybe'"),
        (YAML + "lines:\n  - for: {line: 1}\n    type: computing\n", "evidence.yaml:8: lines.type: no fact type 'computing'"),
        (
            YAML + "lines:\n  - for: {line: 1}\n    type: ai_cooperation\n    resource: super\n",
            "evidence.yaml:9: lines.resource: a ai_cooperation has no field 'resource'",
        ),
        (
            YAML + "lines:\n  - for: {line: 1}\n    type: compute_purchase\n    resource: quantum\n    purpose: other\n",
            "evidence.yaml:9: lines.resource: no value 'quantum'",
        ),
        (
            YAML + "lines:\n  - for: {line: 1}\n    type: compute_purchase\n    resource: super\n",
            "evidence.yaml:7: lines.purpose: 'purpose' is missing",
        ),
        (
            YAML + "lines:\n  - for: {line: 1}\n    type: ai_cooperation\n    paid: 5\n",
            "evidence.yaml:9: lines.paid: a ai_cooperation has no field 'paid'",
        ),
        (YAML + "lines:\n  - for: {line: 1}\n", "evidence.yaml:7: lines: 'type' is missing"),
        (YAML + "lines:\n  - for: {number: 1}\n    ignore: yes\n", "evidence.yaml:7: lines.for.number: no key 'number' here"),
        (
            YAML + 'received:\n  - {benefit: b, matter: m, date: 2026-02-30, amount: "1"}\n',
            "evidence.yaml:7: received[1].date: '2026-02-30' is no day",
        ),
        (
            YAML + "received:\n  - {benefit: b, matter: m, date: 2026-02-03, amount: 1.999}\n",
            "evidence.yaml:7: received[1].amount: '1.999' is no amount",
        ),
        ("enterprise: {uscc: [\n", "evidence.yaml:2: is not YAML"),
    ],
)
def test_every_fault_names_its_line(reader, text: str, said: str) -> None:
    assert any(line.startswith(said) for line in wrong(reader, text)), wrong(reader, text)


def test_all_faults_are_said_at_once(reader) -> None:
    text = YAML + "lines:\n  - for: {line: x}\n    ignore: yes\n  - for: {}\n    type: nothing\nreceived:\n  - {benefit: b}\n"
    said = wrong(reader, text)
    assert len(said) >= 3


def test_chinese_words_say_the_same(reader) -> None:
    english = (
        YAML
        + "tax basis: gross\n"
        + COMPUTE
        + '  - for: {item: 路由器}\n    ignore: yes\nreceived:\n  - {benefit: b, matter: m, date: 2026-02-01, amount: "5.00", year: 2026}\n'
    )
    chinese = """企业:
  统一社会信用代码: 91330481MA2TEKT025
  企业名称: 海宁示例智造有限公司
  行业代码: C3962
  注册地区划: "330481"
计税口径: 含税
明细:
  - 符合: {销售方: 91330106MA2TEKT29R}
    类型: 算力购买
    算力种类: 智算
    用途: 模型训练
  - 符合: {项目: 路由器}
    不申报: 是
已获支持:
  - {政策项: b, 事项: m, 日期: 2026-02-01, 金额: "5.00", 年度: 2026}
"""
    one, other = parse_answers(english, reader), parse_answers(chinese, reader)
    assert (one.enterprise, one.basis, one.received) == (other.enterprise, other.basis, other.received)
    assert [(e.criteria, e.type, e.values) for e in one.entries] == [(e.criteria, e.type, e.values) for e in other.entries]


def line_of(entry: str, reader):
    return parse_answers(YAML + f"lines:\n  - for: {entry}\n    ignore: yes\n", reader).entries[0].criteria


@pytest.mark.parametrize(
    ("criteria", "fits"),
    [
        ('{invoice: "26332000000000000001"}', True),
        ('{invoice: "26332000000000000002"}', False),
        ("{line: 1}", True),
        ("{line: [2, 1]}", True),
        ("{line: 2}", False),
        ("{item: 算力}", True),
        ("{item: 存储}", False),
        ('{code: "304"}', True),
        ('{code: "109"}', False),
        ("{seller: 91330106MA2TEKT29R}", True),
        ("{seller: 示例智算}", True),
        ("{seller: 91330106}", False),
        ("{item: 算力, line: 2}", False),
    ],
)
def test_an_entry_fits_where_all_its_criteria_hold(reader, criteria: str, fits: bool) -> None:
    invoice = read_bytes(digital_xml(paper(1, item(code="3040203000000000000"))), "a.xml")
    assert line_of(criteria, reader).fit(invoice, invoice.lines[0]) is fits


def test_a_code_fits_no_line_without_one(reader) -> None:
    invoice = read_bytes(digital_xml(paper()), "a.xml")
    assert not line_of('{code: "3"}', reader).fit(invoice, invoice.lines[0])


def test_a_2019_invoice_is_named_by_number_or_code_and_number(reader) -> None:
    from papers import ofd_2019

    invoice = read_bytes(ofd_2019(paper("10260001", code="033002500111")), "a.ofd")
    for name in ("10260001", "033002500111-10260001"):
        assert line_of(f'{{invoice: "{name}"}}', reader).fit(invoice, invoice.lines[0])


@pytest.mark.parametrize(
    ("basis", "special", "paid"),
    [("default", True, "1000.00"), ("default", False, "1060.00"), ("net", False, "1000.00"), ("gross", True, "1060.00")],
)
def test_what_is_paid_follows_the_tax_basis(folder, basis: str, special: bool, paid: str) -> None:
    """Net of VAT for a special invoice, gross for an ordinary one, unless evidence.yaml says otherwise; both are kept apart."""
    folder.yaml(YAML + f"tax basis: {basis}\n" + COMPUTE).put("a.xml", digital_xml(paper(special=special)))
    (fact,) = folder.read().facts["facts"]
    assert fact["paid"] == paid
    assert (fact["evidence"]["net"], fact["evidence"]["tax"]) == ("1000.00", "60.00")


def test_the_first_entry_that_fits_decides(folder) -> None:
    folder.yaml(YAML + "lines:\n  - for: {line: 1}\n    ignore: yes\n" + COMPUTE.removeprefix("lines:\n"))
    folder.put("a.xml", digital_xml(paper(1, item(), item("5.00", "0.30"))))
    assert folder.paid() == {"26332000000000000001-2": "5.00"}


def test_an_open_line_is_never_guessed(folder) -> None:
    folder.yaml(YAML).put("a.xml", digital_xml(paper()))
    evidence = folder.read()
    assert evidence.facts["facts"] == []
    assert [(q.line.number, q.net) for q in evidence.questions] == [(1, 100000)]
    assert not evidence.complete


def test_parties_are_said_by_name_and_code() -> None:
    assert Party(*FIRM).say() == "海宁示例智造有限公司 91330481MA2TEKT025"
    assert Party().say() == "—"


def test_the_number_of_a_person_is_not_passed_on(folder) -> None:
    """A natural person sells under the number of an identity card: it is valid, and stays in the invoice."""
    folder.yaml(YAML + "lines:\n  - for: {seller: 张三}\n    type: ai_cooperation\n")
    folder.put("a.xml", digital_xml(paper(seller=("11010519491231002X", "张三"))))
    evidence = folder.read()
    assert evidence.complete
    assert evidence.facts["facts"][0]["evidence"]["seller"] == "张三 110105***********X"


def test_yaml_cannot_multiply(reader) -> None:
    """Aliases, with which a few lines become gigabytes, are refused."""
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    assert "quotation marks" in wrong(reader, bomb)[0]
