"""Facts and support received."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from chaoce.money import format_yuan
from chaoce.service.api.shapes.common import Moment, Money, Page, Paged, Sent, Shape, example, text
from chaoce.service.api.shapes.firms import FIRM
from chaoce.service.facts.models import Fact, Received

_RAW = {"id": "p1", "type": "compute_purchase", "date": "2026-03-18", "paid": "820000.00", "resource": "intelligent"}
FACT: dict[str, Any] = {
    "ref": 17, "id": "p1", "type": "compute_purchase", "date": "2026-03-18", "matters": ["invoice:26332000000447829611#1"],
    "source": "invoice", "upload": "6f0c2c1e-6f5c-4c0b-9a52-0d6f5a9a3e11", "fact": _RAW, "added_at": "2026-03-20T09:12:00+08:00",
    "withdrawn_at": None, "withdrawn_why": "",
}  # fmt: skip


class FactShape(Shape):
    """A fact as the service keeps it; `fact` is its object in a facts file."""

    ref: int = Field(description="Names this row in addresses. A fact said anew keeps its id and gets another ref.")
    id: str = Field(description="Its id in the firm's facts file.")
    type: str
    date: datetime.date
    matters: list[str] = Field(description="The very things paid for (事项); each is paid once.")
    source: str = Field(description="invoice, list, statement or import.")
    upload: UUID | None = Field(description="The file that it was read in or is borne out by.")
    fact: dict[str, Any]
    added_at: Moment
    withdrawn_at: Moment | None
    withdrawn_why: str

    model_config = example(**FACT)

    @classmethod
    def of(cls, row: Fact) -> FactShape:
        """From its row."""
        return cls(
            ref=row.pk, id=row.key, type=row.type, date=row.date, matters=list(row.matters), source=row.source, upload=row.upload_id,
            fact=row.raw, added_at=row.added_at, withdrawn_at=row.withdrawn_at, withdrawn_why=row.withdrawn_why,
        )  # fmt: skip


class FactPage(Page):
    """Facts, the latest added first."""

    items: list[FactShape]

    model_config = example(items=[FACT], next=None)


class FactFilter(Paged):
    """Which facts."""

    type: text(60) | None = Field(None, description="Only facts of this type.")  # type: ignore[valid-type]
    year: int | None = Field(None, ge=2000, le=2099, description="Only facts dated in this calendar year.")
    withdrawn: bool = Field(False, description="Facts that no longer stand as well.")


class StateFact(Sent):
    """A fact that the firm states itself; what has an amount paid comes from invoices, what is granted by title from official lists."""

    type: text(60, 1)  # type: ignore[valid-type]
    date: datetime.date
    values: dict[text(60, 1), bool | text(200)] = Field(description="The fields of its type, as a facts file writes them.", max_length=40)  # type: ignore[valid-type]
    thing: text(120) = Field("", description="The name of the project or scenario, for types that are about one.")  # type: ignore[valid-type]
    upload: UUID = Field(description="The file that bears it out.")
    note: text(200) = ""  # type: ignore[valid-type]

    model_config = example(
        type="data_ip_certificate", date="2026-05-06", values={"number": "浙数知登字2026000123"}, thing="",
        upload="6f0c2c1e-6f5c-4c0b-9a52-0d6f5a9a3e11", note="",
    )  # fmt: skip


class WithdrawFact(Sent):
    """Nothing more needs to be said."""

    model_config = example()


class ReceivedShape(Shape):
    """Support already granted for one matter, under any plan of any level."""

    benefit: str
    policy: str
    matter: str
    date: datetime.date
    year: int | None
    amount: Money
    case: int | None = Field(description="The case here that granted it.")
    withdrawn_at: Moment | None

    model_config = example(
        benefit="provincial-application-award", policy="", matter="recognition:ai_benchmark_enterprise", date="2026-02-01", year=None,
        amount="200000.00", case=None, withdrawn_at=None,
    )  # fmt: skip

    @classmethod
    def of(cls, row: Received) -> ReceivedShape:
        """From its row, with its case line."""
        return cls(
            benefit=row.benefit, policy=row.policy, matter=row.matter, date=row.date, year=row.year, amount=format_yuan(row.amount),
            case=row.case_line.case_id if row.case_line else None, withdrawn_at=row.withdrawn_at,
        )  # fmt: skip


class ReceivedPage(Page):
    """Support received, the latest added first."""

    items: list[ReceivedShape]

    model_config = example(
        items=[
            {
                "benefit": "provincial-application-award", "policy": "", "matter": "recognition:ai_benchmark_enterprise",
                "date": "2026-02-01", "year": None, "amount": "200000.00", "case": None, "withdrawn_at": None,
            }
        ],
        next=None,
    )  # fmt: skip


class FactsFile(Shape):
    """A facts file (the contract, section 1): what `chaoce assess` takes."""

    enterprise: dict[str, Any]
    facts: list[dict[str, Any]]
    received: list[dict[str, Any]]

    model_config = example(enterprise={key: FIRM[key] for key in ("uscc", "name", "industry", "division")}, facts=[_RAW], received=[])
