"""Papers: what they say, in Chinese, the same bytes for the same case, and nothing that people wrote read as typst."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from django.utils import timezone
from pypdf import PdfReader

from chaoce.service.calls.models import Call, Guide
from chaoce.service.cases import amounts, checks, steps
from chaoce.service.cases.models import Assessed, Case
from chaoce.service.documents.models import Upload
from chaoce.service.facts.record import add_facts, add_received
from chaoce.service.papers import content, fonts, setting
from chaoce.service.papers.capitals import in_capitals
from chaoce.service.papers.content import NotYet
from chaoce.service.papers.setting import TEMPLATES, set_paper, templates
from chaoce.service.papers.shelf import papers, pdf
from service.browsing import assert_sound, needs_browser, other_looks, visit
from service.kit import FORM, client_of, in_days, make_call, make_department, make_firm, make_member, purchase, reviewed, submitted

#: What somebody might call a firm or write in a form, to have it read as typst.
NASTY = [
    '#read("/etc/passwd")',
    "]#",
    '#image("paper.typ")',
    "#{ panic() }",
    '#sys.inputs.data ] } " \\',
    "$ x^2 $ *b* _i_ `c` <l> @r = - + / //",
    '#eval("1+1")',
    '#import "paper.typ": *',
    "{{ 7*7 }} {% load x %}",
]


def text_of(paper: bytes) -> str:
    """The text of a PDF without the breaks of its lines."""
    return re.sub(r"[\s\u200b\ufeff]+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages))


def bare(text: str) -> str:
    """A text as `text_of` gives it."""
    return re.sub(r"\s+", "", text)


def with_evidence(firm=None, facts=None) -> tuple[Case, object]:
    """A case with a file put to its evidence list, just handed in."""
    lead = make_department()
    office = make_member("office")
    call = Call.objects.create(
        year=2026, zh="2026 年算力补贴申报", benefits=[["haining-ai-2026", "compute-purchase"]], lead=lead,
        opens_at=in_days(-1), closes_at=in_days(30), published_at=in_days(-1), created_by=office.user,
    )  # fmt: skip
    call.joint.add(make_department("市财政局"))
    evidence = [
        {"code": "contract", "zh": "采购合同", "en": "Contract", "required": True, "benefit": ""},
        {"code": "other", "zh": "其他材料", "en": "Other", "required": False, "benefit": ""},
        {"code": "foreign", "zh": "无关材料", "en": "Foreign", "required": True, "benefit": "another-benefit"},
    ]
    Guide.objects.create(call=call, version=1, evidence=evidence, published_at=in_days(-1), published_by=office.user)
    firm = firm or make_firm()
    owner = make_member("firm_owner", firm=firm)
    add_facts(firm, facts or [purchase()], "import", owner.user)
    case = steps.open_draft(firm, call, owner)
    Upload.objects.create(
        firm=firm, case=case, evidence="contract", name="采购合同.pdf", size=123456, sha256="ab" * 32, state="attached",
        uploaded_by=owner.user,
    )  # fmt: skip
    case = steps.save_form(case, owner, case.version, {**FORM, "explanation": "第一行\n第二行"})
    return steps.submit(case, owner, case.version), owner


@pytest.fixture
def full(db):
    """A case with every paper: corrected once, decided in part."""
    case, owner = with_evidence(facts=[purchase(), purchase("p2", "33333.33")])
    lead = make_member("reviewer", department=case.call.lead)
    joint = make_member("reviewer", department=case.call.joint.get())
    head = make_member("head", department=case.call.lead)
    points = [{"text": "发票购买方不是本单位\n请说明", "fact": "p1"}]
    case = steps.send_back(case, lead, case.version, points, timezone.localdate() + timedelta(days=7))
    case = steps.resubmit(case, owner, case.version, ["已说明"])
    case = steps.accept(case, lead, case.version)
    for member in (joint, lead):
        case = steps.give_verdict(case, member, case.version, "agrees", "")
    case = steps.close_review(case, lead, case.version)
    grants = {line.pk: ((line.claimed or 0) // 2, "按预算比例") for line in case.lines.all()}
    case = steps.decide(case, head, case.version, grants, "年度资金有限")
    return case, owner, lead


def test_the_application_form_says_what_is_claimed_and_why(full):
    """“Application form: firm, benefits, the official sentence, the fact, the arithmetic, the amount with 上限, the form, the evidence.”"""
    case, _owner, _lead = full
    said = text_of(pdf(case, "application"))
    explanation = json.loads(case.assessed.filter(purpose="submitted").last().explanation)
    benefit = explanation["benefits"][0]
    for wanted in (
        "2026年算力补贴申报申报表", case.firm.name, case.firm.uscc, f"{case.number}-A2", benefit["sentence"],
        "限额：" + benefit["limits"][0]["zh"], benefit["facts"][0]["steps"][0]["zh"], "410,000.00", "16,666.66", "426,666.66",
        "上限", "第一行第二行", FORM["contact"], FORM["phone"], "采购合同.pdf", "ab" * 32,
        "清单中未提交的材料（非必需）：其他材料", "（盖章）",
        case.assessed.filter(purpose="submitted").last().sha256,
    ):  # fmt: skip
        assert bare(wanted) in said, wanted
    assert "无关材料" not in said and "草稿" not in said


def test_the_receipt_lists_what_was_handed_in(full):
    """“Receipt: number, time, what was handed in with SHA-256s, deadline info.”"""
    case, _owner, _lead = full
    said = text_of(pdf(case, "receipt"))
    handed = case.events.filter(kind="resubmit").get().at
    for wanted in (
        case.number, "采购合同.pdf", "ab" * 32, content.say_time(handed), "第2次提交", "20个工作日",
        content.say_time(case.call.closes_at), "426,666.66", "市经信局", "不构成承诺",
    ):  # fmt: skip
        assert bare(wanted) in said, wanted


def test_the_correction_letter_says_what_to_do_by_when(full):
    """“Correction letter: points, deadline, how to answer”; it stays as it was sent, whatever was answered."""
    case, _owner, lead = full
    asked = case.corrections.get()
    said = text_of(pdf(case, "correction", asked.pk))
    for wanted in (
        "发票购买方",
        "p1",
        content.say_date(asked.deadline),
        "提交补正",
        f"{case.number}-C1",
    ):
        assert bare(wanted) in said, wanted
    assert "已说明" not in said and lead.user.name not in said


def test_the_decision_says_each_amount_and_its_reason(full):
    """“Decision: outcome, per line granted, reasons for lowered ones, the sentence and the arithmetic, whom to ask, what it was computed
    with, pinned.”"""
    case, _owner, _lead = full
    said = text_of(pdf(case, "decision"))
    kept = case.assessed.get(purpose="decided")
    for wanted in (
        "部分予以支持", "205,000.00", "8,333.33", "213,333.33", in_capitals(21333333), "按预算比例",
        "低于测算金额的理由", "年度资金有限", "单家企业年度", kept.sha256,
        kept.engine, *kept.policies.values(), f"{case.number}-D1", "或向牵头单位市经信局询问",
    ):  # fmt: skip
        assert bare(wanted) in said, wanted


@pytest.mark.django_db
def test_a_refused_line_says_why():
    """A line that is due nothing any more stands in the decision with nothing and the engine's reason; a refusal says its own."""
    call = make_call()
    case, owner = submitted(call)
    lead = make_member("reviewer", department=call.lead)
    joint = make_member("reviewer", department=call.joint.get())
    head = make_member("head", department=call.lead)
    case = steps.accept(case, lead, case.version)
    line = case.lines.get()
    add_received(case.firm, line.benefit, line.fact.matters[0], timezone.localdate(), 50_000_000, owner.user, line.policy, 2026)
    checks.run(case, amounts.reckon(case))  # as an imported list does
    for check in case.checks.filter(passed=False, stops=True):
        steps.clear_check(case, lead, Case.objects.get(pk=case.pk).version, check.pk, "已核实")
    case = Case.objects.get(pk=case.pk)
    for member in (joint, lead):
        case = steps.give_verdict(case, member, case.version, "objects", "已获支持")
    case = steps.close_review(case, lead, case.version)
    case = steps.decide(case, head, case.version, {}, "同一事项已获支持")
    data, _at = content.decision(case)
    row = data["benefits"][0]["lines"][0]
    assert (row["computed"], row["granted"]) == ("0.00", "0.00") and row["steps"]
    said = text_of(pdf(case, "decision"))
    assert "不予支持" in said and "理由：同一事项已获支持" in said and "人民币" not in said
    assert bare(row["steps"][0]) in said


