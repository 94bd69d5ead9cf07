"""Files handed in through the pages: every limit, wrong type and broken connection is told in words, and nothing is lost."""

from __future__ import annotations

import json
import socket
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chaoce.evidence.limits import FILE_BYTES
from chaoce.service.documents import lines, settling
from chaoce.service.documents.models import LineAnswer, Upload
from chaoce.service.people.models import Membership
from service.handing import COMPUTE, PNG, digital_xml, hand, item, pdf, scan, sheet_of
from service.kit import client_of, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db) -> Membership:
    return make_member("firm_owner")


def send(client, name: str, data: bytes, **headers):
    """A file sent as the script of the page does."""
    return client.generic(
        "POST", reverse("firm:receive"), data, content_type="application/octet-stream", headers={"X-File-Name": quote(name), **headers}
    )


# handing in


def test_a_file_is_taken_by_a_call_of_its_own(owner):
    """“Each file uploaded by its own request.”"""
    client = client_of(owner)
    data = digital_xml(sheet_of(owner.firm))
    answer = send(client, "发票 一.xml", data)
    assert answer.status_code == 201 and answer.json()["name"] == "发票 一.xml"
    upload = Upload.objects.get()
    assert answer.json()["url"] == reverse("firm:upload", args=[upload.pk]) and upload.size == len(data)
    again = send(client, "other.xml", data)
    assert again.status_code == 200 and "发票 一.xml" in again.json()["said"] and Upload.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "headers", "words"),
    [
        (b"", {"Content-Length": "0"}, "空"),
        (b"x", {"Content-Length": str(FILE_BYTES + 1)}, "20 MB"),
        (b"x", {"Content-Length": ""}, "没有完整送到"),
        (b"x", {"Content-Length": "-1"}, "没有完整送到"),
    ],
)
def test_limits_are_told_to_the_script(owner, data, headers, words):
    """“Uploads of every limit: a clear sentence.”"""
    answer = send(client_of(owner), "a.xml", data, **headers)
    assert answer.status_code == 422 and words in answer.json()["error"] and not Upload.objects.exists()


def test_a_lost_connection_leaves_nothing_behind(transactional_db, live_server):
    """“Lost connection (truncated request body)”: nothing half of a file is kept, and the same file can be sent again."""
    owner = make_member("firm_owner")
    client = client_of(owner)
    csrf = "a" * 32
    cookies = f"sessionid={client.cookies['sessionid'].value}; csrftoken={csrf}"
    head = (
        f"POST {reverse('firm:receive')} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\nX-CSRFToken: {csrf}\r\n"
        f"X-File-Name: a.xml\r\nContent-Type: application/octet-stream\r\nContent-Length: 5000\r\n\r\n"
    )
    address = live_server.thread.host, live_server.thread.port
    with socket.create_connection(address, timeout=20) as wire:
        wire.sendall(head.encode() + b"<half")
        wire.shutdown(socket.SHUT_WR)
        answer = wire.makefile("rb").read().decode()
    head, _blank, body = answer.partition("\r\n\r\n")
    assert " 422 " in head and "没有完整送到" in json.loads(body)["error"]
    assert not Upload.objects.exists()
    assert send(client, "a.xml", b"<whole/>").status_code == 201


def test_files_are_taken_without_javascript(owner):
    """“Plus a plain <input multiple> without JS.”"""
    client = client_of(owner)
    good = SimpleUploadedFile("a.xml", digital_xml(sheet_of(owner.firm)))
    large = SimpleUploadedFile("large.pdf", b"%PDF-" + b"x" * FILE_BYTES)
    page = client.post(reverse("firm:uploads"), {"files": [good, large], "end": "1"}, follow=True)
    told = " ".join(str(message) for message in page.context["messages"])
    assert "已上传 1 个文件" in told and "“large.pdf”" in told and "20 MB" in told
    assert [upload.name for upload in Upload.objects.all()] == ["a.xml"]


def test_a_plain_form_that_was_cut_short_is_refused(owner):
    """A form that arrives without its last field arrived without a part of its files."""
    client = client_of(owner)
    page = client.post(reverse("firm:uploads"), {"files": [SimpleUploadedFile("a.xml", b"<half")]}, follow=True)
    assert "没有完整送到" in " ".join(str(message) for message in page.context["messages"]) and not Upload.objects.exists()


def test_too_many_files_at_once_are_told(owner, settings):
    """“Uploads of every limit”: the number of files of one form."""
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    files = [SimpleUploadedFile(f"{number}.xml", b"<a/>") for number in range(3)]
    page = client_of(owner).post(reverse("firm:uploads"), {"files": files, "end": "1"}, follow=True)
    assert "分批上传" in " ".join(str(message) for message in page.context["messages"]) and not Upload.objects.exists()


def test_the_plain_form_is_guarded_against_other_sites(owner):
    """A form of another site hands in nothing."""
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.cookies = client_of(owner).cookies
    assert client.post(reverse("firm:uploads"), {"files": [SimpleUploadedFile("a.xml", b"<a/>")], "end": "1"}).status_code == 403
    assert send(client, "a.xml", b"<a/>").status_code == 403 and not Upload.objects.exists()


