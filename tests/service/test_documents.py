"""Files handed in: kept, read in the background, settled into facts, answered, taken back, shown."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.utils import translation
from procrastinate.contrib.django import app

from chaoce.service.cases import steps
from chaoce.service.cases.faults import Refused, Stale
from chaoce.service.documents import lines, picture, removal, settling, statements, store, tasks
from chaoce.service.documents.models import LineAnswer, Upload
from chaoce.service.facts.record import add_facts
from chaoce.service.people.models import Membership
from service.handing import COMPUTE, PNG, digital_xml, hand, item, ofd_2019, ofd_digital, paper, pdf, scan, sheet_of, xlsx
from service.kit import FORM, make_call, make_firm, make_member


@pytest.fixture
def owner(db) -> Membership:
    return make_member("firm_owner")


def facts_of(member: Membership) -> dict[str, str]:
    """The firm's standing facts and what each paid."""
    return {fact.key: fact.raw.get("paid", "") for fact in member.firm.facts.standing()}


# the store


def test_bytes_lie_under_their_digest_and_are_never_written_over(owner):
    """“Keeps bytes under their digest, written atomically, never overwritten.”"""
    upload = store.hand_in(owner, "a.xml", [b"one", b"two"], 6).upload
    path = store.path_of(upload.sha256)
    assert path.read_bytes() == b"onetwo" and path.parent.name == upload.sha256[:2] and not path.stat().st_mode & 0o222
    other = make_member("firm_owner")
    inode = path.stat().st_ino
    store.hand_in(other, "b.xml", [b"onetwo"])
    assert path.stat().st_ino == inode and not list((path.parent.parent / "incoming").iterdir())


@pytest.mark.parametrize(
    ("chunks", "expected", "words"),
    [([b"x" * 1_000_000] * 21, None, "20 MB"), ([], None, "空"), ([b"half"], 8, "没有完整送到")],
)
def test_what_is_too_large_empty_or_cut_short_is_refused_and_leaves_nothing(owner, chunks, expected, words):
    """“Bad input: every upload limit …: a clear sentence, nothing lost.”"""
    with pytest.raises(Refused, match=words):
        store.hand_in(owner, "a.xml", chunks, expected)
    assert not Upload.objects.exists() and not [path for path in store.path_of("ab").parent.parent.rglob("*") if path.is_file()]


def test_a_firm_hands_in_so_many_files_a_day(owner, monkeypatch):
    """“Count per firm per day.”"""
    monkeypatch.setattr(store, "DAY_FILES", 2)
    for number in range(2):
        store.hand_in(owner, "a.xml", [bytes([65 + number])])
    with pytest.raises(Refused, match="每天"):
        store.hand_in(owner, "a.xml", [b"C"])
    store.hand_in(make_member("firm_owner"), "a.xml", [b"C"])
    monkeypatch.setattr(store, "DAY_FILES", 500)
    monkeypatch.setattr(store, "DAY_BYTES", 2)
    with pytest.raises(Refused, match="今天"):
        store.hand_in(owner, "a.xml", [b"C"])


def test_the_same_bytes_twice_are_one_file(owner):
    """“The same bytes handed in twice by a firm are said and not stored twice as a live upload.”"""
    first = store.hand_in(owner, "a.xml", [b"same"])
    again = store.hand_in(owner, "other.xml", [b"same"])
    assert (first.new, again.new, again.upload.pk) == (True, False, first.upload.pk)
    removal.take_back(owner, first.upload)
    assert store.hand_in(owner, "a.xml", [b"same"]).new


def test_two_names_alike_do_not_collide(owner):
    """“Two names alike in different uploads must not collide.”"""
    rows = [["类型", "日期", "证书编号"], ["数据知识产权登记证书", "2026-03-01", "A1"]]
    hand(owner, "证书.xlsx", xlsx(rows, "表"))
    rows[1][2] = "A2"
    second = hand(owner, "证书.xlsx", xlsx(rows, "表"))
    assert second.name == "证书 (2).xlsx"
    assert len(facts_of(owner)) == 2


# reading in the background


def run_worker() -> None:
    """Works off the queue, as the worker process does."""
    connector = app.connector.get_worker_connector()
    with app.replace_connector(connector) as worker:
        asyncio.run(_work(worker))


