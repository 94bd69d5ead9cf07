"""Background work on files: reading each in a process of its own, and seeing to it that none is left half read."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext

from chaoce.evidence.findings import FAULT, Finding, Refused, refuse
from chaoce.evidence.invoice import Invoice, to_json
from chaoce.evidence.reader import Reader
from chaoce.evidence.table import Sheet
from chaoce.service.documents.models import Upload
from chaoce.service.documents.settling import refresh, settlement
from chaoce.service.documents.store import path_of
from chaoce.service.facts.record import MOST_FACTS
from chaoce.service.messaging.notices import upload_faults

#: How often a file may take its worker with it before it counts as one that cannot be read.
ATTEMPTS = 3
#: Seconds without a sign of life after which a worker counts as gone.
GONE = 60.0
#: Bytes of what was read in one file, as JSON.
READING_BYTES = 20_000_000
#: What is kept as an attachment although no invoice can be read in it.
_ATTACHABLE = frozenset({"kind.picture", "pdf.picture", "pdf.form"})
_UNFINISHED = (Upload.State.WAITING, Upload.State.READING)
#: What PostgreSQL cannot hold in a text.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@app.task(name="documents.read_upload", queue="files", pass_context=True, retry=RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=4))
def read_upload(context: JobContext, upload_id: str) -> None:
    """Reads one file and brings the firm's facts in line; a file that was read already, or taken back, is not read again."""
    read_now(upload_id, worn=context.job.attempts >= ATTEMPTS)


def read_now(upload_id: UUID | str, worn: bool = False) -> None:
    """The same without a queue. `worn`: the file has broken its reader often enough and is refused unread."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=upload_id)
        unread = upload.state in _UNFINISHED
        if unread:
            upload.state = Upload.State.READING
            upload.save(update_fields=["state"])
    if unread:
        broken = refusal(Refused(Finding("file.stopped", {"detail": "worker"}, file=upload.name)))
        reading = broken if worn else read(upload)
        with transaction.atomic():
            upload = Upload.objects.select_for_update().get(pk=upload_id)
            if upload.state in _UNFINISHED:  # else another worker was faster
                record(upload, reading)
                upload.save()
    refresh(upload.firm, upload.uploaded_by)
    if unread and _is_faulty(upload):
        upload_faults(upload)


def _is_faulty(upload: Upload) -> bool:
    """Whether something in a file is not used, beside lines that only wait for an answer."""
    found = settlement(upload.firm)
    name = found.name_of.get(upload.pk) if found is not None else None
    findings = found.findings_of.get(name, []) if found is not None and name is not None else []
    return upload.state == Upload.State.REFUSED or any(finding.severity == FAULT for finding in findings)


def read(upload: Upload) -> dict[str, Any]:
    """What `evidence.reading.answer` says of the file, read in a process of its own within its limits."""
    with Reader() as reader:
        try:
            reading = answer_of(reader.read(path_of(upload.sha256), upload.name))
        except Refused as refused:
            reading = refusal(refused)
    if len(json.dumps(reading)) > READING_BYTES:
        return refusal(Refused(Finding("file.stopped", {"detail": "size"}, file=upload.name)))
    return _storable(reading)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _storable(entry) for key, entry in value.items()}
    return [_storable(entry) for entry in value] if isinstance(value, list | tuple) else value


def answer_of(found: Invoice | list[Sheet]) -> dict[str, Any]:
    """What was read, as `evidence.reading.outcome` takes it."""
    if isinstance(found, Invoice):
        return {"invoice": to_json(found)}
    if sum(len(sheet.rows) - 1 for sheet in found) > MOST_FACTS:
        raise refuse("table.rows", limit=MOST_FACTS)
    return {"sheets": [{"name": sheet.name, "rows": sheet.rows} for sheet in found]}


def refusal(refused: Refused) -> dict[str, Any]:
    """Why a file cannot be used, as `evidence.reading.outcome` takes it."""
    fields = ("code", "particulars", "file", "row", "invoice", "line")
    return {"findings": [{key: getattr(finding, key) for key in fields} for finding in refused.findings]}


def record(upload: Upload, reading: dict[str, Any]) -> None:
    """Writes into a row what was read in its file: the state, the kind and the key of the invoice."""
    upload.reading = reading
    upload.kind = kind_of(upload.name, reading)
    if "invoice" in reading:
        invoice = reading["invoice"]
        upload.state = Upload.State.READ
        upload.invoice = (f"{invoice['code']}-" if invoice["code"] else "") + invoice["number"]
    elif "sheets" in reading:
        upload.state = Upload.State.READ
    elif _ATTACHABLE & {finding["code"] for finding in reading["findings"]}:
        upload.state = Upload.State.ATTACHED
    else:
        upload.state = Upload.State.REFUSED


def kind_of(name: str, reading: dict[str, Any]) -> str:
    """pdf, ofd, xlsx, xml or csv of a file that was read; empty for a picture and for what could not be told."""
    if "invoice" in reading:
        carrier = reading["invoice"]["carrier"]
        return "pdf" if carrier == "pdf" else "ofd" if carrier.startswith("ofd") else "xml"
    if "sheets" in reading:
        return "csv" if name.lower().endswith(".csv") else "xlsx"
    return "pdf" if {"pdf.picture", "pdf.form"} & {finding["code"] for finding in reading["findings"]} else ""


@app.periodic(cron="* * * * *")
@app.task(name="documents.take_up_again", queue="files", queueing_lock="documents.take_up_again", pass_context=True)
async def take_up_again(context: JobContext, timestamp: int, seconds: float = GONE) -> None:
    """Gives the files of a worker that is gone to another one; each minute."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(task_name=read_upload.name, seconds_since_heartbeat=seconds):
        await manager.retry_job(job)
