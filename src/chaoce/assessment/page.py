"""The explanation as one self-contained HTML page: both languages, no network, no script, prints well."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chaoce.assessment.terminal import WORDS, alike, policy_marks, proof_of, total, yuan
from chaoce.faults import Fault, Faults
from chaoce.files import write_atomically


def render_page(explanations: Sequence[dict[str, Any]], lang: str = "zh") -> str:
    """The page for one firm or several; `lang` is the language that it opens in."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("chaoce.assessment", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["yuan"] = yuan
    environment.filters["marked"] = _marked
    from chaoce import __version__

    template = environment.get_template("explanation.html")
    return template.render(
        explanations=explanations, lang=lang, w=WORDS, alike=alike, total=total, marks=policy_marks, proof_of=proof_of, version=__version__
    )


def _marked(sentence: str, quotes: Sequence[str]) -> Any:
    """The sentence with the words that the rule stands on marked."""
    from markupsafe import Markup, escape

    html = escape(sentence)
    for quote in quotes:
        html = Markup(str(html).replace(str(escape(quote)), f"<mark>{escape(quote)}</mark>"))
    return html


def write_page(path: Path, explanations: Sequence[dict[str, Any]], lang: str) -> None:
    """Write the page whole or not at all; raises Faults where it cannot be written."""
    try:
        write_atomically(path, render_page(explanations, lang))
    except OSError as error:
        raise Faults([Fault("cli.write", {"detail": error.strerror or str(error)}, file=str(path))]) from None
