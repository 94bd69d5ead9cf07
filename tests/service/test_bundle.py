"""The whole case as one ZIP: papers, data, evidence and checksums; what is inside stays inside."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pypdf import PdfReader

from chaoce.service.calls.models import Call, Guide
from chaoce.service.cases import steps
from chaoce.service.cases.amounts import digest
from chaoce.service.cases.models import Assessed, Case
from chaoce.service.documents.models import Upload
from chaoce.service.documents.store import path_of, write
from chaoce.service.facts.record import add_facts
from chaoce.service.papers.bundle import SUMS, build
from chaoce.service.people.models import Membership
from service.kit import FORM, client_of, in_days, make_call, make_department, make_firm, make_member, make_town, purchase, submitted

pytestmark = pytest.mark.django_db

#: Files as firms hand them in: the same name twice, in other letters' case, of another firm's folder.
FILES = [
    ("采购合同.pdf", b"%PDF-1.7 contract"),
    ("采购合同.pdf", b"%PDF-1.7 another"),
    ("INVOICE.xml", b"<a/>"),
    ("invoice.XML", b"<b/>"),
    ("../../etc/passwd", b"not it"),
    ("a:b|c\n?.txt", b"signs"),
]


@pytest.fixture
def full() -> tuple[Case, dict[str, Membership]]:
    """A decided case with evidence, remarks of both kinds, a visit and an opinion; and the people in it."""
    lead, office, town = make_department(), make_member("office"), make_town()
    window = {"opens_at": in_days(-1), "closes_at": in_days(30), "published_at": in_days(-1)}
    benefits = [["haining-ai-2026", "compute-purchase"]]
    call = Call.objects.create(year=2026, zh="算力补贴", benefits=benefits, lead=lead, created_by=office.user, **window)
    call.joint.add(make_department("市财政局"))
    evidence = [{"code": "contract", "zh": "采购合同", "en": "Contract", "required": True, "benefit": ""}]
    Guide.objects.create(call=call, version=1, evidence=evidence, published_at=in_days(-1), published_by=office.user)
    firm = make_firm(town=town)
    people = {
        "owner": make_member("firm_owner", firm=firm),
        "lead": make_member("reviewer", department=lead),
        "joint": make_member("reviewer", department=call.joint.get()),
        "head": make_member("head", department=lead),
        "town": make_member("town", town=town),
        "expert": make_member("expert"),
        "auditor": make_member("auditor"),
    }
    owner, reviewer, joint = people["owner"], people["lead"], people["joint"]
    add_facts(firm, [purchase()], "import", owner.user)
    case = steps.open_draft(firm, call, owner)
    for name, content in FILES:
        stored = write([content])
        Upload.objects.create(
            firm=firm, case=case, evidence="contract", name=name, size=stored.size, sha256=stored.sha256, state="attached",
            uploaded_by=owner.user,
        )  # fmt: skip
    case = steps.save_form(case, owner, case.version, FORM)
    case = steps.submit(case, owner, case.version)
    case = steps.send_back(case, reviewer, case.version, [{"text": "补正一"}], timezone.localdate() + timedelta(days=5))
    case = steps.resubmit(case, owner, case.version, ["答复一"])
    case = steps.accept(case, reviewer, case.version)

    def now() -> int:
        return Case.objects.get(pk=case.pk).version

    steps.remark(case, joint, now(), "内部机密留言", inside=True)
    steps.remark(case, reviewer, now(), "请补充说明", inside=False)
    steps.report_visit(case, people["town"], now(), timezone.localdate(), "现场机密情况", True, True)
    steps.ask_expert(case, reviewer, now(), people["expert"].user, "专家机密问题")
    steps.answer_as_expert(case, people["expert"], now(), "专家机密答复", False)
    case = Case.objects.get(pk=case.pk)
    case = steps.give_verdict(case, joint, case.version, "objects", "意见机密内容")
    case = steps.lower(case, joint, case.version, case.lines.get().pk, 100_000, "核减理由")
    case = steps.give_verdict(case, reviewer, case.version, "agrees", "")
    case = steps.close_review(case, reviewer, case.version)
    case = steps.decide(case, people["head"], case.version, {case.lines.get().pk: (100_000, "核定理由")})
    return case, people


def opened(case: Case, member: Membership) -> zipfile.ZipFile:
    """The ZIP of a case for somebody."""
    return zipfile.ZipFile(io.BytesIO(build(case, member).read()))


def _text(name: str, content: bytes) -> str:
    """What somebody reads in a file, in a PDF as well."""
    if name.endswith(".pdf") and "/evidence/" not in name:
        return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))
    return content.decode("utf-8", "replace")


def data_of(archive: zipfile.ZipFile) -> dict:
    """Its case.json."""
    return json.loads(archive.read(next(name for name in archive.namelist() if name.endswith("/case.json"))))


def test_everything_is_in_it_and_the_checksums_hold(full, tmp_path: Path):
    """“PDF, JSON, evidence, checksums”: all unpacks into one folder, and `sha256sum -c` finds every file as it should be."""
    case, people = full
    archive = opened(case, people["owner"])
    assert archive.testzip() is None
    archive.extractall(tmp_path / "out")
    folder = tmp_path / "out" / case.number
    assert [path.name for path in (tmp_path / "out").iterdir()] == [case.number]
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == {
        "申报表.pdf", "受理回执.pdf", "补正通知书-1.pdf", "核定结果通知书.pdf", "case.json", "facts.json", SUMS, "evidence/采购合同.pdf",
        "evidence/采购合同 (2).pdf", "evidence/INVOICE.xml", "evidence/invoice (2).XML", "evidence/passwd", "evidence/abc.txt",
    }  # fmt: skip
    done = subprocess.run(["sha256sum", "-c", "--strict", SUMS], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(names) - 1
    for row in data_of(archive)["files"]:
        assert hashlib.sha256((folder / row["path"]).read_bytes()).hexdigest() == row["sha256"] and row["sound"] is True


def test_the_same_case_gives_the_same_zip(full):
    """“Deterministic (fixed times)”: the same bytes each time, whenever it is made."""
    case, people = full
    first = build(case, people["owner"]).read()
    assert build(Case.objects.get(pk=case.pk), people["owner"]).read() == first
    archive = zipfile.ZipFile(io.BytesIO(first))
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_firms_zip_has_nothing_from_inside(full):
    """“Staff bundle contains inside notes, the firm's never does”: no inside word, no finding, no name of a person of the city."""
    case, people = full
    archive = opened(case, people["owner"])
    everything = "\n".join(_text(name, archive.read(name)) for name in archive.namelist())
    for secret in ("内部机密留言", "现场机密情况", "专家机密问题", "专家机密答复", "意见机密内容"):
        assert secret not in everything, secret
    for name in ("lead", "joint", "head", "town", "expert"):
        own = people[name].user
        assert not any(word in everything for word in (own.name, own.name.replace(" ", ""), own.email)), name
    data = data_of(archive)
    assert not {"reviews", "visits", "opinions", "checks"} & data.keys()
    assert not any(event["inside"] for event in data["events"]) and not any(remark["inside"] for remark in data["remarks"])
    assert all("lowered" not in line for line in data["lines"])
    assert data["lines"][0]["granted"] == "1000.00" and data["lines"][0]["granted_why"] == "核定理由"
    assert [remark["text"] for remark in data["remarks"]] == ["请补充说明"]