# the list


def test_the_list_says_what_was_found(owner):
    """“Per file: findings in plain words”; filters: needs answer, faults, all."""
    sheet = sheet_of(owner.firm)
    hand(owner, "a.pdf", pdf(sheet))
    hand(owner, "b.xml", digital_xml(sheet))
    hand(owner, "c.pdf", b"%PDF-1.7 broken")
    hand(owner, "d.png", PNG)
    client = client_of(owner)
    page = client.get(reverse("firm:uploads")).content.decode()
    assert "同一张发票" in page and "PDF 文件已损坏" in page and "%PDF" not in page and "1 行待确认" in page and "留作附件" in page
    names = {
        show: [row.upload.name for row in client.get(reverse("firm:uploads"), {"show": show}).context["rows"]]
        for show in ("open", "faults", "kept")
    }
    assert names == {"open": ["b.xml"], "faults": ["c.pdf"], "kept": ["d.png"]}
    found = client.get(reverse("firm:uploads"), {"q": "26332000000000000001"}).context["rows"]
    assert {row.upload.name for row in found} == {"a.pdf", "b.xml"}


def test_the_list_polls_while_something_is_read(owner):
    """“HTMX polling of states until all read.”"""
    client = client_of(owner)
    send(client, "a.xml", digital_xml(sheet_of(owner.firm)))
    part = client.get(reverse("firm:listing"), headers={"HX-Request": "true"}).content.decode()
    assert "every 2s" in part and "<html" not in part
    from chaoce.service.documents.tasks import read_now

    read_now(Upload.objects.get().pk)
    assert "every 2s" not in client.get(reverse("firm:listing")).content.decode()


def test_queries_of_the_list_do_not_grow_with_its_rows(owner):
    """“No list page grows in queries with its rows.”"""
    client = client_of(owner)

    def count() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse("firm:uploads")).status_code == 200
        return len(found)

    hand(owner, "0.xml", digital_xml(sheet_of(owner.firm, 100)))
    hand(owner, "0.pdf", b"%PDF-1.7 broken")
    client.get(reverse("firm:uploads"))
    few = count()
    for number in range(1, 12):
        hand(owner, f"{number}.xml", digital_xml(sheet_of(owner.firm, 100 + number)))
        hand(owner, f"{number}.pdf", f"%PDF-1.7 broken {number}".encode())
    client.get(reverse("firm:uploads"))
    assert count() <= few


# one file


def test_a_line_is_answered_on_its_page(owner):
    """“Form per line drawn from the fact types; autosave.”"""
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    client = client_of(owner)
    url = reverse("firm:line", args=[upload.pk, 1])
    htmx = {"HX-Request": "true", "HX-Target": "line-1"}
    chosen = client.post(url, {"type": "compute_purchase", "seen": ""}, headers=htmx)
    page = chosen.content.decode()
    assert chosen.status_code == 200 and 'name="value-purpose"' in page and "尚未保存" in page and "is-invalid" not in page
    assert not LineAnswer.objects.exists()
    data = {"type": "compute_purchase", "seen": "", "value-resource": "intelligent", "value-purpose": "model_training"}
    saved = client.post(url, data, headers=htmx)
    assert saved.status_code == 200 and "已保存" in saved.content.decode()
    assert LineAnswer.objects.get().values == COMPUTE and owner.firm.facts.standing().count() == 1


def test_what_is_wrong_with_an_answer_stands_at_its_field(owner):
    """“Errors say what, where, and what would be right”; what was entered stays."""
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    client = client_of(owner)
    data = {"type": "compute_purchase", "seen": "", "save": "1", "value-resource": "intelligent"}
    answer = client.post(reverse("firm:line", args=[upload.pk, 1]), data)
    page = answer.content.decode()
    assert answer.status_code == 422 and "请选择一项。" in page and '<option value="intelligent" selected>' in page and "<html" in page


def test_a_line_answered_in_another_tab_is_told(owner):
    """“Two tabs”: the later one is told, and sees what stands now."""
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    lines.answer_line(owner, upload.invoice, 1, "compute_purchase", COMPUTE)
    answer = client_of(owner).post(
        reverse("firm:line", args=[upload.pk, 1]), {"type": "-", "seen": "", "save": "1"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 422 and "已由他人确认" in answer.content.decode()
    assert LineAnswer.objects.get().type == "compute_purchase"


def test_a_suggestion_is_taken_with_one_press(owner):
    """“Suggestions … offered, never assumed.”"""
    first = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm, 1)))
    second = hand(owner, "b.xml", digital_xml(sheet_of(owner.firm, 2)))
    lines.answer_line(owner, first.invoice, 1, "compute_purchase", COMPUTE)
    client = client_of(owner)
    page = client.get(reverse("firm:upload", args=[second.pk])).content.decode()
    assert "您此前确认为" in page and LineAnswer.objects.count() == 1
    url = reverse("firm:line", args=[second.pk, 1])
    assert client.post(url, {"use": "wrong#1", "seen": ""}).status_code == 422
    assert client.post(url, {"use": f"{first.invoice}#1", "seen": ""}).status_code == 302
    assert LineAnswer.objects.count() == 2