@pytest.mark.django_db
def test_a_draft_is_one_and_has_no_other_paper():
    """A draft's form says that it is one and comes to what it would come to now; there is no receipt and no decision yet."""
    owner = make_member("firm_owner")
    add_facts(owner.firm, [purchase()], "import", owner.user)
    draft = steps.open_draft(owner.firm, make_call(), owner)
    assert [paper.kind for paper in papers(draft)] == ["application"]
    data, _at = content.application(draft)
    assert data["draft"] and data["total"] == "410,000.00" and data["benefits"][0]["lines"][0]["claimed"] == "410,000.00"
    said = text_of(pdf(draft, "application"))
    assert "草稿" in said and "未提交" in said and "410,000.00" in said
    for kind in ("receipt", "decision"):
        with pytest.raises(NotYet):
            pdf(draft, kind)


@pytest.mark.django_db
def test_papers_say_what_was_handed_in_while_a_correction_is_written():
    """While the firm writes its correction, the form and the receipt stay those of the last submission."""
    case, owner = with_evidence(facts=[purchase(), purchase("p2", "20000.00")])
    lead = make_member("reviewer", department=case.call.lead)
    before = [pdf(case, "application"), pdf(case, "receipt")]
    case = steps.send_back(case, lead, case.version, [{"text": "?"}], timezone.localdate() + timedelta(days=7))
    case = steps.save_form(case, owner, case.version, {"contact": "别人"})
    case = steps.choose_lines(case, owner, case.version, [("haining-ai-2026", "compute-purchase", "p2")])
    case.attachments.update(removed_at=timezone.now())
    Upload.objects.create(
        firm=case.firm, case=case, evidence="contract", name="new.pdf", size=1, sha256="cd" * 32, state="attached", uploaded_by=owner.user
    )
    case = Case.objects.get(pk=case.pk)
    assert [text_of(pdf(case, kind)) for kind in ("application", "receipt")] == [text_of(paper) for paper in before]
    case = steps.resubmit(case, owner, case.version, ["!"])
    said = text_of(pdf(case, "application"))
    assert "别人" in said and "new.pdf" in said and "410,000.00" not in said and f"{case.number}-A2" in said