async def _work(worker) -> None:
    async with worker.open_async():
        await worker.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)


def test_the_worker_reads_what_was_handed_in(transactional_db):
    """“Upload of many files …, read at once in the background.”"""
    owner = make_member("firm_owner")
    data = digital_xml(sheet_of(owner.firm))
    upload = store.hand_in(owner, "a.xml", [data], len(data)).upload
    picture_file = store.hand_in(owner, "b.png", [PNG]).upload
    assert upload.state == "waiting"
    run_worker()
    upload.refresh_from_db()
    picture_file.refresh_from_db()
    assert (upload.state, upload.kind, upload.invoice) == ("read", "xml", "26332000000000000001")
    assert picture_file.state == "attached"


_KILLED = """
import asyncio, os, sys, time
import django
django.setup()
from django.db import connections
from chaoce.service.documents import tasks
def slow(upload):
    print("reading", flush=True)
    time.sleep(60)
tasks.read = slow
from procrastinate.contrib.django import app
async def work(app):
    async with app.open_async():
        await app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
with app.replace_connector(app.connector.get_worker_connector()) as worker:
    asyncio.run(work(worker))
"""


def test_a_worker_killed_in_mid_read_leaves_no_file_half_read(transactional_db, cluster):
    """“A worker killed in mid-read: the upload does not stay READING for ever.”"""
    owner = make_member("firm_owner")
    data = digital_xml(sheet_of(owner.firm))
    upload = store.hand_in(owner, "a.xml", [data], len(data)).upload
    environment = {**os.environ, "DATABASE_URL": cluster.serve, "DJANGO_SETTINGS_MODULE": "chaoce.service.settings.test"}
    process = subprocess.Popen([sys.executable, "-c", _KILLED], env=environment, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"reading\n"
    upload.refresh_from_db()
    assert upload.state == "reading"
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(1.1)
    run_worker()
    upload.refresh_from_db()
    assert upload.state == "reading"
    tasks.take_up_again.configure(queueing_lock=None).defer(timestamp=0, seconds=1)
    run_worker()
    run_worker()
    upload.refresh_from_db()
    assert upload.state == "read"


def test_a_file_that_takes_its_worker_with_it_is_given_up(owner, monkeypatch):
    """“A worker killed in mid-read”, again and again by the same file: it is refused in words."""
    upload = store.hand_in(owner, "a.xml", [b"<x/>"]).upload
    monkeypatch.setattr(tasks, "read", lambda upload: pytest.fail("read once more"))
    tasks.read_now(upload.pk, worn=True)
    upload.refresh_from_db()
    assert upload.state == "refused" and upload.reading["findings"][0]["code"] == "file.stopped"


@pytest.mark.parametrize(
    ("name", "data", "state"),
    [
        ("a.png", PNG, "attached"),
        ("scan.pdf", b"", "attached"),
        ("a.exe", b"MZ\x90\x00", "refused"),
        ("a.zip", b"PK\x05\x06" + b"\x00" * 18, "refused"),
        ("a.pdf", b"%PDF-1.7 broken", "refused"),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "refused"),
        ("a.ofd", b"PK\x03\x04broken", "refused"),
        ("nul.csv", "类型,日期\n数据知识产权登记证书,\ud800".encode("utf-8", "surrogatepass"), "refused"),
    ],
)
def test_wrong_types_and_broken_files_are_said(owner, name, data, state):
    """“Wrong type, broken file: a clear sentence.” Pictures and scans are kept as attachments."""
    upload = hand(owner, name, data or scan())
    assert upload.state == state
    if state == "refused":
        from chaoce.evidence.findings import Finding
        from chaoce.service.documents.words import say

        for language in ("zh-hans", "en"):
            with translation.override(language):
                assert all(say(Finding(entry["code"], entry["particulars"])) for entry in upload.reading["findings"])


# settling