def test_alike_lines_are_answered_together(owner):
    """The other open lines of an item are answered by one press, and no others."""
    first = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm, 1)))
    hand(owner, "b.xml", digital_xml(sheet_of(owner.firm, 2, item(), item(name="*电子计算机*路由器"))))
    lines.answer_line(owner, first.invoice, 1, "compute_purchase", COMPUTE)
    page = client_of(owner).post(reverse("firm:alike", args=[first.pk, 1]), follow=True)
    assert "另有 1 行" in page.content.decode() and LineAnswer.objects.count() == 2
    client_of(owner).post(reverse("firm:clear-line", args=[first.pk, 1]))
    assert LineAnswer.objects.count() == 1


@pytest.mark.parametrize(("name", "data"), [("a.pdf", None), ("b.png", PNG), ("c.pdf", "scan"), ("d.csv", "table"), ("e.bin", b"MZ")])
def test_every_kind_of_file_has_its_page(owner, name, data):
    """A page for every file, whatever it holds; its download is never shown in the browser."""
    made = {None: pdf(sheet_of(owner.firm)), "scan": scan(), "table": "类型,日期,证书编号\n数据知识产权登记证书,2026-03-01,A1\n".encode()}
    upload = hand(owner, name, made.get(data, data) if not isinstance(data, bytes) else data)
    client = client_of(owner)
    for query in ({}, {"line": "1"}, {"row": "2"}, {"line": "x"}):
        assert client.get(reverse("firm:upload", args=[upload.pk]), query).status_code == 200
    download = client.get(reverse("firm:upload-file", args=[upload.pk]))
    assert download["Content-Disposition"].startswith("attachment") and download["X-Content-Type-Options"] == "nosniff"
    picture = client.get(reverse("firm:upload-picture", args=[upload.pk, 1]))
    assert picture.status_code == (200 if upload.kind == "pdf" or name == "b.png" else 404)
    if picture.status_code == 200:
        assert picture["Content-Type"] == "image/png" and "sandbox" in picture["Content-Security-Policy"]


def test_a_file_of_another_firm_is_not_there(owner):
    """“A firm never sees another's existence.”"""
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    other = client_of(make_member("firm_staff"))
    for name in ("upload", "upload-file"):
        assert other.get(reverse(f"firm:{name}", args=[upload.pk])).status_code == 404
    assert other.get(reverse("firm:upload-picture", args=[upload.pk, 1])).status_code == 404
    for name, more in (("take-back", []), ("bring-back", []), ("line", [1]), ("alike", [1]), ("clear-line", [1])):
        assert other.post(reverse(f"firm:{name}", args=[upload.pk, *more])).status_code == 404
    assert not other.get(reverse("firm:uploads")).context["rows"]


def test_taking_back_and_bringing_back(owner):
    """“A firm may take a file back …; undo (bring back).”"""
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    lines.answer_line(owner, upload.invoice, 1, "compute_purchase", COMPUTE)
    client = client_of(owner)
    page = client.post(reverse("firm:take-back", args=[upload.pk]), follow=True)
    assert not owner.firm.facts.standing().exists() and reverse("firm:bring-back", args=[upload.pk]) in page.content.decode()
    assert client.post(reverse("firm:line", args=[upload.pk, 1]), {"type": "-"}).status_code == 404
    client.post(reverse("firm:bring-back", args=[upload.pk]))
    assert owner.firm.facts.standing().count() == 1 and settling.settlement(owner.firm) is not None


def test_only_people_of_firms_come_here(owner):
    """“Rights”: nobody of the city hands in a firm's files."""
    for role in ("reviewer", "office", "leader"):
        assert client_of(make_member(role)).get(reverse("firm:uploads")).status_code == 403
    assert client_of(None).get(reverse("firm:uploads")).status_code == 302


def test_the_next_file_comes_first_only_where_lines_are_answered(owner):
    """“Next file to answer” is the first thing to do on the page of an invoice; not on that of a copy, which has nothing to answer."""
    sheet = sheet_of(owner.firm, 1)
    first, copy = hand(owner, "a.xml", digital_xml(sheet)), hand(owner, "a.pdf", pdf(sheet))
    other = hand(owner, "b.xml", digital_xml(sheet_of(owner.firm, 2)))
    to_next = f'href="{reverse("firm:upload", args=[other.pk])}" data-key="n"'
    assert f'class="btn btn-primary" {to_next}' in client_of(owner).get(reverse("firm:upload", args=[first.pk])).content.decode()
    page = client_of(owner).get(reverse("firm:upload", args=[copy.pk])).content.decode()
    assert "btn-primary" not in page.partition('data-key="n"')[0].rpartition("<a ")[2] and 'data-key="n"' in page
