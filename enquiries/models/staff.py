"""Who answers, and for which hospital."""

from django.conf import settings
from django.db import models

from procedures.models import Hospital


class TeamMember(models.Model):
    """A person who may see and answer one hospital's requests. What they may do there is in their role."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="team_memberships"
    )
    hospital = models.ForeignKey(Hospital, on_delete=models.CASCADE, related_name="team")

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
