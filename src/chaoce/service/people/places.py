"""The departments that the policies name and the towns of the city, as rows of the database: what memberships and calls hang on."""

from __future__ import annotations

import re

from chaoce.population.towns import TOWNS
from chaoce.service.people.models import Department, Town
from chaoce.service.plan.sessions import policies

#: In English, where no policy says so itself.
_ENGLISH = {
    "市经信局": "Bureau of Economy and Information Technology",
    "市发改局": "Bureau of Development and Reform",
    "市科技局": "Bureau of Science and Technology",
    "市商务局": "Bureau of Commerce",
    "市财政局": "Bureau of Finance",
    "市农业农村局": "Bureau of Agriculture and Rural Affairs",
    "市政务服务办": "Government Services Office",
    "市卫生健康局": "Bureau of Health",
    "市教育局": "Bureau of Education",
    "市文旅体局": "Bureau of Culture, Tourism and Sport",
    "市公安局": "Bureau of Public Security",
    "市交通运输局": "Bureau of Transport",
    "市生态环境分局": "Branch Bureau of Ecology and Environment",
    "市人力社保局": "Bureau of Human Resources and Social Security",
    "市邮政管理局": "Bureau of Postal Administration",
    "市市场监管局": "Bureau of Market Regulation",
    "市网信办": "Cyberspace Affairs Office",
}


def departments() -> dict[str, str]:
    """Every department or unit that a policy of this service names, with its English name; in the order of the texts."""
    found: dict[str, str] = {}
    for policy in policies():
        named = [name for paragraph in policy.text.paragraphs for name in policy.text.departments(paragraph)]
        named += [name for benefit in policy.benefits for name in (benefit.lead, *benefit.joint)]
        for said in named:
            name = re.split("[,，;；]", said)[0]
            if name:
                found.setdefault(name, policy.english.get(name) or _ENGLISH.get(name, name))
    return found


def fill_places() -> int:
    """Writes departments and towns that are not there yet; how many. Those that are there stay as they are."""
    had = set(Department.objects.values_list("zh", flat=True))
    new = [Department(zh=zh, en=en) for zh, en in departments().items() if zh not in had]
    Department.objects.bulk_create(new)
    codes = set(Town.objects.values_list("code", flat=True))
    towns = [Town(code=code, zh=names.zh, en=names.en) for code, names in TOWNS.items() if code not in codes]
    Town.objects.bulk_create(towns)
    return len(new) + len(towns)
