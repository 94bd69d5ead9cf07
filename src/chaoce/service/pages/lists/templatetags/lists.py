"""Words in which Chinese stands among English: marked as Chinese, so that it is read aloud as what it is."""

from __future__ import annotations

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from chaoce.service.pages.language import code

register = template.Library()

_RUN = re.compile(r"[\u3400-鿿](?:[0-9A-Za-z　-\u303f\u3400-鿿\uff01-\uff60()·—]*[\u3400-鿿）)])?")


@register.filter
def marked(text: object) -> SafeString:
    """The text with each run of Chinese in an element that says so; on a Chinese page as it is."""
    said = str(escape(str(text)))
    if code() == "zh":
        return mark_safe(said)
    return mark_safe(_RUN.sub(r'<span lang="zh">\g<0></span>', said))
