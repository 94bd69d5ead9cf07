"""The rights of every role on every page and every API call: one table, which the guard reads and a test walks.

A view that is not in the table is shown to nobody. `look` is for reading (GET, HEAD), `act` for all else. What a role may see
of what a page lists is said where the rows are chosen (`seen_by` of each model), never here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chaoce.service.people.roles import DEPARTMENT, Role


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
}
