"""What browsers call themselves, in words."""

from __future__ import annotations

import re

from django import template

register = template.Library()

# The first that fits: browsers name those before them as well.
_BROWSERS = (
    ("MicroMessenger", r"MicroMessenger/(\d+)"),
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+)[.\d]* (?:Mobile/\w+ )?Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iOS", "iPhone|iPad"),
    ("HarmonyOS", "HarmonyOS|OpenHarmony"),
    ("Windows", "Windows"),
    ("macOS", "Mac OS X"),
    ("Linux", "Linux|X11"),
)


@register.filter
def browser(agent: str) -> str:
    """The browser and the system of a User-Agent header; the header itself, cut short, where it is none that is known.

    >>> browser("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36")
    'Chrome 130 · Linux'
    """
    for name, pattern in _BROWSERS:
        if found := re.search(pattern, agent):
            system = next((system for system, words in _SYSTEMS if re.search(words, agent)), "")
            return f"{name} {found[1]}" + (f" · {system}" if system else "")
    return agent[:60] or "—"
