"""Files as they are handed in: bytes kept under their digest, written whole or not at all, never written over and never deleted."""

from __future__ import annotations

import hashlib
import os
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from typing import IO, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from chaoce.evidence.limits import FILE_BYTES
from chaoce.service.cases.faults import Refused, told_if_busy
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Case
from chaoce.service.documents.models import Upload
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Membership

#: Files, and bytes of them together, that a firm may hand in on one day.
DAY_FILES = 500
DAY_BYTES = 2_000_000_000
#: Letters of a file's name; the ending is kept.
NAME_LETTERS = 120
_CHUNK = 64 * 1024


class HandedIn(NamedTuple):
    """A file that was handed in. `new` is False where the firm has the same bytes here already; then it is that file."""

    upload: Upload
    new: bool


class Stored(NamedTuple):
    """Bytes that were written down: their digest and number."""

    sha256: str
    size: int


def path_of(sha256: str) -> Path:
    """Where the bytes of a digest lie."""
    return Path(settings.CHAOCE_FILES) / sha256[:2] / sha256


def open_file(upload: Upload) -> IO[bytes]:
    """The bytes of a file, to be read."""
    return path_of(upload.sha256).open("rb")


def clean_name(name: str) -> str:
    """A name that every page, archive and system can bear: the last part of a path, in one form, without signs that are not seen.

    >>> clean_name("C:\\\\Temp\\\\发票.xml"), clean_name("../../etc/passwd"), clean_name(" . ")
    ('发票.xml', 'passwd', 'file')
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(letter for letter in unicodedata.normalize("NFC", last) if letter.isprintable() and letter not in '<>:"|?*')
    seen = seen.strip(" .") or "file"
    path = PurePath(seen)
    ending = path.suffix if len(path.suffix) <= 12 else ""
    return seen.removesuffix(ending)[: NAME_LETTERS - len(ending)].rstrip() + ending


def write(chunks: Iterable[bytes], expected: int | None = None) -> Stored:
    """Writes bytes down under their digest; raises Refused where they are too many, none, or fewer than `expected`.

    Nothing is left behind of what was refused, and what lies there already is left as it is.
    """
    folder = Path(settings.CHAOCE_FILES)
    incoming = folder / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=incoming)
    try:
        digest, size = hashlib.sha256(), 0
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > FILE_BYTES:
                    raise too_large()
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if expected is not None and size != expected:
            raise cut_short()
        if not size:
            raise Refused(_("The file is empty. Download it again and hand in that copy."))
        target = path_of(digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        os.chmod(name, 0o440)
        with suppress(FileExistsError):  # the same bytes are there already
            os.link(name, target)
        return Stored(digest.hexdigest(), size)
    finally:
        os.unlink(name)


def too_large() -> Refused:
    """What is said of a file beyond the limit."""
    text = _("The file is larger than %(most)s MB, the most that is taken. Invoices are far smaller: hand in the XML, the OFD or the PDF.")
    return Refused(text % {"most": FILE_BYTES // 1_000_000})


def cut_short() -> Refused:
    """What is said of a file of which a part is missing."""
    return Refused(_("The connection broke off and the file did not arrive whole; nothing was kept. Send it again."))


def chunks_of(stream: IO[bytes]) -> Iterator[bytes]:
    """A stream in pieces."""
    while chunk := stream.read(_CHUNK):
        yield chunk


def hand_in(
    member: Membership,
    name: str,
    chunks: Iterable[bytes],
    expected: int | None = None,
    case: Case | None = None,
    evidence: str = "",
) -> HandedIn:
    """Takes a file from a firm's person, for the firm or, with `case` and `evidence`, for an item of a case's evidence list.

    It is read in the background. `expected` is the number of bytes that the sender announced. Raises Refused.
    """
    firm = _firm_of(member)
    if case is not None:
        check_item(member, case, evidence)
    _check_day(firm)  # before anything is written; asked again under the lock
    stored = write(chunks, expected)
    return add(member, name, stored, case, evidence)


def _firm_of(member: Membership) -> Firm:
    if not member.is_firm or member.firm is None:
        raise Refused(_("Only the firm can do this."))
    return member.firm


def check_item(member: Membership, case: Case, code: str) -> None:
    """Raises Refused unless the firm may put a file to that item of a case's evidence list now."""
    if case.firm_id != member.firm_id:
        raise Refused(_("Only the firm can do this."))
    if case.state not in (State.DRAFT, State.CORRECTION):
        raise Refused(_("The case has been submitted; it can be changed when it is sent back for correction."))
    if code not in {item["code"] for item in case.guide.evidence}:
        raise Refused(_("That is not on the evidence list of this call."))


