"""Firms, and what they are due."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from chaoce.service.api.shapes.common import Money, Page, Paged, Sent, Shape, example, text, yuan
from chaoce.service.firms.models import Firm

FIRM: dict[str, Any] = {
    "uscc": "91330481MA2TEKT025", "name": "海宁某智能科技有限公司", "industry": "C3962", "division": "330481", "town": "330481001",
    "employees": 120, "revenue": "86000000.00", "owners": ["沈明"], "synthetic": False,
}  # fmt: skip


class FirmShape(Shape):
    """A firm with the fields of `enterprise` in a facts file."""

    uscc: str = Field(description="统一社会信用代码, 18 characters.")
    name: str
    industry: str = Field(description="GB/T 4754-2017: section letter and digits.")
    division: str = Field(description="GB/T 2260; 330481 is Haining.")
    town: str | None
    employees: int | None
    revenue: Money | None
    owners: list[str]
    synthetic: bool = Field(description="Made up for a demonstration.")

    model_config = example(**FIRM)

    @classmethod
    def of(cls, row: Firm) -> FirmShape:
        """From its row."""
        return cls(
            uscc=row.uscc, name=row.name, industry=row.industry, division=row.division, town=row.town_id, employees=row.employees,
            revenue=yuan(row.revenue), owners=list(row.owners), synthetic=row.synthetic,
        )  # fmt: skip


class FirmPage(Page):
    """Firms in the order of their identifiers."""

    items: list[FirmShape]

    model_config = example(items=[FIRM], next="/api/v1/firms?limit=25&cursor=WyI5MTMzMDQ4MU1BMlRFS1QwMjUiXQ")


class FirmFilter(Paged):
    """Which firms."""

    q: text(60) | None = Field(None, description="Part of the name, or the beginning of the identifier.")  # type: ignore[valid-type]
    town: text(9) | None = Field(None, description="Code of the town.")  # type: ignore[valid-type]


class YearOf(Sent):
    """A calendar year."""

    year: int | None = Field(None, ge=2020, le=2099, description="Calendar year; this year if left out.")


class Contribution(Shape):
    """What one fact contributes to a benefit."""

    id: str
    amount: Money


class Entitlement(Shape):
    """What one benefit pays."""

    id: str
    policy: str
    clause: str
    amount: Money
    ceiling: bool = Field(description="The text gives the amount only as a ceiling and no decision has settled it.")
    facts: list[Contribution]


class Assessment(Shape):
    """The answer of `chaoce assess --json`, word for word (the contract, section 3)."""

    uscc: str
    policies: list[str]
    year: int
    total: Money
    benefits: list[Entitlement]
    refused: list[dict[str, Any]] = Field(
        description="Facts of the year that bring nothing, with the condition that failed and its margin."
    )
    readings: list[dict[str, Any]] = Field(description="Where another reading of the text would change the total.")
    optimal: bool
    bound: Money | None = Field(None, description="The proven upper bound, where the total is not proven the highest.")

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "uscc": "91330481MA2TEKT025", "policies": ["haining-ai-2026"], "year": 2026, "total": "410000.00",
                    "benefits": [
                        {
                            "id": "compute-purchase", "policy": "haining-ai-2026", "clause": "三(一)", "amount": "410000.00",
                            "ceiling": True, "facts": [{"id": "p1", "amount": "410000.00"}],
                        }
                    ],
                    "refused": [], "readings": [], "optimal": True,
                }
            ]
        },
    )  # fmt: skip


class Explanation(Shape):
    """The same for a person: texts are {zh, en}, the official sentence stands with every figure."""

    uscc: str
    name: str
    year: int
    total: Money
    ceiling: Money = Field(description="The part that is only a ceiling.")
    promised: Money = Field(description="The part that the text or a decision gives as it stands.")
    benefits: list[dict[str, Any]] = Field(description="Sentence, arithmetic and limits of each benefit, fact by fact.")
    refused: list[dict[str, Any]]
    conflicts: list[dict[str, Any]] = Field(description="Claims that lost against another for the same matter, and what that cost.")
    readings: list[dict[str, Any]]
    received: list[dict[str, Any]]
    outside: list[dict[str, Any]] = Field(description="Facts of other years.")

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "uscc": "91330481MA2TEKT025", "name": "海宁某智能科技有限公司", "year": 2026, "total": "410000.00",
                    "ceiling": "410000.00", "promised": "0.00", "benefits": [], "refused": [], "conflicts": [], "readings": [],
                    "received": [], "outside": [],
                }
            ]
        },
    )  # fmt: skip