@pytest.mark.django_db
def test_an_opened_case_has_no_decision():
    """After re-opening the decision no longer stands, and there is no paper of it."""
    call = make_call()
    case, _owner, _lead = reviewed(call)
    head = make_member("head", department=call.lead)
    case = steps.decide(case, head, case.version, {case.lines.get().pk: (100, "预算")})
    assert papers(case)[-1].kind == "decision"
    case = steps.reopen(case, head, case.version, "错了")
    assert papers(case)[-1].kind == "receipt"
    with pytest.raises(NotYet):
        pdf(case, "decision")


# Nothing is read as typst.


@pytest.mark.django_db
@pytest.mark.parametrize("nasty", NASTY)
def test_what_people_write_is_never_read_as_typst(nasty):
    """“Never by string formatting user text into typst source”: a firm may be called anything, and its papers say just that."""
    firm = make_firm(name=f"海宁{nasty}有限公司"[:120])
    owner = make_member("firm_owner", firm=firm)
    add_facts(firm, [purchase()], "import", owner.user)
    call = make_call()
    case = steps.open_draft(firm, call, owner)
    case = steps.save_form(case, owner, case.version, {**FORM, "contact": nasty, "explanation": f"{nasty}\n{nasty}"})
    case = steps.submit(case, owner, case.version)
    lead = make_member("reviewer", department=call.lead)
    case = steps.send_back(case, lead, case.version, [{"text": nasty, "fact": nasty}], timezone.localdate() + timedelta(days=5))
    for kind, correction in (("application", None), ("receipt", None), ("correction", case.corrections.get().pk)):
        said = text_of(pdf(case, kind, correction))
        assert bare(firm.name) in said, kind
        assert "root:" not in said


def test_the_templates_evaluate_nothing():
    """The templates themselves read no file but their own data, and evaluate no text."""
    assert templates() == ("application", "correction", "decision", "receipt")
    for path in TEMPLATES.glob("*.typ"):
        source = path.read_text("utf-8")
        assert not re.search(r"\b(eval|read|include|plugin|csv|yaml|toml|xml|cbor|image)\s*\(", source), path.name
        assert set(re.findall(r'#import "([^"]+)"', source)) <= {"paper.typ"}


def _plain(**changes) -> dict:
    frame = {
        "number": "HN-2026-000001-C1",
        "case": "HN-2026-000001",
        "call": "算力",
        "year": 2026,
        "firm": "甲",
        "uscc": "9",
        "lead": "市经信局",
        "joint": [],
        "date": "2026年3月1日",
        "iso": "2026-03-01",
        "synthetic": False,
        "draft": False,
        "issuer": "市经信局",
        "submitted": "2026年3月1日",
        "points": [{"text": "补充", "fact": ""}],
        "deadline": "2026年3月10日",
    }
    return {**frame, **changes}


