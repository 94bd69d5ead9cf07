"""Settings: production refuses what is not safe and has nothing of the demonstration; the guide says everything that is read."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from filler import own_apps

from chaoce.service.people.sealing import key_from
from chaoce.service.start.cluster import PROGRAMS, Cluster, address

_HERE = Path(__file__).resolve().parent
ROOT = _HERE.parents[1]
SERVICE = ROOT / "src" / "chaoce" / "service"
GUIDES = [ROOT / "docs" / "production.md", ROOT / "docs" / "zh" / "production.md"]
NEEDED = {
    "CHAOCE_SECRET_KEY": "k0Xq7-Zr5_" * 6,
    "CHAOCE_FACTOR_KEYS": " ".join((key_from("new"), key_from("old"))),
    "DATABASE_URL": "postgresql://chaoce_serve@127.0.0.1:1/chaoce",
    "CHAOCE_HOSTS": "chaoce.example.gov.cn",
    "CHAOCE_ADDRESS": "https://chaoce.example.gov.cn",
    "CHAOCE_FILES": "/var/lib/chaoce/files",
    "CHAOCE_STATIC": "/var/lib/chaoce/static",
    "CHAOCE_MAIL_HOST": "mail.example.gov.cn",
    "CHAOCE_MAIL_FROM": "chaoce@example.gov.cn",
}
_OURS = re.compile(r"CHAOCE_|DATABASE_|DJANGO_")


def production(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python program under the settings of production, with this environment and nothing else of ours."""
    plain = {name: value for name, value in os.environ.items() if not _OURS.match(name)}
    given = {**plain, "DJANGO_SETTINGS_MODULE": "chaoce.service.settings.production", "CHAOCE_LANG": "en", **environment}
    return subprocess.run([sys.executable, *arguments], env=given, capture_output=True, text=True, cwd=cwd)


_LOAD = "import chaoce.service.settings.production as s; print(s.DEBUG, s.SECRET_KEY)"


def test_production_names_everything_that_is_missing_at_once():
    """“Production settings … refuse to start without their secrets”: every variable that is missing, with what it should be."""
    done = production("-c", _LOAD)
    assert done.returncode != 0
    assert [name for name in NEEDED if f"{name}: " not in done.stderr] == []
    assert production("-c", _LOAD, **NEEDED).stdout == f"False {NEEDED['CHAOCE_SECRET_KEY']}\n"


def test_production_refuses_what_is_there_but_not_safe():
    """A short key, a key for second factors that is none, any host, an address without TLS, a folder relative to who knows what, an
    unknown security of mail."""
    wrong = {
        "CHAOCE_SECRET_KEY": "short",
        "CHAOCE_FACTOR_KEYS": f"{key_from('new')} no-key",
        "CHAOCE_HOSTS": "*",
        "CHAOCE_ADDRESS": "http://chaoce.example.gov.cn",
        "CHAOCE_FILES": "files",
        "CHAOCE_STATIC": "static",
        "CHAOCE_MAIL_FROM": "chaoce",
        "CHAOCE_MAIL_SECURITY": "perhaps",
    }
    done = production("-c", _LOAD, **{**NEEDED, **wrong})
    assert done.returncode != 0
    assert sorted(re.findall(r"^  (\w+): ", done.stderr, re.M)) == sorted(wrong)


def test_the_owner_s_address_is_needed_to_migrate_and_only_then():
    """The process that migrates needs the owner's address; the one that serves is never asked for it."""
    without = {name: value for name, value in NEEDED.items() if name != "DATABASE_URL"}
    done = production("-c", _LOAD, CHAOCE_DATABASE_ROLE="owner", **without)
    assert re.findall(r"^  (\w+): ", done.stderr, re.M) == ["DATABASE_OWNER_URL"]


def test_the_checks_of_django_for_deployment_pass():
    """`check --deploy` finds nothing to warn of."""
    done = production("-m", "chaoce.service.manage", "check", "--deploy", "--fail-level", "WARNING", **NEEDED)
    assert done.returncode == 0, done.stderr


def test_the_environment_example_has_what_is_needed():
    """deploy/service.env names every variable that is needed, and only such as the guide knows."""
    text = (ROOT / "deploy" / "service.env").read_text("utf-8")
    named = set(re.findall(r"^(\w+)=", text, re.M))
    assert named >= set(NEEDED)
    assert named <= read_variables()


def read_variables() -> set[str]:
    """Every variable of the environment that the settings and the service's code read."""
    folders = [path for path in SERVICE.rglob("*.py") if not path.match("start/*.py") and not path.match("demo/*.py")]
    text = "".join(path.read_text("utf-8") for path in folders if path.name != "demo.py")
    found = set(re.findall(r"\b((?:CHAOCE|DATABASE)(?:_[A-Z]+)+)\b\"", text)) - {"DATABASE_ALIAS"}
    return {name for name in found if re.search(rf"(?:environ|given)[^\n]*\"{name}\"|^ *\"{name}\",$", text, re.M)} | {"CHAOCE_LANG"}


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.parent.name)
def test_the_guide_has_every_variable(guide: Path):
    """“Environment variables”: the table of the guide has every variable that is read, and no other."""
    table = set(re.findall(r"^\| `(\w+)` \|", guide.read_text("utf-8"), re.M)) - {"DJANGO_SETTINGS_MODULE"}
    assert table == read_variables()


