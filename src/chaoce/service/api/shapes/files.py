"""Files handed in, what was read in them, and the lines of invoices."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from chaoce.service.api.shapes.common import Moment, Money, Page, Paged, Sent, Shape, example, text
from chaoce.service.documents.models import Upload

_ID = "6f0c2c1e-6f5c-4c0b-9a52-0d6f5a9a3e11"
UPLOAD: dict[str, Any] = {
    "id": _ID, "name": "算力服务发票.xml", "size": 18234, "sha256": "0f" * 32, "state": "read", "kind": "xml",
    "invoice": "26332000000447829611", "case": None, "item": "", "uploaded_at": "2026-03-20T09:12:00+08:00",
}  # fmt: skip
_LINE: dict[str, Any] = {
    "invoice": "26332000000447829611", "line": 1, "upload": _ID, "item": "*信息技术服务*智能算力服务", "net": "773584.91",
    "tax": "46415.09", "state": "open", "fact": None, "type": None, "values": {}, "note": "", "seen": "",
}  # fmt: skip

StateName = Literal["waiting", "reading", "read", "refused", "attached"]
assert set(StateName.__args__) == set(Upload.State.values)  # type: ignore[attr-defined]


class UploadBrief(Shape):
    """A file in a list."""

    id: UUID
    name: str
    size: int = Field(description="Bytes.")
    sha256: str
    state: StateName = Field(description="How far the reading has come; it goes on in the background.")
    kind: str = Field(description="pdf, ofd, xlsx, xml, csv; empty for what is only kept.")
    invoice: str = Field(description="The number of the invoice in it, if there is one.")
    case: int | None = Field(description="The case to whose evidence list it was put.")
    item: str
    uploaded_at: Moment

    model_config = example(**UPLOAD)

    @classmethod
    def of(cls, row: Upload) -> UploadBrief:
        """From its row."""
        return cls(**cls.members(row))

    @staticmethod
    def members(row: Upload) -> dict[str, Any]:
        """Its members, for the shape that adds to it."""
        names = ("id", "name", "size", "sha256", "state", "kind", "invoice", "uploaded_at")
        return {**{name: getattr(row, name) for name in names}, "case": row.case_id, "item": row.evidence}


class UploadPage(Page):
    """Files, the latest first."""

    items: list[UploadBrief]

    model_config = example(items=[UPLOAD], next=None)


class UploadFilter(Paged):
    """Which files."""

    state: StateName | None = Field(None, description="Only files in this state.")


class FindingShape(Shape):
    """What was found in a file, in the language of the request."""

    severity: Literal["fault", "warning", "note"]
    code: str
    text: str
    line: int | None


class InvoiceLineShape(Shape):
    """A line of an invoice, and what the firm says that it is."""

    invoice: str
    line: int
    upload: UUID | None = Field(description="The file from which the invoice is used.")
    item: str
    net: Money
    tax: Money
    state: str = Field(description="open: waits for an answer; claimed; ignored: not claimed; reversed: taken off by a red invoice.")
    fact: str | None = Field(description="The id of the fact that it became.")
    type: str | None = Field(description="The answer: a type of fact, empty for what is not claimed, null while there is none.")
    values: dict[str, Any]
    note: str
    seen: str = Field(description="Marks the answer; send it with a new one, so that a later answer is not written over.")

    model_config = example(**_LINE)


class UploadShape(UploadBrief):
    """A file with what was found in it and, where an invoice was read in it, its lines."""

    copy_of: str | None = Field(description="The name of the file whose invoice this one only repeats.")
    findings: list[FindingShape]
    lines: list[InvoiceLineShape]

    model_config = example(
        **UPLOAD, copy_of=None, findings=[{"severity": "note", "code": "discount", "text": "第1行为折扣行。", "line": 1}], lines=[_LINE]
    )


class HandedIn(UploadShape):
    """The file as it is kept. `new` is false where the firm has the same bytes here already; then it is that file."""

    new: bool

    model_config = example(
        **{**UPLOAD, "state": "waiting", "kind": "", "invoice": ""}, copy_of=None, findings=[], lines=[], new=True,
    )  # fmt: skip


class Lines(Shape):
    """The lines of all invoices of a firm."""

    items: list[InvoiceLineShape]

    model_config = example(items=[_LINE])


class LineFilter(Sent):
    """Which lines."""

    state: Literal["open", "claimed", "ignored", "reversed"] | None = Field(None, description="Only lines in this state.")


class AnswerLine(Sent):
    """What a line is: a fact of a type with these values, or, with an empty type, nothing that is claimed."""

    invoice: text(60, 1)  # type: ignore[valid-type]
    line: int = Field(ge=1, le=100_000)
    type: text(60) = Field(description="A type of fact with an amount paid, or empty.")  # type: ignore[valid-type]
    values: dict[text(60, 1), bool | text(200)] = Field(  # type: ignore[valid-type]
        {}, description="The fields of the type but for the amount, which is the line's.", max_length=40
    )
    note: text(200) = ""  # type: ignore[valid-type]
    seen: text(60) | None = Field(None, description="The mark of the answer that the caller saw.")  # type: ignore[valid-type]

    model_config = example(
        invoice="26332000000447829611", line=1, type="compute_purchase", values={"resource": "intelligent", "purpose": "model_training"},
        note="", seen="",
    )  # fmt: skip


class TakeBack(Sent):
    """Nothing more needs to be said."""

    model_config = example()


class TakenBack(Shape):
    """The file that was taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": _ID, "removed_at": "2026-03-21T08:00:00+08:00"}]})

    id: UUID
    removed_at: Moment