@told_if_busy()
@transaction.atomic
def add(member: Membership, name: str, stored: Stored, case: Case | None = None, evidence: str = "") -> HandedIn:
    """A row for bytes that were written down, and the reading of them put in the queue; raises Refused.

    The case is locked before the firm, as in every step, and asked once more: it may have been handed in while the bytes came.
    """
    if case is not None:
        held = Case.objects.select_for_update(of=("self",), no_key=True).select_related("guide").get(pk=case.pk)
        check_item(member, held, evidence)
    firm = Firm.objects.select_for_update().get(pk=_firm_of(member).pk)
    alike = list(Upload.objects.kept().filter(firm=firm, sha256=stored.sha256).order_by("uploaded_at"))
    for upload in alike:
        if case is None or (upload.case_id == case.pk and upload.evidence == evidence):
            return HandedIn(upload, False)
    _check_day(firm)
    usable = [one for one in alike if one.state in Upload.USABLE]
    own = clean_name(name) if usable else _own_name(firm, clean_name(name))  # what is read is told apart by its name
    upload = Upload(
        firm=firm, name=own, size=stored.size, sha256=stored.sha256, case=case, evidence=evidence,
        uploaded_by=member.user,
    )  # fmt: skip
    if usable:  # read once already; here it only answers an item of the list. What was refused, or waits, is read on its own
        upload.state, upload.kind = Upload.State.ATTACHED, usable[0].kind
        upload.save()
        return HandedIn(upload, True)
    upload.save()
    from chaoce.service.documents.tasks import read_upload

    # The queue is in the same database: the job is there if and only if the row is.
    read_upload.defer(upload_id=str(upload.pk))
    return HandedIn(upload, True)


@transaction.atomic
def attach(member: Membership, upload: Upload, case: Case, evidence: str) -> HandedIn:
    """Puts a file that the firm has here already to an item of a case's evidence list."""
    check_item(member, case, evidence)
    if upload.firm_id != member.firm_id or upload.removed_at is not None or upload.state == Upload.State.REFUSED:
        raise Refused(_("That file is not here any more, or cannot be used."))
    return add(member, upload.name, Stored(upload.sha256, upload.size), case, evidence)


def _check_day(firm: Firm) -> None:
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    today = Upload.objects.filter(firm=firm, uploaded_at__gte=start)
    if today.count() >= DAY_FILES:
        most = _("At most %(most)s files a day are taken. Go on tomorrow, or leave out what no benefit is about.")
        raise Refused(most % {"most": DAY_FILES})
    if (today.aggregate(sum=Sum("size"))["sum"] or 0) >= DAY_BYTES:
        raise Refused(_("The files of today are too large together. Go on tomorrow, or leave out what no benefit is about."))


def _own_name(firm: Firm, name: str) -> str:
    """The name, or with a number behind it where the firm has handed in another file of that name."""
    taken = set(Upload.objects.filter(firm=firm).filter(name__startswith=PurePath(name).stem[:40]).values_list("name", flat=True))
    ending = PurePath(name).suffix
    stem, number, own = name.removesuffix(ending), 1, name
    while own in taken:
        number += 1
        own = f"{stem} ({number}){ending}"
    return own
