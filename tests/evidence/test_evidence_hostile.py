"""Broken, hostile and huge files are named with their fault, quickly, and leave the rest read."""

from __future__ import annotations

import contextlib
import io
import os
import time
import zipfile
from pathlib import Path

import pytest
from evidence_kit import item, paper
from hypothesis import given
from hypothesis import strategies as st
from papers import digital_xml, ofd_2019, ofd_digital, xlsx
from printing import pdf

from chaoce.evidence.findings import Refused
from chaoce.evidence.reader import Reader
from chaoce.evidence.reading import read_bytes

SOUND = digital_xml(paper())


def refused(data: bytes, name: str) -> list[str]:
    with pytest.raises(Refused) as caught:
        read_bytes(data, name)
    return [finding.code for finding in caught.value.findings]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY x "x"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;"><!ENTITY z "&y;&y;&y;&y;&y;&y;&y;">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd">',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://example.invalid/a.dtd"> %x;]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_no_dtd_in_any_encoding(doctype: str, encoding: str) -> None:
    text = SOUND.decode().replace("<EInvoice>", doctype + "<EInvoice>", 1).replace("utf-8", encoding, 1)
    assert refused(text.encode(encoding), "a.xml") == ["xml.dtd"]


def test_a_dtd_inside_an_ofd_is_found_too() -> None:
    for part in ("OFD.xml", "Doc_0/Document.xml", "Doc_0/Attachs/original_invoice.xml"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive, zipfile.ZipFile(io.BytesIO(ofd_2019(paper("10260001", code="033002500111")))) as source:
            for name in source.namelist():
                data = source.read(name)
                archive.writestr(name, data.replace(b"?>\n", b'?>\n<!DOCTYPE a [<!ENTITY a "a">]>', 1) if name == part else data)
        assert refused(file.getvalue(), "a.ofd") == ["xml.dtd"]


@pytest.mark.parametrize(
    "amount", ["NaN", "nan", "Infinity", "-Infinity", "1e5", "1E400", "0x10", "1,000.00", "1000.001", "--1", "+1", "\uff11\uff10", "1_000"]
)
def test_no_amount_is_guessed(amount: str) -> None:
    assert refused(SOUND.replace(b"<Amount>1000.00", f"<Amount>{amount}".encode()), "a.xml") == ["field.money"]


def test_a_directory_that_lies_about_a_part() -> None:
    """The directory of a package promises a small part; the part is a bomb. What is read is never more than promised."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("OFD.xml", b"<a>" + b" " * 5_000_000 + b"</a>")
    data = bytearray(file.getvalue())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = bytes(data).index(mark) + offset
        data[place : place + 4] = (1000).to_bytes(4, "little")
    assert refused(bytes(data), "a.ofd")[0] in ("zip.size", "zip.broken", "xml.broken")


@given(st.sampled_from(["xml", "ofd", "pdf", "xlsx", "old"]), st.floats(0, 1, exclude_max=True), st.integers(0, 255), st.booleans())
def test_cut_or_changed_anywhere_it_is_read_or_refused(kind: str, where: float, byte: int, cut: bool) -> None:
    """A file cut short, or with one byte changed, gives an invoice or a named fault, never another error."""
    data = BYTES[kind]
    place = int(where * len(data))
    changed = data[:place] if cut else data[:place] + bytes([byte]) + data[place + 1 :]
    try:
        read_bytes(changed, f"a.{'ofd' if kind == 'old' else kind}")
    except Refused as caught:
        assert all(finding.file for finding in caught.findings)
        assert all(finding.say("zh") and finding.say("en") for finding in caught.findings)


BYTES = {
    "xml": SOUND,
    "ofd": ofd_digital(paper()),
    "pdf": pdf(paper()),
    "xlsx": xlsx([["类型", "日期"], ["算力购买", "2026-01-05"]]),
    "old": ofd_2019(paper("10260001", code="033002500111")),
}


@given(
    st.binary(max_size=400),
    st.sampled_from(["a.xml", "a.ofd", "a.pdf", "a.csv", "a.xlsx", "a"]),
    st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.4\n", b"<?xml", b"<"]),
)
def test_any_bytes_are_read_or_refused(data: bytes, name: str, start: bytes) -> None:
    with contextlib.suppress(Refused):
        read_bytes(start + data, name)


# the process that reads


def test_a_slow_file_is_stopped_and_the_next_is_read(tmp_path: Path) -> None:
    """A pipe that nobody writes to would be waited for for ever (a folder never opens one; here it stands for a slow file)."""
    os.mkfifo(tmp_path / "slow.xml")
    (tmp_path / "sound.xml").write_bytes(SOUND)
    with Reader(seconds=1.0) as reader:
        begun = time.monotonic()
        with pytest.raises(Refused) as caught:
            reader.read(tmp_path / "slow.xml", "slow.xml")
        assert [finding.code for finding in caught.value.findings] == ["file.slow"]
        assert time.monotonic() - begun < 5
        reader.seconds = 20.0
        assert reader.read(tmp_path / "sound.xml", "sound.xml").net == 100000


def test_a_greedy_file_is_stopped_and_the_next_is_read(tmp_path: Path) -> None:
    """A sheet with one cell in its last corner asks for more memory than there is."""
    sheet = xlsx([["类型"]]).replace(b'r="A1"', b'r="XFD1048576"')
    (tmp_path / "greedy.xlsx").write_bytes(_rezip(sheet))
    (tmp_path / "sound.xml").write_bytes(SOUND)
    with Reader(memory=600_000_000) as reader:
        with pytest.raises(Refused) as caught:
            reader.read(tmp_path / "greedy.xlsx", "greedy.xlsx")
        assert caught.value.findings[0].code in ("file.stopped", "table.rows", "sheet.broken")
        assert reader.read(tmp_path / "sound.xml", "sound.xml").net == 100000


def _rezip(data: bytes) -> bytes:
    """The same parts with fresh check sums (the words above were changed inside a stored package)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        source = zipfile.ZipFile(io.BytesIO(xlsx([["类型"]])))
        for name in source.namelist():
            part = source.read(name)
            archive.writestr(name, part.replace(b'r="A1"', b'r="XFD1048576"').replace(b'<row r="1"', b'<row r="1048576"'))
    assert data
    return file.getvalue()


def test_the_folder_survives_all_at_once(folder, process) -> None:
    """Bombs, breakage and strangers beside one sound invoice, through the reader process."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("OFD.xml", b" " * 50_000_000)
    entities = '<!DOCTYPE a [<!ENTITY x "x">]>'
    folder.put("bomb.ofd", bomb.getvalue()).put("entities.xml", SOUND.decode().replace("<EInvoice>", entities + "<EInvoice>"))
    folder.put("cut.pdf", pdf(paper())[:3000]).put("cut.ofd", ofd_digital(paper())[:3000]).put("cut.xml", SOUND[:700])
    folder.put("picture.png", b"\x89PNG\r\n").put("nan.xml", SOUND.replace(b"1000.00", b"NaN")).put("broken.csv", b"\xff\xfe\x00\x00\x81")
    folder.put("深/sound.xml", digital_xml(paper(5, item("500.00", "30.00"))))
    os.mkfifo(folder.path / "pipe.xml")
    (folder.path / "link.xml").symlink_to("/etc/hostname")
    (folder.path / "away").symlink_to("/etc")
    evidence = folder.read()
    assert [fact["id"] for fact in evidence.facts["facts"]] == ["26332000000000000005-1"]
    named = {finding.file for finding in evidence.findings if finding.severity == "fault"}
    assert named == {
        "bomb.ofd",
        "entities.xml",
        "cut.pdf",
        "cut.ofd",
        "cut.xml",
        "picture.png",
        "nan.xml",
        "broken.csv",
        "pipe.xml",
        "link.xml",
        "away",
    }


def test_names_and_words_cannot_write_to_the_terminal(folder) -> None:
    """Escape sequences in the name of a file or of an item are shown as what they are: nothing."""
    from chaoce.evidence.report import report

    folder.put("a\x1b[31m.xml", digital_xml(paper(1, item(name="*甲*乙\u202e\u0085服务"))))
    text = report(folder.read(), "zh")
    assert all(letter.isprintable() or letter == "\n" for letter in text)
