"""What warns of danger is never deleted on the desk."""

import pytest
from django.urls import reverse

from kyphoplasty_site.access import Role
from procedures.models import RedFlagCard
from tests import factories
from tests.procedures.staff import Desk

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_superuser", [False, True])
def test_nobody_deletes_a_red_flag_card(is_superuser: bool) -> None:
    card, desk = factories.red_flag_card(), Desk(Role.ADMINISTRATOR, "bay")
    desk.person.is_superuser = is_superuser
    desk.person.save()

    answer = desk.client.post(reverse("admin:procedures_redflagcard_delete", args=[card.pk]), {"post": "yes"})

    assert answer.status_code == 403
    assert RedFlagCard.objects.filter(pk=card.pk).exists()
