"""Make one member of staff for each role, for development."""

import json
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.text import slugify

from enquiries.models import TeamMember
from kyphoplasty_site.access import Role
from procedures.models import Hospital, Reviewer


class Command(BaseCommand):
    """One user a role, all with one fresh password. Refuses to run in production."""

    help = "Make one user for each role, for development, and print their names and fresh password as one JSON line."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PUBLIC_URL:
            raise CommandError(
                "PUBLIC_URL is set, so this is production. Make real accounts for real people instead."
            )
        password = secrets.token_urlsafe(12)
        users = [self._user(role, password) for role in Role]
        self.stdout.write(json.dumps({"password": password, "users": users}))

    def _user(self, role: Role, password: str) -> dict[str, str]:
        name = slugify(role)
        reached = {"is_staff": True, "email": f"{name}@staff.example"}  # development keeps mail in files
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
        return {"username": user.username, "role": str(role)}
