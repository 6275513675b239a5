"""How a name and a password are held against the accounts. A wrong answer takes as long as a right one, whatever the name."""

from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.exceptions import AxesBackendPermissionDenied
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q
from django.http import HttpRequest


class SlowDownBackend(AxesStandaloneBackend):
    """Refuses a name that was tried too often from an address, in the time that a wrong password takes."""

    def authenticate(
        self, request: HttpRequest, username: str | None = None, password: str | None = None, **facts: Any
    ) -> None:
        try:
            super().authenticate(request, username, password, **facts)
        except AxesBackendPermissionDenied:
            make_password(password)
            raise


class StaffBackend(ModelBackend):
    """Accounts are for staff. Nobody else's is signed in, nor stays so."""

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        return super().user_can_authenticate(user) and user is not None and user.is_staff

    def get_user(self, user_id: Any) -> User | None:
        """Whoever is signed in, with their roles, which the frame of every page names, in the same query."""
        names = ArrayAgg("groups__name", order_by="groups__name", filter=Q(groups__isnull=False), default=[])
        user = User.objects.annotate(roles=names).filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
