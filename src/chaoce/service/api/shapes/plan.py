"""Benefits, their sentences and rules, and the year's decisions."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from chaoce.service.api.shapes.common import Both, Moment, Shape, example
from chaoce.service.plan.models import YearDecisions

BENEFIT: dict[str, Any] = {
    "policy": "haining-ai-2026", "id": "compute-purchase", "clause": "三(一)", "title": {"zh": "算力补贴", "en": "Compute subsidy"},
    "sentence": "支持企业通过购买智算、超算算力用于产品开发、算法设计、模型训练、产品验证、场景应用，按照不高于实际购买金额的50%给予补贴…",
    "translation": "", "quotes": ["按照不高于实际购买金额的50%给予补贴"],
    "rule": {"zh": "最高为实付金额的50%", "en": "at most 50% of the amount paid"},
    "limits": [{"zh": "每家企业每年500,000.00 元", "en": "500,000.00 yuan per firm per year"}],
    "lead": {"zh": "市经信局", "en": "Bureau of Economy and Information Technology (市经信局)"}, "joint": [],
    "facts": "compute_purchase", "ceiling": True, "settled": False,
    "status": {"zh": "上限，待核定", "en": "ceiling, not yet decided"}, "notes": [],
}  # fmt: skip


class BenefitShape(Shape):
    """One thing that a policy pays for (政策项): the official sentence, and its rule in words."""

    policy: str
    id: str
    clause: str
    title: Both
    sentence: str = Field(description="The official sentence, word for word.")
    translation: str
    quotes: list[str] = Field(description="The words of the sentence that the rule stands on.")
    rule: Both
    limits: list[Both]
    lead: Both
    joint: list[Both]
    facts: str = Field(description="The type of fact that it pays for.")
    ceiling: bool = Field(description="The amount is a ceiling that no decision of the year has settled.")
    settled: bool = Field(description="The year's decisions have settled what it pays.")
    status: Both
    notes: list[Both]

    model_config = example(**BENEFIT)


class Benefits(Shape):
    """All benefits of the policies that this service runs, in their order."""

    year: int
    items: list[BenefitShape]

    model_config = example(year=2026, items=[BENEFIT])


class DecisionsShape(Shape):
    """The decisions in force for a year; `text` is the decisions file."""

    year: int
    version: int
    text: str
    source: str = Field(description="The document that says so.")
    recorded_at: Moment

    model_config = example(
        year=2026, version=1, text="year: 2026\nrates: {compute-purchase: \"30%\"}\n", source="海政办发〔2026〕12号",
        recorded_at="2026-02-01T10:00:00+08:00",
    )  # fmt: skip

    @classmethod
    def of(cls, row: YearDecisions) -> DecisionsShape:
        """From its row."""
        return cls(year=row.year, version=row.version, text=row.text, source=row.source, recorded_at=row.recorded_at)
