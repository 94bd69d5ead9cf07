"""The forms of one's account, of passkeys and of invitations."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.utils.translation import gettext_lazy as _

from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Department, Town, User
from chaoce.service.people.roles import DEPARTMENT, FIRM, Role


class AddPasskeyForm(AddWebAuthnForm):
    """A passkey that is enough by itself, unless the person wants a key beside the password."""

    name = forms.CharField(label=_("Name of the passkey"), max_length=60, help_text=_("So that you know it again: the device or the key."))
    passwordless = forms.BooleanField(
        label=_("Sign in with it alone, without a password"),
        required=False,
        initial=True,
        help_text=_("The device then asks for your fingerprint, face or PIN. Without this it is asked for after the password."),
    )


class AccountForm(forms.ModelForm):
    """Name and language."""

    class Meta:
        model = User
        fields = ["name", "language"]
        help_texts = {"language": _("Of the pages and of the mails to you.")}


class AcceptForm(forms.Form):
    """What a new person says of oneself."""

    name = forms.CharField(label=_("Your name"), max_length=60, help_text=_("As it stands on papers and in messages."))
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )
    password2 = forms.CharField(
        label=_("Password, once more"), strip=False, max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, email: str, *args: Any, **kwargs: Any):
        self.email = email
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Both passwords alike, and hard to guess for this name and address."""
        data = super().clean() or {}
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ."))
        elif first:
            try:
                validate_password(first, User(email=self.email, name=data.get("name", "")))
            except forms.ValidationError as fault:
                self.add_error("password1", fault)
        return data


class InviteForm(forms.Form):
    """An invitation into one's own firm."""

    email = forms.EmailField(label=_("Mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(label=_("Name"), max_length=60, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=[(role.value, role.label) for role in Role if role in FIRM])

    def place(self) -> dict[str, Any]:
        """Where the role belongs, as `invite` takes it; nothing where the inviter's own place is meant."""
        return {}


class InviteStaffForm(InviteForm):
    """An invitation into any role, with the place that the role needs."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.all(), required=False, help_text=_("For a reviewer or a head of department.")
    )
    town = forms.ModelChoiceField(label=_("Town"), queryset=Town.objects.all(), required=False, help_text=_("For a town officer."))
    uscc = forms.CharField(
        label=_("Unified social credit identifier"), max_length=18, required=False, help_text=_("For people of a firm: 18 characters.")
    )

    def clean(self) -> dict[str, Any]:
        """The place that the role needs, and no other."""
        data = super().clean() or {}
        role = data.get("role")
        if role in DEPARTMENT and not data.get("department"):
            self.add_error("department", _("Choose the department of this role."))
        if role == Role.TOWN and not data.get("town"):
            self.add_error("town", _("Choose the town of this role."))
        self.firm = None
        if role in FIRM and "uscc" in data:
            self.firm = Firm.objects.filter(uscc=data["uscc"].strip().upper()).first()
            if self.firm is None:
                self.add_error("uscc", _("No firm here has this identifier."))
        return data

    def place(self) -> dict[str, Any]:
        """The firm, department or town of the role."""
        role = self.cleaned_data["role"]
        if role in FIRM:
            return {"firm": self.firm}
        if role in DEPARTMENT:
            return {"department": self.cleaned_data["department"]}
        return {"town": self.cleaned_data["town"]} if role == Role.TOWN else {}


class StaffFilter(forms.Form):
    """What the list of people is cut to."""

    q = forms.CharField(label=_("Name, address or firm"), required=False, max_length=60)
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("All of the city")), *Role.choices])
    department = forms.ModelChoiceField(label=_("Department"), required=False, queryset=Department.objects.all(), empty_label=_("All"))
