"""Who answers, and for which hospital."""

from collections.abc import Iterable
from typing import Self, TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models

from procedures.models import Hospital

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
Row = TypeVar("Row", bound=models.Model, covariant=True)


def hospitals_of(user: User) -> models.QuerySet[Hospital]:
    """The hospitals whose team the person is in; all of them for a superuser, and for no other role."""
    return Hospital.objects.all() if user.is_superuser else Hospital.objects.filter(team__user=user)


def hospital_keys(user: User) -> list[int]:
    """The keys of the same, for queries in which the database must tell from its statistics how many rows those are."""
    return list(hospitals_of(user).order_by().values_list("pk", flat=True))


def colleagues_at(hospitals: Iterable[Hospital]) -> models.QuerySet[User]:
    """Those of the hospitals' teams who may answer requests, by name."""
    may_answer = User.objects.with_perm(
        "enquiries.change_enquiry", include_superusers=False, backend=MODEL_BACKEND
    )
    of_teams = TeamMember.objects.filter(hospital__in=hospitals)
    return may_answer.filter(pk__in=of_teams.values("user")).order_by("first_name", "last_name", "username")


def managers_of(hospital: Hospital) -> list[str]:
    """The addresses of those of the hospital's team who oversee it."""
    overseers = User.objects.with_perm(
        "enquiries.oversee_enquiry", include_superusers=False, backend=MODEL_BACKEND
    )
    of_team = overseers.filter(team_memberships__hospital=hospital).exclude(email="")
    return list(of_team.order_by("email").values_list("email", flat=True))


class HospitalRowsQuerySet(models.QuerySet[Row]):
    """Which rows of those that belong to one hospital each."""

    def seen_by(self, user: User) -> Self:
        """Rows of the hospitals whose team the person is in; all of them for a superuser.

        It asks for their keys first: with a subquery the database takes a wrong guess at how many rows those are.
        """
        return self.all() if user.is_superuser else self.filter(hospital__in=hospital_keys(user))


class TeamMember(models.Model):
    """A person who may see and answer one hospital's requests. What they may do there is in their role."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="team_memberships",
        help_text="Who joins the team. Their role says what they may do there.",
    )
    hospital = models.ForeignKey(
        Hospital,
        on_delete=models.CASCADE,
        related_name="team",
        help_text="Whose requests they see. A person may be in several teams.",
    )

    objects = HospitalRowsQuerySet["TeamMember"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "hospital"],
                name="team_member_stands_once",
                violation_error_message="This person is already in that hospital’s team.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.hospital}"