def test_answers_make_facts_and_taking_them_back_withdraws_them(owner):
    """“The facts that the evidence now gives become facts; those no longer given are withdrawn.”"""
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    assert settling.settlement(owner.firm).open_of == {upload.invoice: 1} and not facts_of(owner)
    lines.answer_line(owner, upload.invoice, 1, "compute_purchase", COMPUTE)
    key = f"{upload.invoice}-1"
    assert facts_of(owner) == {key: "1000.00"}
    fact = owner.firm.facts.standing().get()
    assert (fact.source, fact.upload_id) == ("invoice", upload.pk)
    lines.answer_line(owner, upload.invoice, 1, "", {})
    assert not facts_of(owner) and owner.firm.facts.get(key=key).withdrawn_why
    lines.clear_line(owner, upload.invoice, 1)
    assert settling.settlement(owner.firm).open_of == {upload.invoice: 1}


def test_facts_of_other_sources_are_untouched(owner):
    """“Facts of other sources are untouched”, and a row of the firm's own table never takes the place of one."""
    add_facts(owner.firm, [{"id": "r1", "type": "data_ip_certificate", "date": "2026-02-02", "number": "Z"}], "list", owner.user)
    rows = [["编号", "类型", "日期", "证书编号"], ["r1", "数据知识产权登记证书", "2026-03-01", "A1"]]
    hand(owner, "证书.xlsx", xlsx(rows, "表"))
    fact = owner.firm.facts.standing().get()
    assert (fact.source, fact.raw["number"]) == ("list", "Z")
    _raws, findings = settling.stated(owner.firm, settling.settlement(owner.firm))
    assert [finding.fault.code for finding in findings] == ["id.twice"]


def test_rows_that_cannot_stand_beside_other_facts_are_left_out(owner):
    """One fact a product a year: the official list stands, the firm's own row is left out and said."""
    sales = {"type": "data_product_year", "date": "2026-02-02", "product": "P", "registered": True, "sales": "1.00"}
    add_facts(owner.firm, [{"id": "r1", **sales}], "list", owner.user)
    rows = [["类型", "日期", "数据产品", "取得登记证书", "全年交易额"], ["数据产品年度交易额", "2026-03-01", "P", "是", "5000000"]]
    hand(owner, "产品.xlsx", xlsx(rows, "表"))
    assert list(facts_of(owner)) == ["r1"]
    _raws, findings = settling.stated(owner.firm, settling.settlement(owner.firm))
    assert [finding.fault.code for finding in findings] == ["series.twice"]


def test_the_same_invoice_in_two_formats_counts_once(owner):
    """“The same number seen twice is one matter.”"""
    sheet = sheet_of(owner.firm)
    first = hand(owner, "a.pdf", pdf(sheet))
    lines.answer_line(owner, first.invoice, 1, "compute_purchase", COMPUTE)
    second = hand(owner, "b.xml", digital_xml(sheet))
    assert list(facts_of(owner).values()) == ["1000.00"]
    found = settling.settlement(owner.firm)
    assert found.copy_of("a.pdf") == "b.xml" and found.file_of(first.invoice).pk == second.pk
    assert [finding.code for finding in found.findings_of["a.pdf"]] == ["copy.same"]
    removal.take_back(owner, second)
    assert list(facts_of(owner).values()) == ["1000.00"]


def test_a_red_invoice_takes_off_the_blue_one(owner):
    """“Red invoices … in plain words on the file”, and a reviewer reads it in the case's checks."""
    blue = hand(owner, "blue.xml", digital_xml(sheet_of(owner.firm, 1)))
    lines.answer_line(owner, blue.invoice, 1, "compute_purchase", COMPUTE)
    red = replace(sheet_of(owner.firm, 2, item("-400.00", "-24.00")), original=blue.invoice, date="2026-04-01")
    hand(owner, "red.xml", digital_xml(red))
    assert list(facts_of(owner).values()) == ["600.00"]
    fact = owner.firm.facts.standing().get()
    with translation.override("zh-hans"):
        ((subject, fault, said),) = settling.findings_of(owner.firm, [fact])
    assert (subject, fault) == (fact.key, False) and "红字发票 26332000000000000002" in said
    with translation.override("en"):
        ((_subject, _fault, said),) = settling.findings_of(owner.firm, [fact])
    assert said.startswith("Red invoice")


