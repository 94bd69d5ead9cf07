"""The accounts beside the sign-in form."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from chaoce.service.start.folder import this_folder
from chaoce.service.wording import spoken


def accounts(request: HttpRequest) -> dict[str, Any]:
    """The demonstration's accounts, on the sign-in page alone: key, role, and place in the language of the page."""
    match = request.resolver_match
    if match is None or match.view_name != "account_login":
        return {}
    lang = spoken()
    people = this_folder().read()["accounts"]
    rows = [
        {**row, "key": key, "role": row[f"role_{lang}"], "place": row[f"place_{lang}"], "chinese": row["place_zh"] == row[f"place_{lang}"]}
        for key, row in people.items()
    ]
    firm = [row for row in rows if row["key"].startswith("firm-")]
    departments = [row for row in rows if row["key"].endswith(("-reviewer", "-head"))]
    return {"demo_accounts": {"firm": firm, "departments": departments, "others": [r for r in rows if r not in firm + departments]}}