def test_the_demonstration_needs_its_folder(tmp_path: Path):
    """The settings of the demonstration do nothing where `chaoce service run` has not been."""
    done = production("-c", "import chaoce.service.settings.demo", CHAOCE_DATA=str(tmp_path))
    assert done.returncode != 0 and "`chaoce service run` makes it" in done.stderr


_LOOK = """
import json, sys
import django
django.setup()
from django.apps import apps
from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.test import Client
from chaoce.service.people.models import User
from chaoce.service.people.rights import RIGHTS
from chaoce.service.start.database import MAIL_DOMAIN
plain, secure = Client(SERVER_NAME="chaoce.example.gov.cn"), Client(SERVER_NAME="chaoce.example.gov.cn", HTTP_X_FORWARDED_PROTO="https",
    HTTP_X_FORWARDED_FOR="192.0.2.7")
page = secure.get("/accounts/login/")
def template(name):
    try:
        return bool(get_template(name))
    except TemplateDoesNotExist:
        return False
print(json.dumps({
    "debug": settings.DEBUG,
    "apps": [app.name for app in apps.get_app_configs() if "demo" in app.name or "debug" in app.name],
    "modules": sorted(name for name in sys.modules if name.startswith(("chaoce.service.demo", "chaoce.service.settings.demo"))),
    "rights": [name for name in RIGHTS if "demo" in name],
    "templates": [name for name in ("demo/panel.html", "demo/code.html") if template(name)],
    "pages": {path: secure.post(path).status_code if path.endswith("enter/") else secure.get(path).status_code
              for path in ("/demo/office/enter/", "/demo/office/code/", "/demo/", "/admin/", "/__debug__/", "/nothing-here/")},
    "people": User.objects.filter(email__endswith=MAIL_DOMAIN).count(),
    "login": [page.status_code, "demo" in page.content.decode().lower(), "演示" in page.content.decode()],
    "redirect": [plain.get("/accounts/login/").status_code, plain.get("/accounts/login/").get("Location", "")],
    "headers": {name: page.headers.get(name, "") for name in ("Strict-Transport-Security", "Content-Security-Policy")},
    "cookies": {name: [bool(cookie["secure"]), cookie["samesite"]] for name, cookie in secure.cookies.items()},
    "other_host": Client(SERVER_NAME="evil.example", HTTP_X_FORWARDED_PROTO="https").get("/accounts/login/").status_code,
    "static": "/static/chaoce." in page.content.decode() and "/static/chaoce.css" not in page.content.decode(),
}))
"""


@pytest.fixture(scope="module")
def installed(cluster: Cluster) -> Iterator[dict[str, str]]:
    """A real installation, as the guide says: roles and database by deploy/database.sql, then `chaoce service migrate`. Its environment."""
    text = (ROOT / "deploy" / "database.sql").read_text("utf-8")
    for name in ("chaoce_owner", "chaoce_serve"):
        text = text.replace(name, name.replace("chaoce", "guide"))
    text = text.replace("DATABASE chaoce ", "DATABASE guide ")
    with tempfile.TemporaryDirectory(prefix="chaoce-guide-") as folder:
        run_sql(cluster, text)
        given = {
            **NEEDED,
            "DATABASE_URL": address(cluster.host, "guide_serve", "guide"),
            "CHAOCE_SERVE_ROLE": "guide_serve",
            "CHAOCE_FILES": f"{folder}/files",
            "CHAOCE_STATIC": f"{folder}/static",
        }
        owner = {"DATABASE_OWNER_URL": address(cluster.host, "guide_owner", "guide")}
        done = production("-m", "chaoce", "service", "migrate", **given, **owner)
        assert done.returncode == 0, done.stdout + done.stderr
        yield {**given, **owner}
    cluster.drop("guide")
    with cluster.administrate() as admin:
        admin.execute("DROP ROLE guide_owner")
        admin.execute("DROP ROLE guide_serve")


