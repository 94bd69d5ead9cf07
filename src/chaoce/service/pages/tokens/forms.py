"""The form of a new token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chaoce.service.api.register import OPERATIONS
from chaoce.service.api.scopes import Scope
from chaoce.service.api.tokens import LIVES
from chaoce.service.people.models import Membership
from chaoce.service.people.rights import RIGHTS
from chaoce.service.people.roles import Role


def scopes_of(role: Role) -> list[Scope]:
    """The scopes with which a role can do anything."""
    useful = {one.scope for one in OPERATIONS.values() if RIGHTS[f"api:{one.name}"].allows(role, one.safe)}
    return [scope for scope in Scope if scope in useful]


class TokenForm(forms.Form):
    """A name, what it is for, and for how long."""

    name = forms.CharField(
        label=_("Name of the program"), max_length=60, help_text=_("Which program will use it, so that you know it again.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
        help_text=_("Give no more than the program needs. It never may do more than your role."),
    )
    days = forms.TypedChoiceField(label=_("Works for"), coerce=int, initial=LIVES[1])

    def __init__(self, member: Membership, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        scopes: Any = self.fields["scopes"]
        days: Any = self.fields["days"]
        scopes.choices = [(scope.value, scope.label) for scope in scopes_of(Role(member.role))]
        days.choices = [(life, ngettext("%(days)s day", "%(days)s days", life) % {"days": life}) for life in LIVES]

    def clean_name(self) -> str:
        """A name without blanks around it."""
        return str(self.cleaned_data["name"]).strip()
