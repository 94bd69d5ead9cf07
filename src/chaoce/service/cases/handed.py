"""What a firm handed in: the form and the files as they stood at a submission, kept in its event.

Form and files may be changed while a case is with the firm for correction; papers say what was handed in, not what is being written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from chaoce.service.cases.models import Case
from chaoce.service.documents.models import Upload

#: The events that hand a case in.
SUBMISSIONS = ("submit", "resubmit")


class Handed(NamedTuple):
    """A submission: which one it is (from 1; 0 for a draft), when, the form, and the files as {upload, name, size, sha256, evidence}."""

    number: int
    at: datetime | None
    form: dict[str, str]
    files: list[dict[str, Any]]


def handed_in(case: Case) -> dict[str, Any]:
    """Form, files and claims as they stand now, as plain data: the files put to the evidence list, then those that the lines stand on."""
    attached = list(case.attachments.filter(removed_at=None).order_by("evidence", "name", "id"))
    read = Upload.objects.filter(facts__case_lines__case=case).exclude(pk__in=[upload.pk for upload in attached])
    files = [*attached, *read.distinct().order_by("name", "id")]
    claims = sorted([line.policy, line.benefit, line.fact.key] for line in case.lines.select_related("fact"))
    return {"form": dict(case.form), "files": [_file(upload, case) for upload in files], "claims": claims}


def claims_handed_in(case: Case) -> set[tuple[str, str, str]]:
    """What the case claimed when it was last handed in, as (policy, benefit, fact key); empty for a draft."""
    said = case.events.filter(kind__in=SUBMISSIONS).order_by("at", "id").values_list("particulars", flat=True).last() or {}
    return {(policy, benefit, key) for policy, benefit, key in said.get("claims", [])}


def _file(upload: Upload, case: Case) -> dict[str, Any]:
    # What answers an item of the list of another case is, in this one, the file behind a fact.
    return {
        "upload": str(upload.pk),
        "name": upload.name,
        "size": upload.size,
        "sha256": upload.sha256,
        "evidence": upload.evidence if upload.case_id == case.pk else "",
    }


def last_handed_in(case: Case) -> Handed:
    """The last submission; for a draft what it has so far."""
    events = list(case.events.filter(kind__in=SUBMISSIONS).order_by("at", "id").values_list("at", "particulars"))
    if not events:
        now = handed_in(case)
        return Handed(0, None, now["form"], now["files"])
    at, particulars = events[-1]
    return Handed(len(events), at, particulars.get("form", {}), particulars.get("files", []))
