"""The API: tokens, rights, keys, versions, pages and problems."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chaoce.assessment.wire import to_json
from chaoce.service.api.models import Answered, Token
from chaoce.service.api.tokens import digest, end
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Case
from chaoce.service.facts.record import add_facts, add_received
from chaoce.service.plan.assessing import assess_firm
from service.api_kit import V1, Program, problem, renewed, said
from service.kit import FORM, client_of, make_call, make_department, make_firm, make_member, purchase, submitted

pytestmark = pytest.mark.django_db


def test_a_token_acts_as_its_membership():
    """“Tokens with scopes”: a token acts in one membership, within its scopes; only its digest is kept."""
    owner = make_member("firm_owner")
    program = Program(owner, ["read:firms"])
    body = said(program.get("/me"), 200)
    assert (body["role"], body["firm"], body["scopes"]) == ("firm_owner", owner.firm.uscc, ["read:firms"])
    kept = renewed(program.row)
    assert kept.digest == digest(program.token) and program.token not in str(vars(kept))
    problem(program.get("/cases"), 403, "scope")


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer nonsense", "Basic YTpi", "Bearer chaoce_" + "a" * 43, "chaoce_x"])
def test_without_a_valid_token_nothing_is_said(header):
    """A call without a token, or with one that never was, is answered with 401 and what is needed."""
    headers = {"Authorization": header} if header else {}
    response = Client().get(V1 + "/cases", headers=headers)
    problem(response, 401, "unauthenticated")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_that_has_ended_is_no_token():
    """“It acts … until it expires or is ended”, and no longer than the place of its owner."""
    owner = make_member("firm_owner")
    for change in ("ended", "expired", "left", "inactive"):
        owner.ended_at = None
        owner.save()
        program = Program(owner)
        said(program.get("/me"), 200)
        if change == "ended":
            end(program.row)
        elif change == "expired":
            Token.objects.filter(pk=program.row.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        elif change == "left":
            owner.ended_at = timezone.now()
            owner.save()
        else:
            owner.user.is_active = False
            owner.user.save()
        problem(program.get("/me"), 401, "unauthenticated")


def test_last_use_is_written_once_a_minute():
    """The moment of last use is kept to the minute, so that reading writes little."""
    program = Program(make_member("firm_owner"))
    said(program.get("/me"), 200)
    first = renewed(program.row).used_at
    said(program.get("/me"), 200)
    assert renewed(program.row).used_at == first
    Token.objects.filter(pk=program.row.pk).update(used_at=first - timedelta(seconds=61))
    said(program.get("/me"), 200)
    assert renewed(program.row).used_at > first


def test_too_many_calls_wait(settings):
    """“429 with Retry-After”: a token makes so many calls in a minute; others are not held up by it."""
    settings.CHAOCE_API_RATE = 3
    program, other = Program(make_member("firm_owner")), Program(make_member("firm_owner"))
    for _ in range(3):
        said(program.get("/me"), 200)
    response = program.get("/me")
    problem(response, 429, "rate")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    said(other.get("/me"), 200)
    Token.objects.filter(pk=program.row.pk).update(used_at=timezone.now() - timedelta(seconds=61))
    said(program.get("/me"), 200)


def test_who_is_signed_in_reads_and_does_not_write():
    """“Signed-in session … for reading only”: a form of another site can do nothing with the cookie."""
    owner = make_member("firm_owner")
    browser = client_of(owner)
    assert said(browser.get(V1 + "/me"), 200)["token"] is None
    problem(browser.post(V1 + "/cases", "{}", content_type="application/json", headers={"Idempotency-Key": "a"}), 401, "unauthenticated")
    staff = make_member("reviewer")
    staff.user.authenticator_set.all().delete()
    problem(client_of(staff).get(V1 + "/me"), 401, "unauthenticated")


def test_what_is_not_for_a_caller_is_not_there():
    """“A firm never sees another's existence”: another firm's things are answered like things that never were."""
    mine, other = make_member("firm_owner"), make_member("firm_owner")
    (fact,) = add_facts(other.firm, [purchase()], "import", other.user)
    program = Program(mine)
    there = [f"/firms/{other.firm.uscc}{more}" for more in ("", "/assessment", "/explanation", "/facts", "/received", "/facts-file")]
    for path in [*there, f"/facts/{fact.pk}"]:
        body = problem(program.get(path), 404, "missing")
        assert body == problem(program.get("/facts/999999"), 404, "missing") and other.firm.name not in str(body)
    assert [row["uscc"] for row in said(program.get("/firms"), 200)["items"]] == [mine.firm.uscc]


def test_an_assessment_is_that_of_the_command_line():
    """“Exact JSON of chaoce assess --json”."""
    owner = make_member("firm_owner")
    add_facts(owner.firm, [purchase()], "import", owner.user)
    add_received(owner.firm, "elsewhere", "p1", timezone.localdate(), 1000_00, owner.user)
    body = said(Program(owner).get(f"/firms/{owner.firm.uscc}/assessment", year=2026), 200)
    assert body == to_json(assess_firm(owner.firm, 2026)) and body["total"] == "409000.00"
    explained = said(Program(owner).get(f"/firms/{owner.firm.uscc}/explanation", year=2026), 200)
    assert explained["benefits"][0]["sentence"].startswith("支持企业") and explained["total"] == "409000.00"


def test_a_firm_applies_and_departments_decide_by_program():
    """“The same things for programs”: a draft is opened, handed in, reviewed by two departments and decided without a page."""
    call = make_call()
    owner = make_member("firm_owner")
    add_facts(owner.firm, [purchase()], "import", owner.user)
    firm = Program(owner)
    case = said(firm.post("/cases", {"call": call.pk}), 201)
    assert (case["state"], len(case["lines"]), case["steps"]) == ("draft", 1, ["submit", "withdraw"])
    at = f"/cases/{case['id']}"
    body = problem(firm.post(at + "/submit", {"version": case["version"]}), 409, "refused")
    assert any("Telephone" in point for point in body["points"])
    case = said(firm.post(at + "/form", {"version": case["version"], "form": FORM}), 200)
    response = firm.post(at + "/submit", {"version": case["version"]})
    case = said(response, 200)
    assert (case["state"], case["claimed"], response.headers["ETag"]) == ("submitted", "410000.00", f'"{case["version"]}"')
    lead = Program(make_member("reviewer", department=call.lead))
    joint = Program(make_member("reviewer", department=call.joint.get()))
    head = Program(make_member("head", department=call.lead))
    case = said(lead.post(at + "/accept", {"version": case["version"]}), 200)
    case = said(joint.post(at + "/verdict", {"version": case["version"], "verdict": "agrees"}), 200)
    case = said(lead.post(at + "/verdict", {"version": case["version"], "verdict": "agrees"}), 200)
    line = case["lines"][0]["id"]
    lower = {"version": case["version"], "line": line, "amount": "400000.00", "why": "part of it is for another purpose"}
    case = said(joint.post(at + "/lower", lower), 200)
    assert said(firm.get(at), 200)["lines"][0]["lowered"] is None and "checks" in case and case["reviews"][0]["lead"]
    for check in case["checks"]:
        if check["stops"] and not check["passed"]:
            case = said(lead.post(at + "/clear-check", {"version": case["version"], "check": check["id"], "why": "looked at"}), 200)
    case = said(lead.post(at + "/close-review", {"version": case["version"]}), 200)
    grants = [{"line": line, "amount": "300000.00", "why": "the year's budget"}]
    problem(lead.post(at + "/decide", {"version": case["version"], "grants": grants}), 403, "forbidden")
    case = said(head.post(at + "/decide", {"version": case["version"], "grants": grants}), 200)
    assert (case["state"], case["outcome"], case["granted"]) == ("decided", "partly", "300000.00")
    case = said(lead.post(at + "/make-ready", {"version": case["version"]}), 200)
    mine = said(firm.get(at), 200)
    assert mine["lines"][0]["lowered"] == "400000.00" and mine["reviews"] is None and mine["checks"] is None
    assert [row["purpose"] for row in said(firm.get(at + "/assessments"), 200)["items"]] == ["submitted", "decided"]


def test_a_stale_version_is_told_so():
    """“Optimistic version: If-Match / version field → 409 on stale with problem details.”"""
    case, owner = submitted(make_call())
    lead = Program(make_member("reviewer", department=case.call.lead))
    at = f"/cases/{case.pk}/accept"
    problem(lead.post(at, {"version": case.version - 1}), 409, "stale")
    problem(lead.post(at, {"version": case.version}, **{"If-Match": '"1"'}), 409, "stale")
    said(lead.post(at, {"version": case.version}, **{"If-Match": f'"{case.version}"'}), 200)
    problem(lead.post(at, {"version": case.version}), 409, "stale")
    assert owner.firm == case.firm


def test_a_write_needs_a_key_and_is_done_once():
    """“Idempotency keys on every write”: the same request has the same answer, another one under the same key none."""
    call = make_call()
    owner = make_member("firm_owner")
    program = Program(owner)
    headers = program.headers()
    response = program.client.post(V1 + "/cases", {"call": call.pk}, content_type="application/json", headers=headers)
    problem(response, 400, "unreadable")
    first = program.post("/cases", {"call": call.pk}, key="one")
    again = program.post("/cases", {"call": call.pk}, key="one")
    assert said(first, 201) == said(again, 201) and first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true" and Case.objects.count() == 1
    assert again.headers["ETag"] == first.headers["ETag"]
    problem(program.post("/cases", {"call": call.pk + 1}, key="one"), 422, "key-reused")
    at = f"/cases/{said(first, 201)['id']}/withdraw"
    version = said(first, 201)["version"]
    answers = [program.post(at, {"version": version, "why": "hello"}, key="two") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200} and len({answer.content for answer in answers}) == 1
    assert Case.objects.get().events.filter(kind="withdraw").count() == 1
    assert {row.key for row in Answered.objects.all()} == {"one", "two"}
    other = Program(make_member("firm_owner"))
    said(other.post("/cases", {"call": call.pk}, key="one"), 201)  # a key is the membership's own


def test_a_refusal_is_answered_the_same_too():
    """What was refused under a key stays refused under it, as the first answer said; a new key asks anew."""
    call = make_call()
    program = Program(make_member("firm_owner"))
    case = said(program.post("/cases", {"call": call.pk}), 201)
    body = {"version": case["version"]}
    first = program.post(f"/cases/{case['id']}/submit", body, key="one")
    problem(first, 409, "refused")
    again = program.post(f"/cases/{case['id']}/submit", body, key="one")
    assert again.content == first.content and again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Content-Type"] == "application/problem+json"


def test_pages_are_stable():
    """“Pagination: cursor based, stable, next link”: nothing is twice or lost while rows are added."""
    office = Program(make_member("office"))
    names = [make_firm().uscc for _ in range(7)]
    seen = []
    path, query = "/firms", {"limit": 3}
    body = said(office.get(path, **query), 200)
    while True:
        seen += [row["uscc"] for row in body["items"]]
        if len(seen) == 3:
            make_firm()
        if body["next"] is None:
            break
        body = said(office.client.get(body["next"], headers=office.headers()), 200)
    assert set(names) <= set(seen) and len(seen) == len(set(seen)) == 8
    for cursor in ("x", "W10", "WyJhIiwgMV0", "bnVsbA", "W3t9XQ"):
        problem(office.get("/cases", cursor=cursor), 422, "invalid")


def test_lists_of_cases_come_latest_first_and_filtered():
    """“Cases (list with filters)”."""
    call = make_call()
    cases = [submitted(call)[0] for _ in range(3)]
    lead = Program(make_member("reviewer", department=call.lead))
    rows = said(lead.get("/cases", limit=2), 200)
    assert [row["id"] for row in rows["items"]] == [cases[2].pk, cases[1].pk]
    rest = said(lead.client.get(rows["next"], headers=lead.headers()), 200)
    assert [row["id"] for row in rest["items"]] == [cases[0].pk] and rest["next"] is None
    for query in ({"state": "submitted", "firm": cases[1].firm.uscc}, {"number": cases[1].number}):
        assert [row["id"] for row in said(lead.get("/cases", **query), 200)["items"]] == [cases[1].pk]
    assert said(lead.get("/cases", call=call.pk, year=2026, changed_since="2026-01-01T00:00:00+08:00"), 200)["items"]
    assert said(lead.get("/cases", year=2025), 200)["items"] == []
    problem(lead.get("/cases", state="nowhere"), 422, "invalid")
    problem(lead.get("/cases", stat="submitted"), 422, "invalid")
    other = Program(make_member("reviewer", department=make_department("市科技局")))
    assert said(other.get("/cases"), 200)["items"] == []


@pytest.mark.parametrize(
    ("send", "status", "code"),
    [
        ({"data": "{", "content_type": "application/json"}, 400, "unreadable"),
        ({"data": '{"call": NaN}', "content_type": "application/json"}, 400, "unreadable"),
        ({"data": "[" * 100_000, "content_type": "application/json"}, 400, "unreadable"),
        ({"data": b'{"call": "\xff"}', "content_type": "application/json"}, 400, "unreadable"),
        ({"data": "call=1", "content_type": "application/x-www-form-urlencoded"}, 415, "media-type"),
        ({"data": '{"call": 1, "more": 2}', "content_type": "application/json"}, 422, "invalid"),
        ({"data": '{"call": "one"}', "content_type": "application/json"}, 422, "invalid"),
        ({"data": '{"call": 1e400}', "content_type": "application/json"}, 422, "invalid"),
        ({"data": "", "content_type": "application/json"}, 415, "media-type"),
        ({"data": "null", "content_type": "application/json"}, 422, "invalid"),
        ({"data": " " * 1_000_001, "content_type": "application/json"}, 413, "too-large"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(send, status, code):
    """“Errors as RFC 9457”, for whatever is sent."""
    program = Program(make_member("firm_owner"))
    problem(program.client.post(V1 + "/cases", headers=program.headers(**{"Idempotency-Key": "k"}), **send), status, code)


def test_a_text_that_no_database_takes_is_refused():
    """A NUL or half a character in a text is a fault of the request, with its place."""
    case, owner = submitted(make_call())
    program = Program(owner)
    for text in ('"a\\u0000b"', '"\\ud800"'):
        body = f'{{"version": {case.version}, "inside": false, "text": {text}}}'
        headers = program.headers(**{"Idempotency-Key": f"k{len(text)}"})
        found = problem(
            program.client.post(f"{V1}/cases/{case.pk}/remarks", body, content_type="application/json", headers=headers), 422, "invalid"
        )
        assert [fault["at"] for fault in found["faults"]] == ["body.text"]
    problem(program.get("/cases", number="a\0"), 422, "invalid")


def test_methods_and_addresses_that_are_not_there():
    """A wrong method says which are right, a wrong address is a problem too."""
    program = Program(make_member("firm_owner"))
    response = program.client.delete(V1 + "/cases", headers=program.headers())
    problem(response, 405, "method")
    assert response.headers["Allow"] == "GET, POST"
    for path in ("/nowhere", "/cases/x", "/cases/-1", ""):
        problem(program.get(path), 404, "missing")
    problem(program.get("/cases/99999999999999999999"), 404, "missing")


def test_words_come_in_the_language_that_is_asked_for():
    """Problems speak Chinese, or English where it is asked for."""
    program = Program(make_member("firm_owner"))
    assert problem(program.get("/cases/1"), 404, "missing")["title"] == "Not there"
    response = program.client.get(V1 + "/cases/1", headers={"Authorization": f"Bearer {program.token}"})
    assert response.headers["Content-Language"] == "zh-Hans"
    assert problem(response, 404, "missing")["title"] == "不存在"


def test_a_firm_sees_nothing_from_inside():
    """“Comments inside and messages to the firm kept apart.”"""
    case, owner = submitted(make_call())
    lead = Program(make_member("reviewer", department=case.call.lead))
    at = f"/cases/{case.pk}/remarks"
    said(lead.post(at, {"version": case.version, "text": "inside word", "inside": True}), 201)
    version = Case.objects.get(pk=case.pk).version
    said(lead.post(at, {"version": version, "text": "outside word", "inside": False}), 201)
    firm = Program(owner)
    assert [row["text"] for row in said(firm.get(at), 200)["items"]] == ["outside word"]
    assert len(said(lead.get(at), 200)["items"]) == 2
    problem(firm.get(f"/cases/{case.pk}/visits"), 403, "forbidden")
    version = Case.objects.get(pk=case.pk).version
    problem(firm.post(at, {"version": version, "text": "x", "inside": True}), 409, "refused")


def test_messages_are_of_the_membership():
    """A token reads the messages about what its membership sees, and no others of the same person."""
    case, owner = submitted(make_call())
    lead = Program(make_member("reviewer", department=case.call.lead))
    case = Case.objects.get(pk=case.pk)
    said(lead.post(f"/cases/{case.pk}/accept", {"version": case.version}), 200)
    program = Program(owner)
    rows = said(program.get("/messages", unread=True), 200)["items"]
    assert rows and rows[0]["case"] == case.pk and rows[0]["subject"]
    assert said(program.post(f"/messages/{rows[0]['id']}/read"), 200)["read_at"]
    assert len(said(program.get("/messages", unread=True), 200)["items"]) == len(rows) - 1
    from chaoce.service.people.models import Membership

    elsewhere = Membership.objects.create(user=owner.user, role="firm_owner", firm=make_firm())
    assert said(Program(elsewhere).get("/messages"), 200)["items"] == []
    problem(Program(elsewhere).post(f"/messages/{rows[0]['id']}/read"), 404, "missing")
    assert case.state == State.SUBMITTED


def test_the_plan_is_read_with_its_sentences():
    """“Benefits catalogue (policy, clause, sentence, words of the rule)” and the year's decisions."""
    program = Program(make_member("auditor"))
    rows = said(program.get("/benefits", year=2026), 200)["items"]
    compute = next(row for row in rows if row["id"] == "compute-purchase")
    assert compute["clause"] == "三(一)" and "50%" in compute["sentence"] and compute["ceiling"] and "50%" in compute["rule"]["en"]
    assert said(program.get("/benefits/haining-ai-2026/compute-purchase", year=2026), 200) == compute
    problem(program.get("/benefits/haining-ai-2026/nothing"), 404, "missing")
    problem(program.get("/decisions/2026"), 404, "missing")
    call = make_call()
    found = said(program.get(f"/calls/{call.pk}"), 200)
    assert found["guide"]["version"] == 1 and found["open"]
    assert [row["id"] for row in said(program.get("/calls", open=True), 200)["items"]] == [call.pk]
    assert said(program.get("/calls", open=False), 200)["items"] == []
