"""What was published stays as it was, whoever asks the database and however: told in plain SQL."""

import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from procedures import publishing
from procedures.models import Block, Edition, Leaflet, Procedure, SignOff
from tests import factories

pytestmark = pytest.mark.django_db
Sql = str


@pytest.fixture
def published() -> Edition:
    """A second edition, signed off and published, with a figure, a source, an editor and a leaflet; and a draft after it."""
    draft = factories.whole_draft(
        procedure=factories.published_procedure(), change_summary="More on leaks.", change_reason="A study."
    )
    factories.shown_in(draft.blocks.get(kind="risk"), factories.figure())
    publishing.changed_by(draft, factories.person("robin"))
    factories.sign_off(draft, factories.reviewer())
    made = publishing.publish(Edition.objects.get(pk=draft.pk), factories.person("ash"))
    Leaflet.objects.create(edition=made, size="standard", pdf=b"%PDF", pages=1)
    publishing.start_draft(made)
    return made


def run(sql: Sql, *given: int | str | None) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, given)
        return int(cursor.rowcount)


THROUGH = "procedures_block_sources"
OF_BLOCKS = "(SELECT id FROM procedures_block WHERE edition_id = %s)"
REFUSED: dict[str, Sql] = {
    "an edition's lead": "UPDATE procedures_edition SET lead = 'It always works.' WHERE id = %s",
    "its kept HTML": "UPDATE procedures_edition SET html = '{}' WHERE id = %s",
    "its copies": "UPDATE procedures_edition SET copies = '{}' WHERE id = %s",
    "its lines": "UPDATE procedures_edition SET lines = '[]' WHERE id = %s",
    "its minute": "UPDATE procedures_edition SET published_at = published_at - interval '1 day' WHERE id = %s",
    "making a draft of it again": "UPDATE procedures_edition SET published_at = NULL WHERE id = %s",
    "its hash": "UPDATE procedures_edition SET clinical_hash = 'x' WHERE id = %s",
    "its withdrawal with another change": (
        "UPDATE procedures_edition SET withdrawn_at = now(), internal_note = 'x' WHERE id = %s"
    ),
    "deleting it": "DELETE FROM procedures_edition WHERE id = %s",
    "a block's words": "UPDATE procedures_block SET body = 'x' WHERE edition_id = %s",
    "a block's place": "UPDATE procedures_block SET position = position + 100 WHERE edition_id = %s",
    "deleting its blocks": "DELETE FROM procedures_block WHERE edition_id = %s",
    "a new block": (
        "INSERT INTO procedures_block (edition_id, position, kind, heading, anchor, body, why_they_differ)"
        " VALUES (%s, 99, 'text', 'x', '', '<p>x</p>', '')"
    ),
    "taking a block out into a draft": (
        "UPDATE procedures_block SET edition_id = (SELECT max(id) FROM procedures_edition), position = 99, anchor = ''"
        " WHERE edition_id = %s AND kind = 'risk'"
    ),
    "moving a draft's block into it": (
        "UPDATE procedures_block SET edition_id = %s, position = 99, anchor = ''"
        " WHERE edition_id = (SELECT max(id) FROM procedures_edition) AND kind = 'risk'"
    ),
    "a figure's place": f"UPDATE procedures_blockfigure SET position = 9 WHERE block_id IN {OF_BLOCKS}",
    "taking a figure out": f"DELETE FROM procedures_blockfigure WHERE block_id IN {OF_BLOCKS}",
    "a new figure": (
        "INSERT INTO procedures_blockfigure (block_id, figure_id, position)"
        f" SELECT min(block.id), min(figure.id), 5 FROM procedures_block block, procedures_figure figure WHERE block.id IN {OF_BLOCKS}"
    ),
    "moving a draft's figure into it": (
        "UPDATE procedures_blockfigure SET position = 7, block_id ="
        " (SELECT min(id) FROM procedures_block WHERE edition_id = %s)"
        " WHERE block_id IN (SELECT id FROM procedures_block WHERE edition_id = (SELECT max(id) FROM procedures_edition))"
    ),
    "another source": f"UPDATE {THROUGH} SET source_id = source_id WHERE block_id IN {OF_BLOCKS}",
    "taking a source out": f"DELETE FROM {THROUGH} WHERE block_id IN {OF_BLOCKS}",
    "a new source": (
        f"INSERT INTO {THROUGH} (block_id, source_id) SELECT min(block.id), min(source.id)"
        f" FROM procedures_block block, procedures_source source WHERE block.kind = 'alternative' AND block.id IN {OF_BLOCKS}"
    ),
    "who changed it": "UPDATE procedures_editioneditor SET user_id = user_id WHERE edition_id = %s",
    "deleting who changed it": "DELETE FROM procedures_editioneditor WHERE edition_id = %s",
    "a new name among who changed it": (
        "INSERT INTO procedures_editioneditor (edition_id, user_id) SELECT %s, max(id) FROM auth_user"
    ),
    "its leaflet": "UPDATE procedures_leaflet SET pdf = '' WHERE edition_id = %s",
    "deleting its leaflet": "DELETE FROM procedures_leaflet WHERE edition_id = %s",
    "who signed it": "UPDATE procedures_signoff SET reviewer_name = 'Dr No' WHERE edition_id = %s",
    "what was signed": "UPDATE procedures_signoff SET clinical_hash = 'x' WHERE edition_id = %s",
    "the date of its sign-off": "UPDATE procedures_signoff SET next_review_on = '2099-01-01' WHERE edition_id = %s",
    "deleting its sign-off": "DELETE FROM procedures_signoff WHERE edition_id = %s",
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED)
def test_database_refuses_to_change_what_was_published(published: Edition, sql: Sql) -> None:
    with pytest.raises(IntegrityError, match=r"cannot be changed|not changed or deleted"):
        run(sql, published.pk)


