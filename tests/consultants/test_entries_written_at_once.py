"""Two people change what an entry is made of at the same moment: it ends up as if one had come after the other."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection, transaction

from consultants.models import Consultant, DirectoryEntry, Practice
from procedures.models import Hospital, Procedure
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
ARE_UNLIKE = """
    SELECT practice_id, consultant_id, hospital_id, sort_key, name, words, facets, lapses_date
    FROM directory_rows(ARRAY(SELECT id FROM consultants_practice)) EXCEPT
    SELECT practice_id, consultant_id, hospital_id, sort_key, name, words, facets, lapses_date
    FROM consultants_directoryentry
"""
WAITS_FOR_US = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"


def begin_anew() -> None:
    """Ada practises at Elm Park, and at Ash, where she does nothing yet."""
    for model in (Practice, Consultant, Hospital, Procedure):
        model.objects.all().delete()
    ada, kyphoplasty = factories.consultant(specialties=["Pain"]), factories.procedure()
    factories.procedure(name="MRI scan", slug="mri")
    factories.practice(ada, factories.hospital(), kyphoplasty)
    factories.practice(ada, factories.hospital(name="Ash Hospital", slug="ash"))
    factories.hospital(name="Oak Hospital", slug="oak")
    factories.consultant(slug="hidden", is_listed=False)


def at(slug: str) -> Practice:
    return Practice.objects.get(hospital__slug=slug)


def unlist() -> None:
    Consultant.objects.filter(slug="ada-quill").update(is_listed=False)


def rename() -> None:
    Consultant.objects.filter(slug="ada-quill").update(family_name="Rook")


def rename_hospital() -> None:
    Hospital.objects.filter(slug="elm-park").update(name="Wychwood")


def rename_the_third_hospital() -> None:
    Hospital.objects.filter(slug="oak").update(name="Wychwood")


def confirm() -> None:
    Practice.objects.filter(hospital__slug="elm-park").update(confirmed_on=date(2026, 5, 3))


def confirm_the_other() -> None:
    Practice.objects.filter(hospital__slug="ash").update(confirmed_on=date(2026, 5, 3))


def begin_at_a_third() -> None:
    factories.practice(Consultant.objects.get(slug="ada-quill"), Hospital.objects.get(slug="oak"))


def move() -> None:
    Practice.objects.filter(hospital__slug="elm-park").update(hospital=Hospital.objects.get(slug="oak"))


def give_to_another() -> None:
    Practice.objects.filter(hospital__slug="elm-park").update(
        consultant=Consultant.objects.get(slug="hidden")
    )


def add_scan() -> None:
    at("elm-park").procedures.add(Procedure.objects.get(slug="mri"))


def remove_kyphoplasty() -> None:
    at("elm-park").procedures.remove(Procedure.objects.get(slug="balloon-kyphoplasty"))


def delete() -> None:
    at("elm-park").delete()


PAIRS = [
    (unlist, begin_at_a_third),
    (unlist, rename_hospital),
    (rename, confirm),
    (rename, rename_hospital),
    (rename, add_scan),
    (rename, delete),
    (rename_hospital, rename),
    (rename_hospital, confirm),
    (rename_hospital, add_scan),
    (rename_the_third_hospital, begin_at_a_third),
    (begin_at_a_third, unlist),
    (begin_at_a_third, rename_the_third_hospital),
    (confirm, rename),
    (confirm, add_scan),
    (move, rename_hospital),
    (give_to_another, rename),
    (add_scan, remove_kyphoplasty),
    (add_scan, rename_hospital),
    (delete, rename),
]


def alone(deed: Callable[[], None]) -> None:
    """On a connection of its own."""
    try:
        deed()
    finally:
        connection.close()


def answer(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def begun(deed: Callable[[], None], other: ThreadPoolExecutor) -> Future[None]:
    """Somebody else's deed, as far as it comes before our transaction ends."""
    going = other.submit(alone, deed)
    while not going.done() and answer(WAITS_FOR_US) == [(False,)]:
        pass
    return going


def test_entry_is_as_if_one_change_had_come_after_the_other() -> None:
    for first, second in PAIRS:  # in one test, since the database is emptied after each
        begin_anew()
        with ThreadPoolExecutor(1) as other:
            with transaction.atomic():
                first()
                going = begun(second, other)
            going.result(timeout=20)

        assert answer(ARE_UNLIKE) == [], (first, second)
        assert not DirectoryEntry.objects.exclude(consultant__is_listed=True).exists()


def test_two_practices_of_one_consultant_do_not_wait_for_each_other() -> None:
    begin_anew()
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        confirm()
        going = begun(confirm_the_other, other)

        assert going.done()
        going.result()