def test_signs_that_no_font_has_are_marked():
    """A rare character that no font has is not left blank: a mark stands for it, and the foot says which it is."""
    at = timezone.now()
    said = text_of(set_paper("correction", _plain(firm="海\U00030edd\U0001f600公司"), at))
    assert "海〓〓公司" in said and "U+30EDD" in said and "U+1F600" in said
    assert "U+" not in text_of(set_paper("correction", _plain(), at))


def test_signs_that_are_not_seen_are_left_out():
    """Control characters, line ends and signs that turn the direction of a text do not reach a paper."""
    said = text_of(set_paper("correction", _plain(firm="甲\x00\x07\u202e\u200b\ufeff\u2066乙\r\n丙"), timezone.now()))
    assert "甲乙丙" in said
    letters = "".join(chr(number) for number in range(0xA0, 0x180) if number != 0xAD)
    assert set_paper("correction", _plain(firm=letters), timezone.now()).startswith(b"%PDF")


def test_long_runs_do_not_leave_the_page():
    """A file name or key of two hundred letters without a space is broken, so that it stays within its column."""
    page = pypdfium2.PdfDocument(set_paper("correction", _plain(firm="x" * 400), timezone.now()))[0]
    text = page.get_textpage()
    letters = [number for number, sign in enumerate(text.get_text_range()) if sign == "x"]
    right = max(text.get_charbox(number)[2] for number in letters)
    assert right <= page.get_width() - 26 / 25.4 * 72 + 1


def test_code_points_of_a_font():
    """What a font has is read from its own table: common characters are there, what typst would refuse is not."""
    have = fonts.covered()
    assert {ord(sign) for sign in "海宁〓（）—“”0aZ%\u00d7《\u2013"} <= have
    assert 0x30EDD not in have and len(have) > 20_000
    with pytest.raises(ValueError, match="cmap"):
        fonts.code_points(b"OTTO\0\0" + b"\0" * 20)


# The same bytes; A4; for the archive.


def test_the_same_case_gives_the_same_bytes(full):
    """“Deterministic: the same case gives the same bytes”: also later, and in another process without the machine's fonts."""
    case, _owner, _lead = full
    for paper in papers(case):
        first = pdf(case, paper.kind, paper.correction)
        assert pdf(Case.objects.get(pk=case.pk), paper.kind, paper.correction) == first
    data, at = content.decision(case)
    program = (
        "import sys, json; from datetime import datetime; import django; from django.conf import settings\n"
        "settings.configure(CHAOCE_FONTS='')\n"
        "from chaoce.service.papers.setting import set_paper\n"
        "kind, at, data = json.load(sys.stdin)\n"
        "sys.stdout.buffer.write(set_paper(kind, data, datetime.fromisoformat(at)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(["decision", at.isoformat(), data]).encode(), capture_output=True, check=True,
        env={"HOME": "/nonexistent", "PATH": "", "FONTCONFIG_FILE": "/nonexistent", "TZ": "America/New_York"},
    )  # fmt: skip
    assert done.stdout == pdf(case, "decision")


def test_papers_are_a4_and_for_the_archive(full, tmp_path: Path):
    """“A4; page numbers; document number”: PDF/A-2a with its title, tagged and in Chinese; every page can be drawn and is not empty."""
    case, _owner, _lead = full
    for paper in papers(case):
        bytes_of = pdf(case, paper.kind, paper.correction)
        reader = PdfReader(io.BytesIO(bytes_of))
        assert reader.metadata.title.endswith(
            f"{case.number}-{paper.kind[0].upper()}{2 if paper.kind in ('application', 'receipt') else 1}"
        )
        catalogue = reader.trailer["/Root"]
        assert catalogue["/Lang"] == "zh-CN" and catalogue["/MarkInfo"]["/Marked"]
        assert b"pdfaid" in bytes_of or b"pdfaid" in catalogue["/Metadata"].get_data()
        document = pypdfium2.PdfDocument(bytes_of)
        for number, page in enumerate(document, 1):
            assert [round(side) for side in page.get_size()] == [595, 842]
            assert f"—{number}—" in bare(page.get_textpage().get_text_range())
            picture = page.render(scale=1).to_pil().convert("L")
            picture.save(tmp_path / f"{paper.kind}-{number}.png")
            assert picture.getextrema()[0] < 60


