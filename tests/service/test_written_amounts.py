"""Amounts as people write them, the same in lists and in the fields of reviewers and heads."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from chaoce.service.lists.amounts import read_amount
from chaoce.service.pages.review.forms import YuanField


@pytest.mark.parametrize("text", ["80000", "80,000", "80000.00", "8万", "8万元", "8 万元", "80000元", "¥80,000.00", "８万元", "0.0008亿"])
def test_an_amount_is_taken_as_it_is_written(text: str):
    """“8万”, “8万元” and “80,000” are the same amount, in lists and in forms."""
    assert read_amount(text) == YuanField().clean(text) == 8_000_000


@pytest.mark.parametrize("text", ["8,0000", "80.000,00", "-8", "8万5", "abc", "0.001", "1e5", "9" * 14])
def test_what_is_no_amount_is_said(text: str):
    """What can be read in two ways, or not at all, is no amount."""
    assert read_amount(text) is None
    with pytest.raises(ValidationError):
        YuanField().clean(text)


def test_a_unit_of_the_header_counts_where_a_cell_has_none():
    """A header with 万元 counts for figures without a unit of their own."""
    assert read_amount("8", 10**4) == 8_000_000 and read_amount("80000元", 10**4) == 8_000_000