def test_an_invoice_of_another_buyer_is_not_used(owner):
    """“Buyer not the firm”: said, and no line of it can be answered."""
    upload = hand(owner, "a.xml", digital_xml(paper(1)))
    found = settling.settlement(owner.firm)
    assert [finding.code for finding in found.findings_of["a.xml"]] == ["buyer.other"] and upload.invoice not in found.lines_of
    with pytest.raises(Refused):
        lines.answer_line(owner, upload.invoice, 1, "compute_purchase", COMPUTE)


def test_settling_is_done_anew_only_when_something_changed(owner, monkeypatch):
    """A page that asks twice settles once; an answer settles anew."""
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    first = settling.settlement(owner.firm)
    assert settling.settlement(owner.firm) is first
    lines.answer_line(owner, upload.invoice, 1, "", {})
    assert settling.settlement(owner.firm) is not first
    assert settling.settlement(make_firm()) is None and settling.settled(make_firm()) is None


# answers


def test_an_answer_with_faults_is_said_by_field(owner):
    """“Errors say what, where, and what would be right.”"""
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    with pytest.raises(lines.Wrong) as caught:
        lines.answer_line(owner, upload.invoice, 1, "compute_purchase", {"resource": "intelligent", "purpose": "nonsense"})
    assert list(caught.value.fields) == ["purpose"]
    with pytest.raises(lines.Wrong) as caught:
        lines.answer_line(owner, upload.invoice, 1, "compute_purchase", {})
    assert set(caught.value.fields) == {"resource", "purpose"}
    with pytest.raises(Refused):
        lines.answer_line(owner, upload.invoice, 1, "recognition", {})
    assert not LineAnswer.objects.exists()


def test_two_tabs_do_not_write_over_each_other(owner):
    """“Two tabs: a stale page is told so.”"""
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    answer = lines.answer_line(owner, upload.invoice, 1, "compute_purchase", COMPUTE, seen="")
    with pytest.raises(Stale):
        lines.answer_line(owner, upload.invoice, 1, "", {}, seen="")
    lines.answer_line(owner, upload.invoice, 1, "", {}, seen=lines.seen_mark(answer))


def test_earlier_answers_are_offered_and_never_assumed(owner):
    """“Suggestions for a line from what the firm answered before for the same seller and item (offered, never assumed).”"""
    first = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm, 1)))
    second = hand(owner, "b.xml", digital_xml(sheet_of(owner.firm, 2, item(), item(name="*电子计算机*路由器"))))
    lines.answer_line(owner, first.invoice, 1, "compute_purchase", COMPUTE)
    found = settling.settlement(owner.firm)
    same, other = found.lines_of[second.invoice]
    assert (same.state, other.state) == ("open", "open")
    offered = lines.suggest(found, same)
    assert (offered.type, offered.values, offered.same) == ("compute_purchase", COMPUTE, True)
    assert lines.suggest(found, other).same is False
    assert lines.answer_alike(owner, first.invoice, 1) == 1
    assert len(facts_of(owner)) == 2


def test_another_firms_lines_are_not_there(owner):
    """“A firm never sees another's existence.”"""
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    other = make_member("firm_owner")
    with pytest.raises(Refused):
        lines.answer_line(other, upload.invoice, 1, "", {})
    with pytest.raises(Refused):
        removal.take_back(other, upload)


# live cases


def test_what_a_live_case_stands_on_stays(owner):
    """“A firm may take a file back unless a live case stands on its facts (said with the case number).”"""
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    lines.answer_line(owner, upload.invoice, 1, "compute_purchase", COMPUTE)
    case = steps.open_draft(owner.firm, make_call(), owner)
    case = steps.save_form(case, owner, case.version, FORM)
    case = steps.submit(case, owner, case.version)
    with pytest.raises(Refused, match=case.number):
        removal.take_back(owner, upload)
    with pytest.raises(Refused, match=case.number):
        lines.answer_line(owner, upload.invoice, 1, "", {})
    steps.withdraw(case, owner, case.version, "a mistake")
    removal.take_back(owner, upload)
    assert not facts_of(owner)
    removal.bring_back(owner, upload)
    assert len(facts_of(owner)) == 1