@pytest.mark.parametrize(
    "table", ["edition", "block", "blockfigure", "block_sources", "editioneditor", "leaflet", "signoff"]
)
def test_database_refuses_to_empty_the_tables(published: Edition, table: str) -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE")  # what this test wrote itself would otherwise be in the way

    with pytest.raises(IntegrityError, match="this table cannot be emptied"):
        run(f"TRUNCATE procedures_{table} CASCADE")


def test_draft_can_still_be_changed_and_deleted_by_the_same_sql(published: Edition) -> None:
    draft = Edition.objects.drafts().get()

    for sql in (
        "UPDATE procedures_edition SET lead = 'Another.' WHERE id = %s",
        "UPDATE procedures_block SET why_they_differ = 'x' WHERE edition_id = %s",
        f"UPDATE procedures_blockfigure SET position = 9 WHERE block_id IN {OF_BLOCKS}",
        f"DELETE FROM {THROUGH} WHERE block_id IN {OF_BLOCKS}",
        f"DELETE FROM procedures_blockfigure WHERE block_id IN {OF_BLOCKS}",
        "DELETE FROM procedures_block WHERE edition_id = %s",
        "DELETE FROM procedures_edition WHERE id = %s",
    ):
        assert run(sql, draft.pk)


def test_edition_is_withdrawn_once_and_for_good(published: Edition) -> None:
    assert run("UPDATE procedures_edition SET withdrawn_at = now() WHERE id = %s", published.pk) == 1

    for value in ("NULL", "now() + interval '1 day'"):
        with pytest.raises(IntegrityError, match="A published edition cannot be changed"):
            run(f"UPDATE procedures_edition SET withdrawn_at = {value} WHERE id = %s", published.pk)


def test_sign_off_is_taken_back_once_and_for_good(published: Edition) -> None:
    assert run("UPDATE procedures_signoff SET revoked_at = now() WHERE edition_id = %s", published.pk) == 1

    with pytest.raises(IntegrityError, match="not changed or deleted"):
        run("UPDATE procedures_signoff SET revoked_at = NULL WHERE edition_id = %s", published.pk)


def test_page_keeps_its_figures_though_the_registry_goes_on(published: Edition) -> None:
    before = Edition.objects.get(pk=published.pk)

    run("UPDATE procedures_figure SET count = 99")
    run("UPDATE procedures_source SET title = 'Another study'")

    after = Edition.objects.get(pk=published.pk)
    assert (after.html, after.lines, after.copies) == (before.html, before.lines, before.copies)
    assert after.copies["figures"]["elm-leaks"]["count"] == 7


@pytest.fixture
def draft(transactional_db: None) -> Edition:
    """A draft that is signed off and ready, seen by two connections at once."""
    made = factories.whole_draft(
        procedure=factories.published_procedure(), change_summary="More on leaks.", change_reason="A study."
    )
    factories.sign_off(made, factories.reviewer())
    factories.person("ash")
    return made


def at_once(*deeds: Callable[[threading.Barrier], object]) -> list[Exception | None]:
    """Do them at the same time, each with a connection of its own, and say what came of each."""
    came: list[Exception | None] = [None] * len(deeds)
    together = threading.Barrier(len(deeds), timeout=20)

    def do(place: int, deed: Callable[[threading.Barrier], object]) -> None:
        try:
            with transaction.atomic():
                deed(together)
        except Exception as error:
            came[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(place, deed)) for place, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return came


def publishing_it(draft: Edition) -> Callable[[threading.Barrier], object]:
    def deed(together: threading.Barrier) -> None:
        by = User.objects.get(username="ash")
        together.wait()
        publishing.publish(Edition.objects.get(pk=draft.pk), by)

    return deed


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("waits", ["before the change", "after the change"])
def test_draft_is_not_published_while_a_change_to_it_is_half_done(draft: Edition, waits: str) -> None:
    """Either the change is in and nothing is published, or it is published and the change refused: never both."""

    def changing(together: threading.Barrier) -> None:
        if waits == "before the change":
            together.wait()
        Block.objects.filter(edition=draft.pk, kind="risk").update(body="<p>It is quite safe.</p>")
        if waits == "after the change":
            together.wait()

    published, changed = at_once(publishing_it(draft), changing)

    now = Edition.objects.get(pk=draft.pk)
    is_changed = now.blocks.get(kind="risk").body == "<p>It is quite safe.</p>"
    assert (published is None) != (changed is None)
    assert is_changed == now.is_draft
    assert SignOff.objects.count() == Procedure.objects.count() == 1


def test_sql_can_neither_publish_for_the_past_nor_withdraw_for_it(published: Edition) -> None:
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        run(
            "UPDATE procedures_edition SET withdrawn_at = published_at - interval '1 day' WHERE id = %s",
            published.pk,
        )
    for published_at, withdrawn_at in (
        ("2020-01-01", None),
        ("2020-01-01", "2021-01-01"),
        ("2099-01-01", "2099-02-01"),
    ):
        with pytest.raises(IntegrityError, match="from now on"), transaction.atomic():
            run(
                "UPDATE procedures_edition SET published_at = %s, withdrawn_at = %s WHERE published_at IS NULL",
                published_at,
                withdrawn_at,
            )
