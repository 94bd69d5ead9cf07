"""What the shapes have in common: texts, money, pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.utils.timezone import localtime
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from chaoce.marked import Names
from chaoce.money import format_yuan, parse_yuan

#: A text without the sign that no database takes.
_TEXT = r"^[^\x00]*$"
_MONEY = r"^[0-9]{1,16}(\.[0-9]{1,2})?$"


class Shape(BaseModel):
    """What comes out."""


class Sent(BaseModel):
    """What goes in: a member that is not known is a fault, so that no misspelt one is passed over."""

    model_config = ConfigDict(extra="forbid")


def example(**members: Any) -> ConfigDict:
    """The model config that carries a complete example into the OpenAPI."""
    return ConfigDict(json_schema_extra={"examples": [members]})


def text(most: int, least: int = 0) -> Any:
    """A text of so many letters."""
    return Annotated[str, StringConstraints(min_length=least, max_length=most, pattern=_TEXT)]


def _as_yuan(value: str) -> str:
    if parse_yuan(value) is None:
        raise ValueError("an amount in yuan as a decimal string with at most two places, like 820000.00")
    return value


#: Yuan as a decimal string (docs/facts.md), as it is sent.
Yuan = Annotated[str, StringConstraints(pattern=_MONEY), AfterValidator(_as_yuan)]

#: Yuan as it is given out: always two places.
Money = Annotated[str, Field(description="Yuan, a decimal string with two places.", pattern=r"^-?[0-9]+\.[0-9]{2}$")]

#: A moment as it is given out: to the second, in the time of Haining.
Moment = Annotated[datetime, PlainSerializer(lambda moment: localtime(moment).isoformat(timespec="seconds"), when_used="json")]

#: The number of a row.
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]

Text400 = text(400)
Reason = text(2000, 1)


class Version(Sent):
    """A step that says nothing but which version of the case was seen."""

    version: int = Field(ge=1, le=2**31 - 1, description="The version of the case that the caller saw; another one is answered with 409.")

    model_config = example(version=3)


class Both(Shape):
    """Words in Chinese and English."""

    zh: str
    en: str

    @classmethod
    def of(cls, said: Names) -> Both:
        """The words of the packages."""
        return cls(zh=said.zh, en=said.en)


class Paged(Sent):
    """Which page of a list."""

    limit: int = Field(25, ge=1, le=100, description="Rows of a page.")
    cursor: text(400) | None = Field(None, description="Where the page begins: as `next` of the page before has it.")  # type: ignore[valid-type]


class Page(Shape):
    """A page of a list. `next` is the address of the following page, null on the last."""

    next: str | None


def yuan(fen: int | None) -> str | None:
    """Fen as the API gives them out; None stays None."""
    return None if fen is None else format_yuan(fen)
