"""Who comes in and who leaves: invitations, what they give, and the end of a membership."""

from __future__ import annotations

import re
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from threading import Barrier, Thread

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chaoce.service.api.models import Token
from chaoce.service.people import invitations
from chaoce.service.people.invitations import FAULTS, PeopleFault, accept, cancel, end, invite, reset_factor
from chaoce.service.people.models import FactorReset, Invitation, Membership, User
from chaoce.service.people.roles import Role
from service.api_kit import Program, problem, said
from service.browsing import assert_sound, needs_browser, visit
from service.kit import PASSWORD, client_of, make_department, make_firm, make_member, make_town

pytestmark = pytest.mark.django_db


def token_in(message) -> str:
    """The token of the link in a mail."""
    return re.search(r"/invitation/([\w-]+)/", message.body)[1]


def invited(email: str = "new@example.org", role: Role = Role.FIRM_STAFF, by: Membership | None = None, **more) -> str:
    """The token of a new invitation."""
    invite(by or make_member(Role.FIRM_OWNER), email, role, **more)
    return token_in(mail.outbox[-1])


def refused(code: str, call, *arguments, **more) -> None:
    """The call is refused with that code, and the code has words."""
    with pytest.raises(PeopleFault) as fault:
        call(*arguments, **more)
    assert fault.value.code == code and str(fault.value) == str(FAULTS[code])


# Inviting


def test_an_owner_invites_into_the_own_firm_only():
    """An owner invites owners and staff into the own firm, and nobody anywhere else."""
    owner = make_member(Role.FIRM_OWNER)
    for role in (Role.FIRM_OWNER, Role.FIRM_STAFF):
        assert invite(owner, f"{role}@example.org", role).firm == owner.firm
    refused("not_yours", invite, owner, "a@example.org", Role.FIRM_STAFF, firm=make_firm())
    refused("not_yours", invite, owner, "a@example.org", Role.REVIEWER, department=make_department())
    refused("not_yours", invite, owner, "a@example.org", Role.OFFICE)


def test_the_office_invites_into_any_role_and_nobody_else_invites():
    """The programme office invites into every role, with the place that the role needs; no other role invites."""
    office = make_member(Role.OFFICE)
    firm, department, town = make_firm(), make_department(), make_town()
    places = {
        Role.FIRM_OWNER: {"firm": firm},
        Role.FIRM_STAFF: {"firm": firm},
        Role.REVIEWER: {"department": department},
        Role.HEAD: {"department": department},
        Role.TOWN: {"town": town},
    }
    for role in Role:
        assert invite(office, f"{role}@example.org", role, **places.get(role, {})).open
        if places.get(role):
            refused("place", invite, office, f"b{role}@example.org", role)
        else:
            refused("place", invite, office, f"b{role}@example.org", role, town=town)
    for role in set(Role) - {Role.OFFICE, Role.FIRM_OWNER}:
        refused("not_yours", invite, make_member(role), "c@example.org", Role.FIRM_STAFF, firm=firm)


@pytest.mark.parametrize("language", ["zh-hans", "en", None])
def test_the_mail_says_who_invites_to_what_and_has_the_link(language: str | None):
    """The mail names who invites, the role and the place, and carries the link; it speaks the person's language, or both."""
    owner = make_member(Role.FIRM_OWNER)
    if language:
        make_member(Role.FIRM_STAFF, language=language)
        User.objects.filter(language=language).exclude(pk=owner.user_id).update(email="known@example.org")
    invite(owner, "Known@Example.org", Role.FIRM_STAFF, name="王敏")
    sent = mail.outbox[-1]
    assert sent.to == ["known@example.org"] and owner.firm.name in sent.body and owner.user.name in sent.body
    assert re.search(r"http://localhost:8000/invitation/[\w-]{43}/", sent.body)
    assert ("企业经办人" in sent.body) == (language != "en") and ("Firm staff" in sent.body) == (language != "zh-hans")


def test_the_token_stands_in_the_mail_alone():
    """The database holds a digest: who reads it cannot take up an invitation."""
    token = invited()
    row = Invitation.objects.get()
    assert token not in str(vars(row)) and row.digest == invitations.digest(token) and len(token) == 43


def test_a_new_invitation_replaces_the_open_one():
    """Asked again, the older link stops working; who has the role already is not invited again."""
    owner = make_member(Role.FIRM_OWNER)
    first, second = invited(by=owner), invited(by=owner)
    assert invitations.found(first) is None and invitations.found(second) is not None
    accept(second, name="A", password=PASSWORD)
    refused("already", invite, owner, "NEW@example.org", Role.FIRM_STAFF)