def test_each_font_is_in_the_paper_and_no_other(full):
    """Every font of a paper is embedded, as an archive asks; none of the machine's is used."""
    case, _owner, _lead = full
    names = set()
    for paper in papers(case):
        for page in PdfReader(io.BytesIO(pdf(case, paper.kind, paper.correction))).pages:
            for font in page["/Resources"]["/Font"].values():
                inner = font.get_object()["/DescendantFonts"][0].get_object()
                assert "/FontDescriptor" in inner
                names.add(re.sub(r"^/[A-Z]{6}\+", "", font.get_object()["/BaseFont"]).partition("-")[0])
    assert names <= {"NotoSerifSC", "NotoSansSC", "DejaVuSansMono"}


@pytest.mark.django_db
def test_a_thousand_lines_and_a_long_list_of_files():
    """A case with very many lines and files is set on as many pages as it takes, with its head on each."""
    facts = [purchase(f"p{number}", "100.00") for number in range(120)]
    case, _owner = with_evidence(facts=facts)
    event = case.events.get(kind="submit")
    assert len(event.particulars["files"]) == 1
    reader = PdfReader(io.BytesIO(pdf(case, "application")))
    assert len(reader.pages) > 5
    assert all(f"{case.number}-A1" in page.extract_text() for page in reader.pages)
    assert "p119" in text_of(pdf(case, "application"))


# Fonts that are not there; fonts of an office's own.


def test_without_fonts_the_page_says_what_to_do(full, monkeypatch):
    """“A clear page message with how to install when no CJK font is found”: not a broken paper, and nothing is lost."""
    case, owner, _lead = full
    monkeypatch.setattr(fonts, "PACKAGE", "no_such_fonts")
    with pytest.raises(fonts.NoFonts, match="no-such-fonts"):
        pdf(case, "receipt")
    for language, words in (("zh-hans", "未安装"), ("en", "not installed")):
        for name in ("receipt.pdf", "case.zip"):
            answer = client_of(owner, language).get(f"/papers/{case.pk}/{name}")
            assert answer.status_code == 503 and words in answer.content.decode() and "pip install" in answer.content.decode()


def test_an_office_sets_papers_in_its_own_fonts(settings, tmp_path: Path, full):
    """A folder named by the office is used ahead of the fonts that come with the program."""
    case, _owner, _lead = full
    before = pdf(case, "receipt")
    settings.CHAOCE_FONTS = str(tmp_path)
    assert pdf(case, "receipt") == before  # an empty folder changes nothing
    assert fonts.fonts().families().count("Noto Serif SC") == 1


def test_fonts_are_read_once():
    """The fonts are read from the disk once a process, however many papers are set."""
    assert fonts.fonts() is fonts.fonts() and fonts.covered() is fonts.covered()
    assert setting.TEMPLATES.is_dir()


# The pages.


def test_papers_are_served_to_who_sees_the_case(full):
    """The firm, its departments and those who read all get the papers; another firm, department or town learns nothing of them."""
    case, owner, lead = full
    urls = [f"/papers/{case.pk}/{name}" for name in ("", "application.pdf", "receipt.pdf", "decision.pdf", "case.zip")]
    urls.append(f"/papers/{case.pk}/correction-{case.corrections.get().pk}.pdf")
    for member in (owner, lead, make_member("auditor"), make_member("finance")):
        client = client_of(member)
        for url in urls:
            answer = client.get(url)
            assert answer.status_code == 200 and answer["X-Content-Type-Options"] == "nosniff", url
    science = make_department("市科技局")
    others = [("firm_owner", None), ("reviewer", science), ("town", None), ("expert", None)]
    strangers = [make_member(role, department=department) for role, department in others]
    for member in strangers:
        client = client_of(member)
        assert {client.get(url).status_code for url in urls} == {404}
    assert {client_of(None).get(url).status_code for url in urls} == {302}
    assert client_of(owner).post(urls[1]).status_code in (403, 405)


def test_a_paper_is_shown_or_taken_along_under_its_name(full):
    """Papers open in the browser, or are saved with `?download`, under a name that says what they are; nothing keeps a copy."""
    case, owner, _lead = full
    client = client_of(owner)
    answer = client.get(f"/papers/{case.pk}/decision.pdf")
    assert answer["Content-Type"] == "application/pdf" and answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"].startswith("inline; filename*=UTF-8''" + case.number)
    assert client.get(f"/papers/{case.pk}/decision.pdf?download")["Content-Disposition"].startswith("attachment; ")
    assert client.get(f"/papers/{case.pk}/case.zip")["Content-Disposition"] == f"attachment; filename*=UTF-8''{case.number}.zip"


