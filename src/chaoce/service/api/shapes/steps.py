"""What a step of a case is told."""

from __future__ import annotations

import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from chaoce.service.api.shapes.common import Number, Reason, Sent, Text400, Version, Yuan, example, text


class OpenCase(Sent):
    """In which call."""

    call: Number

    model_config = example(call=3)


class Claimed(Sent):
    """A fact under a benefit."""

    policy: text(80, 1)  # type: ignore[valid-type]
    benefit: text(80, 1)  # type: ignore[valid-type]
    fact: text(200, 1) = Field(description="The id of the fact in the firm's facts file.")  # type: ignore[valid-type]


class ChooseLines(Version):
    """All that the case claims; what is left out is no longer claimed."""

    lines: list[Claimed] = Field(max_length=1000)

    model_config = example(version=2, lines=[{"policy": "haining-ai-2026", "benefit": "compute-purchase", "fact": "p1"}])


class SaveForm(Version):
    """Fields of the application form; those left out stay as they are."""

    form: dict[Literal["contact", "phone", "explanation", "consent"], text(4000)]  # type: ignore[valid-type]

    model_config = example(version=2, form={"contact": "沈明", "phone": "0573-87000000", "consent": "yes"})


class Why(Version):
    """A step with its reason."""

    why: Reason  # type: ignore[valid-type]

    model_config = example(version=3, why="与另一批次重复，撤回后另行申报。")


class Resubmit(Version):
    """An answer to every point of the correction, in their order."""

    answers: list[Reason] = Field(min_length=1, max_length=100)  # type: ignore[valid-type]

    model_config = example(version=5, answers=["已补充合同盖章页。"])


class Point(Sent):
    """A point to put right."""

    text: Reason  # type: ignore[valid-type]
    fact: text(200) = Field("", description="The id of the fact that it is about.")  # type: ignore[valid-type]


class SendBack(Version):
    """What the firm has to put right, until when."""

    points: list[Point] = Field(min_length=1, max_length=100)
    deadline: datetime.date

    model_config = example(version=4, points=[{"text": "请补充合同盖章页。", "fact": "p1"}], deadline="2026-04-10")


class GiveVerdict(Version):
    """What a department finds."""

    verdict: Literal["agrees", "objects"]
    opinion: text(4000) = Field("", description="An objection needs it.")  # type: ignore[valid-type]

    model_config = example(version=6, verdict="agrees", opinion="")


class Lower(Version):
    """A lower amount for one line; null takes it back."""

    line: Number
    amount: Yuan | None  # type: ignore[valid-type]
    why: Text400 = ""  # type: ignore[valid-type]

    model_config = example(version=6, line=31, amount="300000.00", why="其中一笔用途不符。")


class ClearCheck(Version):
    """The finding that is cleared, and why."""

    check: Number
    why: Text400  # type: ignore[valid-type]

    model_config = example(version=6, check=9, why="已电话核实，为同名不同企业。")


class Grant(Sent):
    """The amount granted for a line, with its reason where it differs from what was proposed or the text gives only a ceiling."""

    line: Number
    amount: Yuan  # type: ignore[valid-type]
    why: Text400 = ""  # type: ignore[valid-type]


class Decide(Version):
    """The decision. Lines that are not named get what is computed, or the reviewers' lower amount."""

    grants: list[Grant] = Field([], max_length=1000)
    why: text(4000) = Field("", description="A refusal needs it.")  # type: ignore[valid-type]

    model_config = example(version=9, grants=[{"line": 31, "amount": "300000.00", "why": "按本年预算核定"}], why="")


class AddRemark(Version):
    """Something to be written on the case."""

    text: text(4000, 1)  # type: ignore[valid-type]
    inside: bool = Field(description="For the departments only; a firm never writes inside.")

    model_config = example(version=6, text="请补充合同盖章页。", inside=False)


class ReportVisit(Version):
    """What the town saw."""

    day: datetime.date
    report: text(4000, 1)  # type: ignore[valid-type]
    sound: bool
    on_site: bool

    model_config = example(version=4, day="2026-03-25", report="设备在场，与发票一致。", sound=True, on_site=True)


class AskExpert(Version):
    """Who is asked what."""

    expert: text(254, 3) = Field(description="The address of the expert.")  # type: ignore[valid-type]
    question: text(4000, 1)  # type: ignore[valid-type]

    model_config = example(version=6, expert="zhou@example.org", question="算力用途是否为模型训练？")


class AnswerAsExpert(Version):
    """The expert's answer, or the word that the expert stands aside."""

    text: text(4000, 1)  # type: ignore[valid-type]
    recused: bool = False

    model_config = example(version=7, text="用途属于模型训练。", recused=False)


class Attach(Version):
    """Which file answers which item of the evidence list."""

    upload: UUID
    item: text(60, 1)  # type: ignore[valid-type]

    model_config = example(version=2, upload="6f0c2c1e-6f5c-4c0b-9a52-0d6f5a9a3e11", item="contract")