def test_nobody_has_more_than_two_hundred_open_invitations(monkeypatch):
    """The service is not lent to who would write to strangers."""
    monkeypatch.setattr(invitations, "MOST_OPEN", 2)
    owner = make_member(Role.FIRM_OWNER)
    for number in range(2):
        invite(owner, f"{number}@example.org", Role.FIRM_STAFF)
    refused("too_many", invite, owner, "3@example.org", Role.FIRM_STAFF)


def test_where_the_mail_cannot_be_sent_nobody_is_invited(monkeypatch):
    """An invitation whose mail did not go out does not exist."""

    def fail(self, messages):
        raise SMTPServerDisconnected

    monkeypatch.setattr(EmailBackend, "send_messages", fail)
    refused("mail", invite, make_member(Role.FIRM_OWNER), "a@example.org", Role.FIRM_STAFF)
    assert not Invitation.objects.exists()


# Accepting


def test_an_invitation_makes_the_person_and_the_membership_once():
    """Name and password make the person, signed in and a member, and the link is spent."""
    owner = make_member(Role.FIRM_OWNER)
    token = invited(by=owner, name="王敏")
    client = Client()
    client.cookies["chaoce_language"] = "en"
    page = client.get(f"/invitation/{token}/")
    assert page.status_code == 200 and 'value="王敏"' in page.text and owner.firm.name in page.text
    weak = client.post(f"/invitation/{token}/", {"name": "王敏", "password1": "12345678901", "password2": "12345678901"})
    assert weak.status_code == 422 and "entirely numeric" in weak.text
    unlike = client.post(f"/invitation/{token}/", {"name": "王敏", "password1": PASSWORD, "password2": "another"})
    assert "The two passwords differ." in unlike.text and not User.objects.filter(email="new@example.org").exists()
    answer = client.post(f"/invitation/{token}/", {"name": "王敏", "password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 302 and answer["Location"] == "/"
    member = Membership.objects.get(user__email="new@example.org")
    assert (member.role, member.firm, member.user.name, member.user.language) == (Role.FIRM_STAFF, owner.firm, "王敏", "en")
    assert client.get("/account/").status_code == 200
    row = Invitation.objects.get()
    assert row.accepted_by == member.user and row.accepted_at is not None
    again = Client().get(f"/invitation/{token}/")
    assert again.status_code == 404 and "邀请已失效" in again.text
    refused("closed", accept, token, name="B", password=PASSWORD)


def test_a_link_that_is_old_cancelled_or_made_up_opens_nothing():
    """A link works for fourteen days, until it is taken back, and no other does."""
    owner = make_member(Role.FIRM_OWNER)
    old, gone = invited("old@example.org", by=owner), invited("gone@example.org", by=owner)
    Invitation.objects.filter(email="old@example.org").update(invited_at=timezone.now() - timedelta(days=14))
    cancel(owner, Invitation.objects.get(email="gone@example.org").pk)
    for token in (old, gone, "made-up"):
        assert Client().get(f"/invitation/{token}/").status_code == 404
        assert Client().post(f"/invitation/{token}/", {"name": "A", "password1": PASSWORD, "password2": PASSWORD}).status_code == 404
        refused("closed", accept, token, name="A", password=PASSWORD)
    Invitation.objects.filter(email="old@example.org").update(invited_at=timezone.now() - timedelta(days=13, hours=23))
    assert Client().get(f"/invitation/{old}/").status_code == 200


def test_who_has_an_account_signs_in_and_gains_the_membership():
    """Where there is an account with the address, no second one is made: its owner signs in and accepts."""
    member = make_member(Role.FIRM_OWNER)
    office = make_member(Role.OFFICE)
    token = invited(member.user.email, Role.EXPERT, by=office)
    stranger = Client()
    page = stranger.get(f"/invitation/{token}/")
    assert f"/accounts/login/?next=/invitation/{token}/" in page.text
    posted = stranger.post(f"/invitation/{token}/", {"name": "A", "password1": PASSWORD, "password2": PASSWORD})
    assert posted.status_code == 422 and User.objects.filter(email=member.user.email).count() == 1
    refused("sign_in", accept, token, name="A", password=PASSWORD)

    other = client_of(office, "en")
    assert "another address" in other.get(f"/invitation/{token}/").text
    assert other.post(f"/invitation/{token}/").status_code == 422

    owner = client_of(member, "en")
    assert owner.post(f"/invitation/{token}/")["Location"] == "/"
    assert set(member.user.memberships.values_list("role", flat=True)) == {Role.FIRM_OWNER, Role.EXPERT}
    assert owner.session["membership"] == member.user.memberships.get(role=Role.EXPERT).pk
    assert owner.get("/")["Location"] == "/accounts/2fa/"


def test_a_closed_account_accepts_nothing():
    """A person whose account is closed gains no membership."""
    member = make_member(Role.FIRM_OWNER)
    token = invited(member.user.email, Role.EXPERT, by=make_member(Role.OFFICE))
    member.user.is_active = False
    member.user.save()
    refused("inactive", accept, token, member.user)


@pytest.mark.django_db(transaction=True)
def test_two_who_accept_at_once_make_one_person():
    """A link that is used twice at the same moment makes one person and one membership."""
    token = invited()
    barrier, results = Barrier(2), []

    def take() -> None:
        barrier.wait()
        try:
            results.append(accept(token, name="A", password=PASSWORD))
        except PeopleFault as fault:
            results.append(fault.code)
        finally:
            connection.close()

    threads = [Thread(target=take) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert User.objects.filter(email="new@example.org").count() == 1
    assert sum(isinstance(result, Membership) for result in results) == 1


# Leaving


def test_ending_a_membership_takes_effect_at_once_and_keeps_what_was_done():
    """From the moment that it ends a membership opens nothing; the person, and what was done, stay."""
    owner = make_member(Role.FIRM_OWNER)
    second = make_member(Role.FIRM_OWNER, firm=owner.firm)
    client = client_of(second)
    token = invited(by=second)
    assert client.get("/people/").status_code == 200
    assert client_of(owner).post(f"/people/memberships/{second.pk}/end/")["Location"] == "/people/"
    assert client.get("/people/").status_code == 403
    second.refresh_from_db()
    assert second.ended_at is not None and invitations.found(token) is None
    refused("ended", end, owner, second.pk)


def test_the_last_owner_and_the_last_of_the_office_stay():
    """A firm is not left without an owner, nor the plan without its office."""
    owner, office = make_member(Role.FIRM_OWNER), make_member(Role.OFFICE)
    refused("last_owner", end, owner, owner.pk)
    refused("last_owner", end, office, owner.pk)
    refused("last_office", end, office, office.pk)
    answer = client_of(owner, "en").post(f"/people/memberships/{owner.pk}/end/", follow=True)
    assert "This is the last owner of the firm" in answer.text
    second = make_member(Role.OFFICE)
    assert end(office, office.pk).ended_at and Membership.objects.get(pk=second.pk).ended_at is None


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_end_each_other_at_once_leave_one():
    """Two owners who end each other at the same moment do not leave the firm without one."""
    first = make_member(Role.FIRM_OWNER)
    second = make_member(Role.FIRM_OWNER, firm=first.firm)
    barrier = Barrier(2)

    def leave(by: Membership, whom: Membership) -> None:
        barrier.wait()
        try:
            end(by, whom.pk)
        except PeopleFault:
            pass
        finally:
            connection.close()

    threads = [Thread(target=leave, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Membership.objects.filter(firm=first.firm, ended_at=None).count() == 1


def test_nobody_ends_or_cancels_elsewhere():
    """What belongs to another firm is not there: an owner can neither end nor cancel it, nor learn of it."""
    owner, other = make_member(Role.FIRM_OWNER), make_member(Role.FIRM_OWNER)
    member = make_member(Role.FIRM_STAFF, firm=other.firm)
    invited("x@example.org", by=other)
    row = Invitation.objects.get(email="x@example.org")
    client = client_of(owner)
    for path in (f"/people/memberships/{member.pk}/end/", f"/people/invitations/{row.pk}/cancel/", "/people/memberships/999999/end/"):
        assert client.post(path).status_code == 404
    assert client.get("/staff/").status_code == 403 and member.user.email not in client.get("/people/").text
    member.refresh_from_db()
    assert member.ended_at is None and invitations.found(token_in(mail.outbox[-1]))
    assert client_of(make_member(Role.REVIEWER)).post(f"/people/memberships/{member.pk}/end/").status_code == 403
    assert client_of(make_member(Role.OFFICE)).post(f"/people/memberships/{member.pk}/end/").status_code == 302


def test_the_office_takes_away_a_lost_second_factor():
    """Only the programme office takes away somebody's second factors, never its own; sessions end, and a mail says so."""
    office, reviewer = make_member(Role.OFFICE), make_member(Role.REVIEWER)
    session = client_of(reviewer)
    assert session.get("/account/").status_code == 200
    for by in (reviewer, make_member(Role.FIRM_OWNER)):
        refused("not_yours", reset_factor, by, reviewer.user_id)
    refused("not_yours", reset_factor, office, office.user_id)
    assert client_of(office).post(f"/staff/{reviewer.user_id}/second-factor/")["Location"] == "/staff/"
    assert not Authenticator.objects.filter(user=reviewer.user).exists()
    assert session.get("/account/")["Location"].startswith("/accounts/login/")
    assert mail.outbox[-1].to == [reviewer.user.email] and "二次验证已解除" in mail.outbox[-1].subject


def test_who_ended_a_role_is_kept_and_listed():
    """Who ended a role and when is kept, and stands on the page of the place that it was in: a firm's with its owners, all with the
    office. Another firm's owner does not see it."""
    owner = make_member(Role.FIRM_OWNER)
    staff = make_member(Role.FIRM_STAFF, firm=owner.firm)
    end(owner, staff.pk)
    staff.refresh_from_db()
    assert staff.ended_by == owner.user
    page = client_of(owner, "en").get("/people/").text
    assert "Roles that have ended" in page and staff.user.email in page and page.count(owner.user.name) >= 2
    assert "已终止的身份" in client_of(make_member(Role.OFFICE)).get("/staff/", {"role": "firm_staff"}).text
    assert staff.user.email not in client_of(make_member(Role.FIRM_OWNER)).get("/people/").text
    assert "Roles that have ended" not in client_of(make_member(Role.FIRM_OWNER), "en").get("/people/").text


def test_a_role_that_goes_on_has_nobody_who_ended_it():
    """The database holds that only what has ended was ended by somebody."""
    owner = make_member(Role.FIRM_OWNER)
    with pytest.raises(IntegrityError, match="membership_ended_by_somebody_has_ended"), transaction.atomic():
        Membership.objects.filter(pk=owner.pk).update(ended_by=owner.user)


def test_who_took_a_second_factor_away_is_kept_and_listed():
    """Who took a second factor away and when is kept, cannot be changed, and stands beside the person."""
    office, reviewer = make_member(Role.OFFICE), make_member(Role.REVIEWER)
    reset_factor(office, reviewer.user_id)
    kept = FactorReset.objects.get()
    assert (kept.user, kept.by) == (reviewer.user, office.user)
    for change in (lambda: FactorReset.objects.update(by=reviewer.user), FactorReset.objects.all().delete):
        with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
            change()
    page = client_of(office, "en").get("/staff/", {"q": reviewer.user.email}).text
    assert "Taken away" in page and f"by {office.user.name}" in page


def test_the_list_of_people_asks_no_more_the_more_there_are(django_assert_num_queries):
    """“No list page grows in queries with its rows”: people, ended roles and resets."""
    office = make_member(Role.OFFICE)

    def more() -> None:
        for _ in range(4):
            reset_factor(office, make_member(Role.REVIEWER).user_id)
            end(office, make_member(Role.REVIEWER).pk)

    client = client_of(office)
    more()
    client.get("/staff/")
    with CaptureQueriesContext(connection) as before:
        client.get("/staff/")
    more()
    with django_assert_num_queries(len(before)):
        client.get("/staff/")


# Pages


def test_an_owner_invites_and_takes_back_on_the_page():
    """The page lists who is there and who is invited; what is wrong with an invitation stands on its form."""
    owner = make_member(Role.FIRM_OWNER)
    client = client_of(owner, "en")
    assert client.post("/people/", {"email": "no address", "role": "firm_staff"}).status_code == 422
    assert client.post("/people/", {"email": "a@example.org", "role": "reviewer"}).status_code == 422
    assert client.post("/people/", {"email": owner.user.email, "role": "firm_owner"}).text.count("has that role already")
    assert client.post("/people/", {"email": "a@example.org", "role": "firm_staff"})["Location"] == "/people/"
    page = client.get("/people/").text
    assert "a@example.org" in page and owner.user.email in page and "Invited: a mail with a link" in page
    row = Invitation.objects.get()
    client.post(f"/people/invitations/{row.pk}/cancel/")
    assert "no longer works" in client.get("/people/").text and "a@example.org" not in client.get("/people/").text
    assert "cancelled" in client.post(f"/people/invitations/{row.pk}/cancel/", follow=True).text


def test_the_office_lists_finds_and_invites_on_the_page():
    """The office sees the people of the city, finds by name, role and department, and invites with the place a role needs."""
    office, firm = make_member(Role.OFFICE), make_firm()
    reviewer, owner = make_member(Role.REVIEWER), make_member(Role.FIRM_OWNER, firm=firm)
    client = client_of(office, "en")
    page = client.get("/staff/").text
    assert reviewer.user.email in page and owner.user.email not in page
    assert owner.user.email in client.get("/staff/?role=firm_owner").text
    assert owner.user.email in client.get(f"/staff/?role=firm_owner&q={firm.name}").text
    assert reviewer.user.email in client.get(f"/staff/?department={reviewer.department_id}").text
    assert "Nobody is found." in client.get("/staff/?q=nobody-like-this").text
    for data, words in (
        ({"role": "reviewer"}, "Choose the department"),
        ({"role": "town"}, "Choose the town"),
        ({"role": "firm_owner", "uscc": "91330481MA0000000X"}, "No firm here"),
    ):
        answer = client.post("/staff/", {"email": "x@example.org", **data})
        assert answer.status_code == 422 and words in answer.text
    for number, data in enumerate(
        (
            {"role": "reviewer", "department": make_department().pk},
            {"role": "town", "town": make_town().pk},
            {"role": "firm_owner", "uscc": firm.uscc.lower()},
            {"role": "auditor", "department": make_department().pk},
        )
    ):
        assert client.post("/staff/", {"email": f"{number}@example.org", **data})["Location"] == "/staff/"
    assert Invitation.objects.count() == 4


def test_the_lists_of_people_do_not_ask_more_for_more_rows():
    """The number of queries of a list does not grow with its rows."""
    office, owner = make_member(Role.OFFICE), make_member(Role.FIRM_OWNER)

    def count(member: Membership, path: str) -> int:
        client = client_of(member)
        client.get(path)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    invite(owner, "first@example.org", Role.FIRM_STAFF)
    before = count(office, "/staff/"), count(owner, "/people/")
    for number in range(5):
        make_member(Role.REVIEWER)
        make_member(Role.FIRM_STAFF, firm=owner.firm)
        invite(owner, f"{number}@example.org", Role.FIRM_STAFF)
    assert (count(office, "/staff/"), count(owner, "/people/")) == before


@needs_browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_invitation_is_taken_up_in_the_browser(chromium, live_server, language: str):
    """A new person opens the link, chooses name and password, and is in; axe finds nothing on the way."""
    token = invited(role=Role.FIRM_STAFF)
    with visit(chromium, live_server, None, language, 390) as page:
        page.goto(f"{live_server.url}/invitation/{token}/")
        assert_sound(page)
        page.fill("input[name=name]", "赵云")
        page.fill("input[name=password1]", "short")
        page.fill("input[name=password2]", "short")
        page.click("main button.btn-primary")
        page.wait_for_selector(".fault")
        assert_sound(page)
        page.fill("input[name=password1]", PASSWORD)
        page.fill("input[name=password2]", PASSWORD)
        page.click("main button.btn-primary")
        page.wait_for_selector(".person")
    assert Membership.objects.filter(user__email="new@example.org", user__name="赵云").exists()


def test_programs_lose_their_tokens_with_the_second_factor():
    """People of the city need a second factor: taken away by the office, it takes their tokens with it, of every role that they have."""
    office, head, other = make_member(Role.OFFICE), make_member(Role.HEAD), make_member(Role.HEAD)
    program, beside = Program(head), Program(other)
    reset_factor(office, head.user_id)
    assert Token.objects.get(pk=program.row.pk).ended_at is not None
    problem(program.get("/me"), 401, "unauthenticated")
    said(beside.get("/me"), 200)


def test_a_token_does_nothing_for_who_lacks_the_second_factor():
    """People of the city need a second factor before they see anything, through a program too; a firm's people do not."""
    head, owner = make_member(Role.HEAD), make_member(Role.FIRM_OWNER)
    program, firm = Program(head), Program(owner)
    Authenticator.objects.filter(user=head.user).delete()
    assert "second factor" in problem(program.get("/me"), 401, "unauthenticated")["detail"]
    problem(program.post("/cases/1/decide", {}), 401, "unauthenticated")
    said(firm.get("/me"), 200)
    Membership.objects.create(user=owner.user, role=Role.EXPERT)
    problem(firm.get("/me"), 401, "unauthenticated")
