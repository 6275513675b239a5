"""Make one member of staff for each role, for development."""

import json
import secrets
from argparse import ArgumentParser
from time import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.text import slugify

from enquiries.models import TeamMember
from kyphoplasty_site.access import Role
from procedures.models import Hospital, Reviewer

MADE_UP = "@staff.example"


class Command(BaseCommand):
    """One user a role, all with one fresh password, each with an authenticator app. Refuses to run in production."""

    help = (
        "Make one user for each role, for development, and print as one JSON line their names, their fresh password, "
        "and for each the secret of an authenticator app with the six digits that it shows now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--codes",
            action="store_true",
            help="Only print the six digits of each user now, and change nothing.",
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PUBLIC_URL:
            raise CommandError(
                "PUBLIC_URL is set, so this is production. Make real accounts for real people instead."
            )
        if options["codes"]:
            apps = Authenticator.objects.filter(type=Authenticator.Type.TOTP, user__email__endswith=MADE_UP)
            codes = {
                app.user.username: _code(decrypt(app.data["secret"])) for app in apps.select_related("user")
            }
            self.stdout.write(json.dumps({"codes": codes}))
            return
        password = secrets.token_urlsafe(12)
        users = [self._user(role, password) for role in Role]
        self.stdout.write(json.dumps({"password": password, "users": users}))

    def _user(self, role: Role, password: str) -> dict[str, str]:
        name = slugify(role)
        reached = {"is_staff": True, "email": f"{name}{MADE_UP}"}  # development keeps mail in files
        user, _ = User.objects.get_or_create(username=name, defaults=reached)
        user.set_password(password)
        user.save()
        user.groups.set([Group.objects.get(name=role)])
        if role in (Role.ENQUIRY_HANDLER, Role.ENQUIRY_MANAGER):
            for hospital in Hospital.objects.all():
                TeamMember.objects.get_or_create(user=user, hospital=hospital)
        if role == Role.CLINICAL_REVIEWER:
            made_up = {
                "name": "Dr Sample Reviewer (fictional)",
                "post": "A made-up clinician, for trying things out",
            }
            Reviewer.objects.get_or_create(user=user, defaults=made_up)
        secret = generate_totp_secret()
        Authenticator.objects.filter(user=user).delete()
        TOTP.activate(user, secret)
        return {"username": user.username, "role": str(role), "secret": secret, "code": _code(secret)}


def _code(secret: str) -> str:
    """The six digits that an authenticator app with this secret shows now."""
    return format_hotp_value(hotp_value(secret, int(time()) // 30))