def test_the_departments_zip_has_all_of_it(full):
    """Who reviews and who audits gets the inside notes, the findings, the verdicts and who gave them."""
    case, people = full
    for name in ("lead", "joint", "head", "auditor"):
        data = data_of(opened(case, people[name]))
        text = json.dumps(data, ensure_ascii=False)
        for word in ("内部机密留言", "现场机密情况", "专家机密问题", "专家机密答复", "意见机密内容", people["joint"].user.name):
            assert word in text, (name, word)
        assert data["lines"][0]["lowered"] == "1000.00"
        assert {review["department"] for review in data["reviews"]} == {"市经信局", "市财政局"}
        assert data["checks"]


def test_towns_and_experts_see_the_case_but_not_the_inside(full):
    """An expert judges without knowing what the departments found; a town sees its own visit and no more of the inside."""
    case, people = full
    for name in ("town", "expert"):
        data = data_of(opened(case, people[name]))
        assert "内部机密留言" not in json.dumps(data, ensure_ascii=False) and "reviews" not in data
    kinds = [event["kind"] for event in data_of(opened(case, people["town"]))["events"] if event["inside"]]
    assert kinds == ["visit"]


def test_the_data_say_every_state_and_what_was_pinned(full):
    """“case.json: facts file, answer, explanation, all states”: the digest of what was pinned can be computed from it again."""
    case, people = full
    data = data_of(opened(case, people["owner"]))
    assert [row["state"] for row in data["states"]] == [
        "draft", "submitted", "correction", "submitted", "review", "reviewed", "decided",
    ]  # fmt: skip
    assert (data["number"], data["state"], data["outcome"]) == (case.number, "decided", "partly")
    assert data["corrections"][0]["points"][0]["answer"] == "答复一"
    for row, kept in zip(data["assessed"], case.assessed.order_by("at", "id"), strict=True):
        again = Assessed(
            **{name: row[name] for name in ("year", "policies", "engine", "decisions", "claims", "basis")},
            **{
                name: json.dumps(row[name], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
                for name in ("facts", "answer", "explanation")
            },
        )
        assert digest(again) == row["sha256"] == kept.sha256


def test_the_facts_in_it_assess_to_the_same_amount(full, tmp_path: Path):
    """The facts file of the ZIP goes into the command line as it is, and comes to the amount of the decision."""
    from chaoce import assess
    from chaoce.service.plan.sessions import policies

    case, people = full
    archive = opened(case, people["owner"])
    facts = json.loads(archive.read(f"{case.number}/facts.json"))
    pinned = data_of(archive)["assessed"][-1]
    answer = assess(facts, list(policies()), pinned["year"])
    assert f"{answer.total // 100}.{answer.total % 100:02d}" == pinned["answer"]["total"] == "410000.00"
    assert facts == pinned["facts"]


def test_evidence_that_is_gone_or_changed_is_said_to_be_so(full):
    """A file whose bytes are no longer there does not break the ZIP, and is not passed over in silence."""
    case, people = full
    gone, changed = FILES[0][1], FILES[2][1]
    path_of(hashlib.sha256(gone).hexdigest()).unlink()
    path = path_of(hashlib.sha256(changed).hexdigest())
    path.chmod(0o640)
    path.write_bytes(b"<!!!!/>")
    archive = opened(case, people["auditor"])
    sound = {row["name"] + row["sha256"]: (row["path"], row["sound"]) for row in data_of(archive)["files"]}
    assert sound[FILES[0][0] + hashlib.sha256(gone).hexdigest()] == (None, False)
    assert sound[FILES[2][0] + hashlib.sha256(changed).hexdigest()][1] is False
    assert sum(ok for _path, ok in sound.values()) == len(FILES) - 2
    assert archive.testzip() is None


def test_a_draft_has_a_zip_too():
    """A firm may take its draft along: its form and its files, no receipt; nobody else can."""
    owner = make_member("firm_owner")
    add_facts(owner.firm, [purchase()], "import", owner.user)
    call = make_call()
    draft = steps.open_draft(owner.firm, call, owner)
    archive = opened(draft, owner)
    assert sorted(archive.namelist()) == [f"draft-{draft.pk}/{name}" for name in (SUMS, "case.json", "申报表.pdf")]
    lead = make_member("reviewer", department=call.lead)
    assert client_of(lead).get(f"/papers/{draft.pk}/case.zip").status_code == 404


def test_the_zip_over_the_wire_is_cut_to_who_asks(full):
    """The page gives each what is theirs: the same address, the firm's ZIP without and the department's with the inside."""
    case, people = full
    firm = client_of(people["owner"]).get(f"/papers/{case.pk}/case.zip")
    staff = client_of(people["lead"]).get(f"/papers/{case.pk}/case.zip")
    assert firm["Content-Type"] == staff["Content-Type"] == "application/zip"
    ours = zipfile.ZipFile(io.BytesIO(b"".join(firm.streaming_content)))
    theirs = zipfile.ZipFile(io.BytesIO(b"".join(staff.streaming_content)))
    assert "内部机密留言" not in ours.read(f"{case.number}/case.json").decode()
    assert "内部机密留言" in theirs.read(f"{case.number}/case.json").decode()


def test_a_case_opened_again_keeps_what_was_decided_before(full):
    """After re-opening, what was pinned at the first decision is still in the ZIP, and the states go on."""
    case, people = full
    case = steps.reopen(case, people["head"], case.version, "计算有误")
    data = data_of(opened(case, people["auditor"]))
    assert [row["purpose"] for row in data["assessed"]] == ["submitted", "submitted", "decided"]
    assert data["states"][-1]["state"] == "review" and data["outcome"] is None
    other, owner = submitted(make_call())
    assert data_of(opened(other, owner))["number"] != data["number"]
