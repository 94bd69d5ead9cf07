"""`first_person`: the one account that nobody can invite."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from chaoce.service.people.models import Membership, User
from chaoce.service.people.roles import Role


class Command(BaseCommand):
    """Makes the first person of the programme office, who then invites all others."""

    help = "Makes the first person of the programme office and prints the link under which that person chooses a password."

    def add_arguments(self, parser: CommandParser) -> None:
        """The person's address and name."""
        parser.add_argument("email")
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses where the office has somebody: from then on people come by invitation."""
        email = options["email"].strip().lower()
        validate_email(email)
        with transaction.atomic():
            if Membership.objects.filter(role=Role.OFFICE, ended_at=None).exists():
                raise CommandError("the programme office has somebody already, who can invite others")
            if User.objects.filter(email=email).exists():
                raise CommandError(f"{email} has an account already")
            user = User.objects.create_user(email, None, name=options["name"].strip())
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            Membership.objects.create(user=user, role=Role.OFFICE)
        key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
        path = reverse("account_reset_password_from_key", kwargs=dict(zip(("uidb36", "key"), key.split("-", 1), strict=True)))
        self.stdout.write(settings.CHAOCE_ADDRESS.rstrip("/") + path)