def run_sql(cluster: Cluster, text: str) -> None:
    """What an administrator types into psql."""
    command = [PROGRAMS / "psql", "--host", cluster.host, "--username", "postgres", "--dbname", "postgres", "--no-psqlrc", "--quiet"]
    variables = ["--set", "owner_password=o'o", "--set", "serve_password=s"]
    done = subprocess.run([*command, *variables], input=text, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_nothing_of_the_demonstration_is_in_production(installed: dict[str, str]):
    """“Nothing of the demo (accounts, passwords, debug) exists in production settings”: no app, right, template, address, account or
    word of it; pages only over TLS, with safe cookies."""
    done = production("-c", _LOOK, **{name: value for name, value in installed.items() if name != "DATABASE_OWNER_URL"})
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["debug"] is False
    assert [found[name] for name in ("apps", "modules", "rights", "templates")] == [[], [], [], []]
    assert set(found["pages"].values()) <= {404, 302}
    assert found["pages"]["/demo/office/enter/"] == found["pages"]["/nothing-here/"]
    assert found["people"] == 0
    assert found["login"] == [200, False, False]
    assert found["redirect"] == [301, "https://chaoce.example.gov.cn/accounts/login/"]
    assert "max-age=31536000" in found["headers"]["Strict-Transport-Security"]
    assert "script-src 'self'" in found["headers"]["Content-Security-Policy"]
    assert found["cookies"] and all(secure and site == "Lax" for secure, site in found["cookies"].values())
    assert found["other_host"] == 400
    assert found["static"]


def test_a_service_that_is_given_the_owner_s_address_does_not_start(installed: dict[str, str]):
    """The owner's address in DATABASE_URL: the first connection is refused with a sentence."""
    wrong = {**installed, "DATABASE_URL": installed["DATABASE_OWNER_URL"]}
    done = production("-m", "chaoce.service.manage", "fill_places", **wrong)
    assert done.returncode != 0 and "DATABASE_URL connects as guide_owner" in done.stderr


def test_the_first_person_invites_the_others(installed: dict[str, str]):
    """The programme office's first person gets a link for a password; there is no second first one."""
    command = ("-m", "chaoce.service.manage", "first_person", "office@example.gov.cn", "沈文静")
    done = production(*command, **installed)
    assert done.returncode == 0, done.stderr
    link = urlsplit(done.stdout.strip())
    assert link.scheme == "https" and link.hostname == "chaoce.example.gov.cn"
    look = (
        "import django; django.setup()\nfrom django.test import Client\n"
        f"c = Client(SERVER_NAME='chaoce.example.gov.cn', HTTP_X_FORWARDED_PROTO='https')\n"
        f"r = c.get('{link.path}', follow=True, secure=True)\nprint(r.status_code, 'password1' in r.content.decode())"
    )
    assert production("-c", look, **installed).stdout == "200 True\n"
    again = production(*command[:3], "other@example.gov.cn", "x", **installed)
    assert again.returncode != 0 and "has somebody already" in again.stderr


def _block(beginning: str) -> str:
    """A block of the guide, which is the same in both languages."""
    blocks = [re.findall(r"^```text\n(.*?)^```$", guide.read_text("utf-8"), re.M | re.S) for guide in GUIDES]
    found = [[block for block in each if block.startswith(beginning)] for each in blocks]
    assert len(found[0]) == 1 and found[0] == found[1]
    return found[0][0]


def test_backup_and_restore_as_the_guide_says(cluster: Cluster, installed: dict[str, str]):
    """“Backup and restore”: the commands of the guide, run as they stand, give a database with the same rows and the same files."""
    filled = production("filler.py", cwd=_HERE, **{**installed, "DJANGO_SETTINGS_MODULE": "chaoce.service.settings.production", **_kit()})
    assert filled.returncode == 0, filled.stderr
    before = json.loads(filled.stdout.splitlines()[-1])
    files = Path(installed["CHAOCE_FILES"])
    (files / "ab").mkdir(parents=True, exist_ok=True)
    (files / "ab" / "abcd").write_bytes(b"evidence")
    with tempfile.TemporaryDirectory(prefix="chaoce-backup-") as folder:
        _shell(_block("pg_dump"), Path(folder), installed)
        cluster.drop("guide")
        (files / "ab" / "abcd").unlink()
        text = (ROOT / "deploy" / "database.sql").read_text("utf-8")
        anew = text[text.index("CREATE DATABASE") :].replace("chaoce_", "guide_").replace("DATABASE chaoce ", "DATABASE guide ")
        run_sql(cluster, anew)
        _shell(_block("pg_restore"), Path(folder), installed)
    count = "import django; django.setup()\nimport json, filler; print(json.dumps(filler.counts()))"
    done = production("-c", count, cwd=_HERE, **installed)
    assert done.returncode == 0, done.stderr
    after = json.loads(done.stdout.splitlines()[-1])
    assert after == before and sum(map(bool, after.values())) > len(own_apps())
    assert (files / "ab" / "abcd").read_bytes() == b"evidence"


def _kit() -> dict[str, str]:
    return {"PYTHONPATH": str(_HERE.parent)}


def _shell(script: str, folder: Path, installed: dict[str, str]) -> None:
    path = os.pathsep.join([str(PROGRAMS), str(Path(sys.executable).parent), os.environ["PATH"]])
    plain = {name: value for name, value in os.environ.items() if not _OURS.match(name)}
    done = subprocess.run(["bash", "-euc", script], cwd=folder, env={**plain, **installed, "PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
