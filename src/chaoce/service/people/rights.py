"""The rights of every role on every page and every API call: one table, which the guard reads and a test walks.

A view that is not in the table is shown to nobody. `look` is for reading (GET, HEAD), `act` for all else. What a role may see
of what a page lists is said where the rows are chosen (`seen_by` of each model), never here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chaoce.service.people.roles import DEPARTMENT, EVERY_ROLE, FIRM, Role


@dataclass(frozen=True)
class Right:
    """Who may look at a view and who may act on it. `public`: without sign-in; `anyone`: every signed-in person, in a role or not."""

    look: frozenset[Role] = frozenset()
    act: frozenset[Role] = frozenset()
    public: bool = False
    anyone: bool = False

    def allows(self, role: Role | str | None, safe: bool) -> bool:
        """Whether a signed-in person in that role may make a call that reads (`safe`) or acts."""
        if self.public or self.anyone:
            return True
        return role in (self.look if safe else self.act)


def _right(look: Iterable[Role], act: Iterable[Role] = ()) -> Right:
    return Right(frozenset(look), frozenset(act))


PUBLIC = Right(public=True)
ANYONE = Right(anyone=True)

OFFICE = frozenset({Role.OFFICE})
READERS = frozenset({Role.AUDITOR, Role.LEADER, Role.OFFICE})
#: Who works on cases or reads them.
CASES = DEPARTMENT | {Role.TOWN, Role.EXPERT, Role.FINANCE} | READERS

#: view name -> right. Grouped by the module of the pages; names as in its urls.
RIGHTS: dict[str, Right] = {
    # frame
    "home": ANYONE,
    "language": PUBLIC,
    "switch": ANYONE,
    # account
    "account:home": ANYONE,
    "account:end_session": ANYONE,
    "account:invitation": PUBLIC,
    "account:people": _right({Role.FIRM_OWNER}, {Role.FIRM_OWNER}),
    "account:staff": _right(OFFICE, OFFICE),
    "account:cancel": _right((), OFFICE | {Role.FIRM_OWNER}),
    "account:end": _right((), OFFICE | {Role.FIRM_OWNER}),
    "account:reset_factor": _right((), OFFICE),
    # allauth (pages/account/sign_in.py)
    "account_login": PUBLIC,
    "account_logout": PUBLIC,  # also for who stands between the password and the second factor
    "account_inactive": PUBLIC,
    "account_signup": PUBLIC,  # says that accounts come by invitation
    "account_reauthenticate": ANYONE,
    "account_change_password": ANYONE,
    "account_set_password": ANYONE,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "mfa_index": ANYONE,
    "mfa_authenticate": PUBLIC,  # who is signed in only after it; allauth holds it to a sign-in that has begun
    "mfa_reauthenticate": ANYONE,
    "mfa_activate_totp": ANYONE,
    "mfa_deactivate_totp": ANYONE,
    "mfa_view_recovery_codes": ANYONE,
    "mfa_generate_recovery_codes": ANYONE,
    "mfa_download_recovery_codes": ANYONE,
    "mfa_list_webauthn": ANYONE,
    "mfa_add_webauthn": ANYONE,
    "mfa_login_webauthn": PUBLIC,
    "mfa_reauthenticate_webauthn": ANYONE,
    "mfa_remove_webauthn": ANYONE,
    "mfa_edit_webauthn": ANYONE,
    "usersessions_list": ANYONE,
    "socialaccount_connections": ANYONE,
    "socialaccount_login_cancelled": PUBLIC,
    "openid_connect_login": PUBLIC,
    "openid_connect_callback": PUBLIC,
    # messages: everybody's own
    "messages:list": ANYONE,
    "messages:open": ANYONE,
    "messages:read": ANYONE,
    "messages:read_all": ANYONE,
    "messages:mails": ANYONE,
    # papers: of the cases that somebody sees
    "papers:list": _right(FIRM | CASES),
    "papers:application": _right(FIRM | CASES),
    "papers:receipt": _right(FIRM | CASES),
    "papers:correction": _right(FIRM | CASES),
    "papers:decision": _right(FIRM | CASES),
    "papers:bundle": _right(FIRM | CASES),
    # programs
    "tokens:list": _right(EVERY_ROLE),
    "tokens:create": _right(EVERY_ROLE, EVERY_ROLE),
    "tokens:end": _right((), EVERY_ROLE),
    "tokens:reference": PUBLIC,
    # the API (api/door.py asks this table; reading asks `look`, writing `act`)
    "api_openapi": PUBLIC,
    "api_nothing": PUBLIC,
    "api:me": _right(EVERY_ROLE),
    "api:firms": _right(EVERY_ROLE - {Role.EXPERT}),
    "api:firm": _right(EVERY_ROLE - {Role.EXPERT}),
    "api:assessment": _right(EVERY_ROLE - {Role.EXPERT}),
    "api:explanation": _right(EVERY_ROLE - {Role.EXPERT}),
    "api:facts": _right(EVERY_ROLE - {Role.EXPERT}),
    "api:fact": _right(EVERY_ROLE - {Role.EXPERT}),
    "api:facts_file": _right(EVERY_ROLE - {Role.EXPERT}),
    "api:state_fact": _right((), FIRM),
    "api:withdraw_fact": _right((), FIRM),
    "api:received": _right(EVERY_ROLE - {Role.EXPERT}),
    "api:files": _right(EVERY_ROLE - {Role.EXPERT}),
    "api:file": _right(EVERY_ROLE - {Role.EXPERT}),
    "api:file_content": _right(EVERY_ROLE - {Role.EXPERT}),
    "api:hand_in": _right((), FIRM),
    "api:take_back": _right((), FIRM),
    "api:lines": _right(EVERY_ROLE - {Role.EXPERT}),
    "api:answer_line": _right((), FIRM),
    "api:calls": _right(EVERY_ROLE),
    "api:call": _right(EVERY_ROLE),
    "api:benefits": _right(EVERY_ROLE),
    "api:benefit": _right(EVERY_ROLE),
    "api:decisions": _right(EVERY_ROLE),
    "api:cases": _right(FIRM | CASES),
    "api:case": _right(FIRM | CASES),
    "api:open_case": _right((), FIRM),
    "api:choose_lines": _right((), FIRM),
    "api:save_form": _right((), FIRM),
    "api:evidence": _right(FIRM | CASES),
    "api:attach": _right((), FIRM),
    "api:better_claim": _right(FIRM),
    "api:submit": _right((), FIRM),
    "api:resubmit": _right((), FIRM),
    "api:withdraw": _right((), FIRM),
    "api:timeline": _right(FIRM | CASES),
    "api:assessments": _right(FIRM | CASES),
    "api:papers": _right(FIRM | CASES),
    "api:paper": _right(FIRM | CASES),
    "api:bundle": _right(FIRM | CASES),
    "api:accept": _right((), DEPARTMENT),
    "api:send_back": _right((), DEPARTMENT),
    "api:go_on": _right((), DEPARTMENT),
    "api:give_verdict": _right((), DEPARTMENT),
    "api:lower": _right((), DEPARTMENT),
    "api:clear_check": _right((), DEPARTMENT),
    "api:close_review": _right((), DEPARTMENT),
    "api:return_to_review": _right((), {Role.HEAD}),
    "api:decide": _right((), {Role.HEAD}),
    "api:make_ready": _right((), DEPARTMENT),
    "api:reopen": _right((), {Role.HEAD}),
    "api:remarks": _right(FIRM | CASES),
    "api:add_remark": _right((), FIRM | DEPARTMENT),
    "api:visits": _right(CASES - {Role.EXPERT}),
    "api:report_visit": _right((), {Role.TOWN}),
    "api:opinions": _right(CASES - {Role.TOWN}),
    "api:ask_expert": _right((), DEPARTMENT),
    "api:answer_as_expert": _right((), {Role.EXPERT}),
    "api:messages": _right(EVERY_ROLE),
    "api:read_message": _right((), EVERY_ROLE),
    # calls: kept by the lead department and the programme office; whose call it is says calls/keeping.py
    "calls:list": _right(EVERY_ROLE - FIRM - {Role.EXPERT}),
    "calls:detail": _right(EVERY_ROLE - FIRM - {Role.EXPERT}),
    "calls:new": _right(DEPARTMENT | OFFICE, DEPARTMENT | OFFICE),
    "calls:edit": _right(DEPARTMENT | OFFICE, DEPARTMENT | OFFICE),
    "calls:begin": _right((), DEPARTMENT | OFFICE),
    "calls:publish": _right((), {Role.HEAD, Role.OFFICE}),
    "calls:window": _right((), DEPARTMENT | OFFICE),
    "calls:end": _right((), {Role.HEAD, Role.OFFICE}),
    # lists: facts by the departments and the office, support received by finance; whose list it is says lists/matching.py
    "lists:list": _right(DEPARTMENT | READERS),
    "lists:received": _right({Role.FINANCE} | READERS),
    "lists:new": _right(DEPARTMENT | {Role.OFFICE, Role.FINANCE}, DEPARTMENT | {Role.OFFICE, Role.FINANCE}),
    "lists:template": _right(DEPARTMENT | {Role.OFFICE, Role.FINANCE}),
    "lists:detail": _right(DEPARTMENT | {Role.FINANCE} | READERS),
    "lists:progress": _right(DEPARTMENT | {Role.FINANCE} | READERS),
    "lists:preview": _right(DEPARTMENT | {Role.FINANCE} | READERS),
    "lists:download": _right(DEPARTMENT | {Role.FINANCE} | READERS),
    "lists:take": _right((), DEPARTMENT | {Role.OFFICE, Role.FINANCE}),
    "lists:drop": _right((), DEPARTMENT | {Role.OFFICE, Role.FINANCE}),
    "lists:again": _right((), DEPARTMENT | {Role.OFFICE, Role.FINANCE}),
    "lists:alike": _right((), DEPARTMENT | {Role.OFFICE, Role.FINANCE}),
    "lists:register_all": _right((), DEPARTMENT | {Role.OFFICE, Role.FINANCE}),
    "lists:choose": _right((), DEPARTMENT | {Role.OFFICE, Role.FINANCE}),
    "lists:register": _right(DEPARTMENT | {Role.OFFICE, Role.FINANCE}, DEPARTMENT | {Role.OFFICE, Role.FINANCE}),
    # office: where the year stands, the record, the policy itself
    "office:overview": _right(READERS),
    "office:audit": _right({Role.AUDITOR, Role.OFFICE}),
    "office:audit_export": _right({Role.AUDITOR, Role.OFFICE}),
    "office:decisions": _right(EVERY_ROLE - FIRM - {Role.TOWN, Role.EXPERT}, OFFICE),
    "office:policies": PUBLIC,  # a published text
    "office:policy": PUBLIC,
    # review: the cases that somebody sees; what each role may do in one is said by the flow and the steps
    "review:queue": _right(CASES),
    "review:export": _right(CASES),
    "review:save_view": _right((), CASES),
    "review:rename_view": _right((), CASES),
    "review:delete_view": _right((), CASES),
    "review:bulk": _right((), DEPARTMENT),
    "review:bulk_result": _right(DEPARTMENT),
    "review:visits": _right(DEPARTMENT | {Role.TOWN} | READERS),
    "review:firms": _right(CASES - {Role.EXPERT}),
    "review:firm": _right(CASES - {Role.EXPERT}),
    "review:next": _right(CASES),
    "review:case": _right(CASES),
    "review:accept": _right((), DEPARTMENT),
    "review:look_again": _right((), DEPARTMENT),
    "review:send_back": _right((), DEPARTMENT),
    "review:go_on": _right((), DEPARTMENT),
    "review:verdict": _right((), DEPARTMENT),
    "review:lower": _right((), DEPARTMENT),
    "review:clear": _right((), DEPARTMENT),
    "review:close_review": _right((), DEPARTMENT),
    "review:return_to_review": _right((), {Role.HEAD}),
    "review:decide": _right((), {Role.HEAD}),
    "review:make_ready": _right((), DEPARTMENT),
    "review:reopen": _right((), {Role.HEAD}),
    "review:inside": _right((), DEPARTMENT),
    "review:to_firm": _right((), DEPARTMENT | {Role.TOWN}),
    "review:ask": _right((), DEPARTMENT),
    "review:visit": _right((), {Role.TOWN}),
    "review:answer": _right((), {Role.EXPERT}),
    "review:file": _right(CASES),
    "review:source": _right(CASES),
    "review:picture": _right(CASES),
    # firm: its own pages, for its own people
    "firm:home": _right(FIRM),
    "firm:benefit": _right(FIRM),
    "firm:uploads": _right(FIRM, FIRM),
    "firm:receive": _right((), FIRM),
    "firm:listing": _right(FIRM),
    "firm:upload": _right(FIRM),
    "firm:take-back": _right((), FIRM),
    "firm:bring-back": _right((), FIRM),
    "firm:upload-file": _right(FIRM),
    "firm:upload-picture": _right(FIRM),
    "firm:line": _right((), FIRM),
    "firm:alike": _right((), FIRM),
    "firm:clear-line": _right((), FIRM),
    "firm:facts": _right(FIRM),
    "firm:state-choose": _right(FIRM),
    "firm:state": _right(FIRM, FIRM),
    "firm:fact-take-back": _right((), FIRM),
    "firm:fact-bring-back": _right((), FIRM),
    "firm:calls": _right(FIRM),
    "firm:call": _right(FIRM),
    "firm:apply": _right((), FIRM),
    "firm:cases": _right(FIRM),
    "firm:case": _right(FIRM),
    "firm:draft": _right(FIRM),
    "firm:save": _right((), FIRM),
    "firm:submit": _right((), FIRM),
    "firm:evidence": _right((), FIRM),
    "firm:withdraw": _right((), FIRM),
    "firm:write": _right((), FIRM),
}