def test_bringing_back_what_was_handed_in_anew_is_refused(owner):
    """Undo never makes two live files of the same bytes."""
    data = digital_xml(sheet_of(owner.firm))
    upload = hand(owner, "a.xml", data)
    removal.take_back(owner, upload)
    hand(owner, "b.xml", data)
    with pytest.raises(Refused, match=r"b\.xml"):
        removal.bring_back(owner, upload)


# statements


def test_a_firm_states_what_no_invoice_and_no_list_says(owner):
    """“Statement facts can be stated with an attachment; withdraw own statement (undo).”"""
    assert set(statements.stated_types()) == {"scenario_project", "investment_project", "data_product_year", "data_ip_certificate"}
    file = hand(owner, "立项.pdf", scan())
    values = {"productive_investment": "30000000.00", "ai_field": True}
    from datetime import date

    fact = statements.state(owner, "investment_project", date(2026, 9, 30), values, "智能产线", file)
    assert (fact.source, fact.matters, fact.upload) == ("statement", ["project:智能产线"], file)
    settling.refresh(owner.firm)
    assert fact.key in facts_of(owner)
    statements.withdraw(owner, fact)
    assert fact.key not in facts_of(owner)
    assert statements.bring_back(owner, fact).raw == fact.raw
    with pytest.raises(lines.Wrong) as caught:
        statements.state(owner, "investment_project", None, {"ai_field": True, "equipment": "a lot"}, "", file)
    assert {"day", "thing", "equipment"} <= set(caught.value.fields)
    with pytest.raises(Refused):
        statements.state(owner, "recognition", date(2026, 1, 5), {}, "", file)


# pictures


@pytest.mark.parametrize("make", [digital_xml, ofd_digital, lambda sheet: ofd_2019(replace(sheet, code="033002500111", number="10260001"))])
def test_the_source_stands_beside_with_the_line_marked(owner, make):
    """“Each line shown beside the picture or text of its source.”"""
    sheet = sheet_of(owner.firm, 1, item(), item("592.92", "77.08", name="*电子计算机*路由器", rate="0.13"))
    upload = hand(owner, "a.xml" if make is digital_xml else "a.ofd", make(sheet))
    here = [row.text for row in picture.beside(upload, line=2).rows if row.here]
    assert any("路由器" in text for text in here) and any("592.92" in text for text in here)
    assert not any("1000.00" in text for text in here)


def test_pages_of_a_pdf_are_drawn_apart(owner):
    """“PDFs rendered to PNG pages in a child process with limits.”"""
    sheet = sheet_of(owner.firm, 1, item(), item("592.92", "77.08", name="*电子计算机*路由器", rate="0.13"))
    upload = hand(owner, "a.pdf", pdf(sheet))
    assert picture.beside(upload).pages == 1
    plain, marked = picture.png(upload, 1), picture.png(upload, 1, line=2)
    assert plain.startswith(b"\x89PNG") and plain != marked
    assert picture.png(upload, 1, line=2) == marked
    with pytest.raises(picture.NoPicture):
        picture.png(upload, 2)


def test_rows_of_a_table_stand_beside(owner):
    """A fact of a table is shown in its row."""
    rows = [["类型", "日期", "证书编号"], ["数据知识产权登记证书", "2026-03-01", "A1"]]
    upload = hand(owner, "a.xlsx", xlsx(rows, "表"))
    ((name, table),) = picture.beside(upload, row=2).tables
    assert name == "表" and [row.here for row in table] == [False, True] and table[1].cells[2] == "A1"
    assert picture.beside(hand(owner, "b.png", PNG)).picture


def test_what_cannot_be_drawn_is_not_shown(owner, own_files: Path):
    """A file that breaks the drawing leaves the page without a picture, nothing else."""
    upload = hand(owner, "scan.pdf", scan())
    store.path_of(upload.sha256).chmod(0o600)
    store.path_of(upload.sha256).write_bytes(b"%PDF-1.7 broken")
    assert picture.beside(upload).empty


def test_the_queue_and_the_row_stand_or_fall_together(owner):
    """The job of a file is there if and only if its row is."""
    upload = store.hand_in(owner, "a.xml", [b"<x/>"]).upload
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'documents.read_upload'")
        assert cursor.fetchone()[0] in ({"upload_id": str(upload.pk)}, f'{{"upload_id": "{upload.pk}"}}')
