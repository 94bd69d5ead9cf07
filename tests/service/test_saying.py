"""Matters and lines in words, wherever people read them."""

from __future__ import annotations

import pytest
from django.utils import translation

from chaoce.service.cases.checks import say_matter
from chaoce.service.cases.saying import say_line, titles_of_matters
from service.kit import make_call, submitted


def test_a_matter_that_is_a_title_is_said_by_its_name():
    """A matter is said in words, in both languages: an invoice and its line, a title by its name; any other as it is written."""
    with translation.override("en"):
        assert say_matter("invoice:26332000000447829611#1") == "line 1 of invoice 26332000000447829611"
    for matter, names in titles_of_matters().items():
        for lang in ("zh-hans", "en"):
            with translation.override(lang):
                assert say_matter(matter) == names["zh" if lang == "zh-hans" else "en"] and ":" not in say_matter(matter)
    assert "recognition:ai_benchmark_enterprise" in titles_of_matters()
    assert say_matter("words of a list") == "words of a list"


@pytest.mark.django_db
def test_a_line_is_said_with_its_benefit():
    """A refusal about a line names the benefit beside the fact."""
    case, _owner = submitted(make_call())
    with translation.override("zh-hans"):
        assert say_line(case.lines.get()) == "算力补贴 · p1"
