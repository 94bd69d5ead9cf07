"""Values of a table, column by column: what a column of text or numbers holds, as the kind of its field says (docs/facts.md).

Every reader takes a column and gives the values, null where there is none, with a mask of the rows that hold something wrong.
What is right and wrong is exactly what it is for a single firm (chaoce.facts); rare cases are handed to the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

import polars as pl

from chaoce.facts.matter import is_matter
from chaoce.facts.types import KINDS, Field
from chaoce.population.columns import MILLIONTHS


class Column(NamedTuple):
    """Values of a field, a mask of the rows that are wrong, and the code of the fault that they have."""

    values: pl.Series
    wrong: pl.Series
    fault: str = "shape"


#: Signs of which every version of Unicode agrees that they are seen; a text of them alone, without blanks at its ends, is good.
_SEEN = r"!-~\u4e00-\u9fff\u3001-\u3020\uff01-\uff5e"
_PLAIN = rf"^[{_SEEN}](?:[ {_SEEN}]*[{_SEEN}])?$"
#: A matter of such signs: no `#`, or one with something after it that does not begin with 0.
_SEEN_NO_MARK = r"!-\"$-~\u4e00-\u9fff\u3001-\u3020\uff01-\uff5e"
_PLAIN_MATTER = rf"^[{_SEEN_NO_MARK}]+(?:#[1-9A-Za-z][{_SEEN_NO_MARK}]*)?$"


def read_column(field: Field, column: pl.Series, checked: bool = True) -> Column:
    """The values of a field from a column of any type; of words that are not `checked` only the type is looked at."""
    if column.dtype == pl.Null:
        column = column.cast(pl.String)
    if not checked and (words := _words(column)) is not None:
        return Column(words, _none(words))
    return _READERS[field.kind](field, column)


def empty(field: Field, rows: int) -> pl.Series:
    """The column of a field that a table does not have."""
    return pl.Series(field.name, [None], dtype=DTYPES[field.kind]).new_from_index(0, rows)


DTYPES: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "money": pl.Int64, "count": pl.Int64, "quantity": pl.Int128, "flag": pl.Boolean, "date": pl.Date,
    "text": pl.String, "choice": pl.String,
}  # fmt: skip


def _none(column: pl.Series) -> pl.Series:
    return pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(column))


def _all_wrong(field: Field, column: pl.Series, fault: str = "shape") -> Column:
    """A column of a type that cannot hold the field: every value in it is wrong."""
    return Column(empty(field, len(column)), column.is_not_null(), fault)


def _money(field: Field, column: pl.Series) -> Column:
    if isinstance(column.dtype, pl.Decimal) and (column.dtype.scale or 0) <= 2:
        fen = column.cast(pl.Decimal(38, 2), strict=False).to_physical() if column.dtype.scale != 2 else column.to_physical()
        wrong = ((fen < 0) | (fen > 10**18 - 1)).fill_null(False) | (fen.is_null() & column.is_not_null())
        return Column(fen.cast(pl.Int64, strict=False), wrong, "money")
    if column.dtype == pl.String:
        good = column.str.contains(r"^[0-9]{1,16}(\.[0-9]{1,2})?$").fill_null(False)
        fen = column.set(~good, None).cast(pl.Decimal(38, 2)).to_physical().cast(pl.Int64)
        return Column(fen, ~good & column.is_not_null(), "money")
    return _all_wrong(field, column, "money.number" if column.dtype.is_numeric() else "money")


def _count(field: Field, column: pl.Series) -> Column:
    if column.dtype == pl.String:
        good = column.str.contains(r"^(0|[1-9][0-9]{0,14})$").fill_null(False)
        return Column(column.set(~good, None).cast(pl.Int64), ~good & column.is_not_null())
    if not column.dtype.is_integer():
        return _all_wrong(field, column)
    count = column.cast(pl.Int64, strict=False)
    wrong = (count.is_null() & column.is_not_null()) | ((count < 0) | (count >= 10**15)).fill_null(False)
    return Column(count, wrong)


def _quantity(field: Field, column: pl.Series) -> Column:
    if isinstance(column.dtype, pl.Decimal) and (column.dtype.scale or 0) <= 6:
        parts = column.cast(pl.Decimal(38, 6), strict=False).to_physical()
        wrong = ((parts < 0) | (parts >= 10**15 * MILLIONTHS)).fill_null(False) | (parts.is_null() & column.is_not_null())
        return Column(parts, wrong)
    if column.dtype == pl.String:
        good = column.str.contains(r"^[0-9]{1,15}(\.[0-9]{1,6})?$").fill_null(False)
        return Column(column.set(~good, None).cast(pl.Decimal(38, 6)).to_physical(), ~good & column.is_not_null())
    return _all_wrong(field, column)


def _flag(field: Field, column: pl.Series) -> Column:
    if column.dtype == pl.Boolean:
        return Column(column, _none(column))
    if column.dtype == pl.String:
        good = column.is_in(["true", "false"]).fill_null(False)
        return Column((column == "true").set(~good, None), ~good & column.is_not_null())
    return _all_wrong(field, column)


def _date(field: Field, column: pl.Series) -> Column:
    if column.dtype == pl.Date:
        return Column(column, ((column < date.min) | (column > date.max)).fill_null(False), "date")
    if column.dtype == pl.String:
        # The shape is looked at first: the reader of days would take `2026-3-8` too.
        good = column.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$").fill_null(False)
        days = column.set(~good, None).str.to_date("%Y-%m-%d", strict=False)
        return Column(days, (days.is_null() | (days.dt.year() < 1)).fill_null(True) & column.is_not_null(), "date")
    return _all_wrong(field, column, "date")


def _words(column: pl.Series) -> pl.Series | None:
    """A column of words as text; None if it is of another type."""
    if column.dtype == pl.String:
        return column
    return column.cast(pl.String) if column.dtype in (pl.Categorical, pl.Enum) else None


def _text(field: Field, column: pl.Series) -> Column:
    words = _words(column)
    if words is None:
        return _all_wrong(field, column)
    return Column(words, _not_good(words, _PLAIN, lambda value: KINDS["text"].read(value) is not None))


def _choice(field: Field, column: pl.Series) -> Column:
    words = _words(column)
    if words is None:
        return _all_wrong(field, column)
    known = words.is_in(list(field.choices or ()))
    return Column(words, (~known).fill_null(False), "unknown.value")


def _not_good(column: pl.Series, plain: str, good: Callable[[str], bool]) -> pl.Series:
    """The rows whose text is not good; only the few that are not plain are looked at one by one."""
    wrong = (~column.str.contains(plain)).fill_null(False)
    if wrong.any():
        odd = column.filter(wrong).unique()
        bad = [value for value in odd if not good(value)]
        wrong = column.is_in(bad).fill_null(False) if bad else _none(column)
    return wrong


_READERS: Mapping[str, Callable[[Field, pl.Series], Column]] = {
    "money": _money, "count": _count, "quantity": _quantity, "flag": _flag, "date": _date, "text": _text, "choice": _choice,
}  # fmt: skip


def good_matters(column: pl.Series) -> pl.Series:
    """Which texts are matters."""
    return ~_not_good(column, _PLAIN_MATTER, is_matter)


def read_matters(column: pl.Series, joined: bool) -> Column:
    """Matters as lists of texts, each once; `joined` parts a text by `|`."""
    if column.dtype == pl.Null:
        column = column.cast(pl.List(pl.String))
    words = _words(column)
    if words is not None:
        column = words.str.split("|") if joined else words.reshape((-1, 1)).arr.to_list()
        column = column.set(words.is_null(), None) if words.has_nulls() else column
    if column.dtype in (pl.List(pl.Categorical), pl.List(pl.Null)):
        column = column.cast(pl.List(pl.String))
    if column.dtype != pl.List(pl.String):
        none = pl.Series("matter", [None], dtype=pl.List(pl.String)).new_from_index(0, len(column))
        return Column(none, column.is_not_null(), "matter")
    lengths = column.list.len()
    wrong = (lengths == 0).fill_null(False)
    single = column.filter((lengths > 0).fill_null(False)).explode()
    if single.has_nulls() or _not_good(single, _PLAIN_MATTER, is_matter).any():
        checked = column.map_elements(lambda row: not all(is_matter(value) for value in row), return_dtype=pl.Boolean)
        wrong |= checked.fill_null(False)
    values = column.list.unique(maintain_order=True) if (lengths > 1).any() else column
    return Column(values, wrong, "matter")


def own_matter(text: str) -> pl.Expr:
    """The matter that a type gives a fact that names none: words, and fields in braces."""
    parts: list[pl.Expr] = []
    while text:
        words, _, rest = text.partition("{")
        if words:
            parts.append(pl.lit(words))
        name, _, text = rest.partition("}")
        if name:
            parts.append(pl.col(name).cast(pl.String))
    return pl.concat_str(parts)