@pytest.mark.django_db
def test_a_paper_that_is_not_there_yet_is_a_404():
    """A receipt of a draft, a decision before the decision, a correction letter of another case: not there."""
    case, owner = submitted(make_call())
    other, _other_owner = submitted(make_call())
    lead = make_member("reviewer", department=other.call.lead)
    other = steps.send_back(other, lead, other.version, [{"text": "?"}], timezone.localdate() + timedelta(days=5))
    client = client_of(owner)
    assert client.get(f"/papers/{case.pk}/decision.pdf").status_code == 404
    assert client.get(f"/papers/{case.pk}/correction-{other.corrections.get().pk}.pdf").status_code == 404
    assert client_of(lead).get(f"/papers/{case.pk}/correction-{other.corrections.get().pk}.pdf").status_code == 404
    assert client.get(f"/papers/{other.pk}/receipt.pdf").status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_of_papers_is_in_both_languages(full, language):
    """“Papers are Chinese; pages around complete in English”: each paper is named and explained in the language of the page."""
    case, owner, _lead = full
    page = client_of(owner, language).get(f"/papers/{case.pk}/").content.decode()
    wanted = ("Application form", "Receipt", "Correction letter 1", "Decision", "The whole case")
    if language == "zh-hans":
        assert not any(word in page for word in wanted)
        wanted = (
            "申报表",
            "受理回执",
            "补正通知书 1",
            "核定结果通知书",
            "全部材料",
        )
    assert all(word in page for word in wanted)


# Amounts in capitals.


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角"),
        (105, "壹元零伍分"),
        (1000, "壹拾元整"),
        (100_000_00, "壹拾万元整"),
        (100_010_00, "壹拾万零壹拾元整"),
        (1_0000_0001_00, "壹亿零壹元整"),
        (1_0100_1000_00, "壹亿零壹佰万壹仟元整"),
        (1_0000_1000_00, "壹亿零壹仟元整"),
        (21_333_333, "贰拾壹万叁仟叁佰叁拾叁元叁角叁分"),
        (6_007_014_00, "陆佰万柒仟零壹拾肆元整"),
    ],
)
def test_amounts_in_capitals(fen, said):
    """Amounts in capital numerals as the rules for filling in bills write them."""
    assert in_capitals(fen) == f"人民币{said}"


def test_capitals_have_a_range():
    """What cannot be written so is refused."""
    for fen in (-1, 10**18):
        with pytest.raises(ValueError):
            in_capitals(fen)


def test_what_was_pinned_is_what_stands_in_the_paper(full):
    """“Policies, engine and facts digests pinned”: they are those of the assessment, and change with any of it."""
    case, _owner, _lead = full
    kept = case.assessed.get(purpose=Assessed.Purpose.DECIDED)
    data, _at = content.decision(case)
    digests = {row["what"]: row["sha256"] for row in data["pins"]}
    assert digests["本次测算全部内容"] == kept.sha256
    assert len(set(kept.policies.values())) == 2 and all(re.fullmatch("[0-9a-f]{64}", digest) for digest in kept.policies.values())


@needs_browser
@pytest.mark.django_db(transaction=True)
@other_looks
def test_the_page_is_sound_in_a_browser(live_server, chromium, language, width):
    """“WCAG 2.2 AA, works at 360 px, both languages”: the page of papers, and the one that says what is missing; a paper comes down
    under its name."""
    case, owner = submitted(make_call())
    with visit(chromium, live_server, owner, language, width) as page:
        page.goto(f"{live_server.url}/papers/{case.pk}/")
        assert_sound(page)
        with page.expect_download() as waiting:
            page.locator("a[href$='receipt.pdf?download']").click()
        assert waiting.value.suggested_filename == f"{case.number}-受理回执.pdf"
        assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF")


@needs_browser
@pytest.mark.django_db(transaction=True)
def test_the_page_without_fonts_is_sound(live_server, chromium, monkeypatch):
    """The page that says that the fonts are missing is a page like any other."""
    case, owner = submitted(make_call())
    monkeypatch.setattr(fonts, "PACKAGE", "no_such_fonts")
    with visit(chromium, live_server, owner) as page:
        page.goto(f"{live_server.url}/papers/{case.pk}/receipt.pdf")
        assert_sound(page)
