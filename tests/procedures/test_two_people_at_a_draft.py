"""Two people at one draft: neither overwrites the other without knowing it."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from procedures import publishing
from procedures.models import Block, Edition, EditionEditor
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.test_writing_a_draft import answers, block_page, draft, editor, headings, page_of

__all__ = ["draft"]
pytestmark = pytest.mark.django_db


def leaks(edition: Edition) -> Block:
    return edition.blocks.get(heading="Leaks")


def test_stale_save_of_a_block_is_refused_and_shows_both_texts(draft: Edition) -> None:
    ana, ben = editor("ana"), editor("ben")
    address = block_page(leaks(draft))
    seen_by_ana, seen_by_ben = answers(ana.get(address)), answers(ben.get(address))

    ana.post(address, seen_by_ana | {"body": "<p>Ana says this.</p>"})
    page = Page(response := ben.post(address, seen_by_ben | {"body": "<p>Ben says that.</p>"}))

    assert leaks(draft).body == "<p>Ana says this.</p>"
    assert "Ana saved this at" in page.text
    assert "Your text is still here and nothing of it is saved yet." in page.text
    assert "Saved by your colleague" in page.text
    assert "Ana says this." in page.text
    assert response.context["adminform"].form["body"].value() == "<p>Ben says that.</p>"


def test_after_the_refusal_the_same_text_can_be_saved_knowingly(draft: Edition) -> None:
    ana, ben = editor("ana"), editor("ben")
    address = block_page(leaks(draft))
    seen_by_ana, seen_by_ben = answers(ana.get(address)), answers(ben.get(address))
    ana.post(address, seen_by_ana | {"body": "<p>Ana says this.</p>"})

    refused = ben.post(address, seen_by_ben | {"body": "<p>Ben says that.</p>"})
    ben.post(address, answers(refused))

    assert leaks(draft).body == "<p>Ben says that.</p>"
    assert {named.user.username for named in EditionEditor.objects.all()} == {"ana", "ben"}


def test_two_who_change_different_blocks_never_meet(draft: Edition) -> None:
    ana, ben = editor("ana"), editor("ben")
    infection = draft.blocks.get(heading="Infection")
    for_ana, for_ben = answers(ana.get(block_page(leaks(draft)))), answers(ben.get(block_page(infection)))

    ana.post(block_page(leaks(draft)), for_ana | {"body": "<p>Ana says this.</p>"})
    ben.post(block_page(infection), for_ben | {"body": "<p>Ben says that.</p>"})

    infection.refresh_from_db()
    assert (leaks(draft).body, infection.body) == ("<p>Ana says this.</p>", "<p>Ben says that.</p>")


def test_figure_chosen_meanwhile_is_not_taken_away_again(draft: Edition) -> None:
    ana, ben, figure = editor("ana"), editor("ben"), factories.figure()
    address = block_page(leaks(draft))
    for_ana, for_ben = answers(ana.get(address)), answers(ben.get(address))

    ana.post(address, for_ana | {"shown_figures": [figure.pk]})
    page = Page(ben.post(address, for_ben | {"heading": "Leaking"}))

    assert list(leaks(draft).figures.all()) == [figure]
    assert "had some cement leak: 7 of 100 people" in page.text


def test_stale_save_of_the_edition_is_refused_and_shows_both_texts(draft: Edition) -> None:
    ana, ben = editor("ana"), editor("ben")
    for_ana, for_ben = answers(ana.get(page_of(draft))), answers(ben.get(page_of(draft)))

    ana.post(page_of(draft), for_ana | {"lead": "Ana’s lead."})
    page = Page(response := ben.post(page_of(draft), for_ben | {"lead": "Ben’s lead."}))

    draft.refresh_from_db()
    assert draft.lead == "Ana’s lead."
    assert "Ana saved this at" in page.text
    assert "Ana’s lead." in page.text
    assert response.context["adminform"].form["lead"].value() == "Ben’s lead."


def test_block_saved_meanwhile_does_not_stop_the_edition_from_being_saved(draft: Edition) -> None:
    ana, ben = editor("ana"), editor("ben")
    for_ana, for_ben = answers(ana.get(block_page(leaks(draft)))), answers(ben.get(page_of(draft)))

    ana.post(block_page(leaks(draft)), for_ana | {"body": "<p>Ana says this.</p>"})
    ben.post(page_of(draft), for_ben | {"lead": "Ben’s lead."})

    draft.refresh_from_db()
    assert draft.lead == "Ben’s lead."
    assert leaks(draft).body == "<p>Ana says this.</p>"


def test_saving_the_words_does_not_undo_a_colleagues_order(draft: Edition) -> None:
    ana, ben = editor("ana"), editor("ben")
    for_ana, for_ben = answers(ana.get(page_of(draft))), answers(ben.get(page_of(draft)))

    ana.post(page_of(draft), for_ana | {"_move": f"{leaks(draft).pk}:down"})
    ben.post(page_of(draft), for_ben | {"lead": "Ben’s lead."})

    draft.refresh_from_db()
    assert headings(draft)[1:3] == ["Infection", "Leaks"]
    assert draft.lead == "Ben’s lead."


def test_new_order_over_a_colleagues_new_order_is_refused_in_words(draft: Edition) -> None:
    ana, ben = editor("ana"), editor("ben")
    for_ana, for_ben = answers(ana.get(page_of(draft))), answers(ben.get(page_of(draft)))
    question = draft.blocks.get(heading="Will it hurt?")

    ana.post(page_of(draft), for_ana | {"_move": f"{leaks(draft).pk}:down"})
    page = Page(ben.post(page_of(draft), for_ben | {"_move": f"{question.pk}:up", "lead": "Ben’s lead."}))

    assert headings(draft)[1:3] == ["Infection", "Leaks"]
    assert headings(draft)[-1] == "Will it hurt?"
    assert "A colleague has added, moved or deleted blocks" in page.text
    assert "Ben’s lead." in page.text


def test_saving_without_the_fingerprint_overwrites_nothing(draft: Edition) -> None:
    ben = editor("ben")
    given = answers(ben.get(block_page(leaks(draft)))) | {"body": "<p>Ben says that.</p>"}
    del given["opened"]

    ben.post(block_page(leaks(draft)), given)

    assert leaks(draft).body == "<p>Cement may leak.</p>"


def test_person_who_only_moved_a_block_may_not_sign_it_off(draft: Edition) -> None:
    ana = editor("ana")
    given = answers(ana.get(page_of(draft)))

    ana.post(page_of(draft), given | {"_move": f"{leaks(draft).pk}:down"})
    reviewer = factories.reviewer(user=EditionEditor.objects.get().user)
    Edition.objects.update(sent_at=timezone.now())

    with pytest.raises(publishing.Refused, match="somebody else must sign it off"):
        publishing.sign_off(draft, reviewer, "", timezone.localdate() + timedelta(days=365))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_the_same_moment_one_is_refused() -> None:
    """Really at once, over two connections: each had opened the block before either saved."""
    draft = factories.draft(procedure=factories.procedure())
    block = factories.block(draft, "faq", heading="Will it hurt?", body="<p>A little.</p>")
    address, start, said = block_page(block), threading.Barrier(6), {}
    writers = {name: editor(name) for name in ("ana", "ben", "cat", "dan", "eve", "fay")}
    forms = {name: answers(desk.get(address)) for name, desk in writers.items()}

    def save(name: str, desk: Client) -> None:
        try:
            start.wait()
            said[name] = desk.post(address, forms[name] | {"body": f"<p>{name} says this.</p>"})
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=pair) for pair in writers.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    saved = [name for name, response in said.items() if response.status_code == 302]
    refused: list[Any] = [response for response in said.values() if response.status_code == 200]
    block.refresh_from_db()
    assert len(saved) == 1
    assert block.body == f"<p>{saved[0]} says this.</p>"
    assert len(refused) == 5
    for response in refused:
        assert f"{saved[0]} says this." in response.text
    assert [named.user.username for named in EditionEditor.objects.all()] == saved


def test_who_saved_is_told_even_where_no_history_says_so(draft: Edition) -> None:
    ben = editor("ben")
    given = answers(ben.get(block_page(leaks(draft))))
    Block.objects.filter(pk=leaks(draft).pk).update(body="<p>Another says this.</p>")

    page = Page(ben.post(block_page(leaks(draft)), given | {"body": "<p>Ben says that.</p>"}))

    assert "Somebody saved this since you opened it." in page.text
    kind = ContentType.objects.get_for_model(Block)
    assert not LogEntry.objects.filter(content_type=kind, action_flag=CHANGE).exists()


def test_block_that_a_colleague_changed_meanwhile_is_not_deleted_unread(draft: Edition) -> None:
    ana, ben, address = editor("ana"), editor("ben"), block_page(leaks(draft))
    delete = reverse("admin:procedures_block_delete", args=[leaks(draft).pk])
    seen_by_ben = ben.get(delete).context["opened"]

    ana.post(address, answers(ana.get(address)) | {"body": "<p>Ana says this.</p>"})
    refused = Page(ben.post(delete, {"post": "yes", "opened": seen_by_ben}, follow=True))

    assert leaks(draft).body == "<p>Ana says this.</p>"
    assert "Ana saved this at" in refused.text
    assert "Nothing is deleted. Read below what it says now, and decide again." in refused.text
    assert refused.words("//*[@class='as-read__in']") == ["Ana says this."]

    ben.post(delete, {"post": "yes", "opened": ben.get(delete).context["opened"]})
    assert not draft.blocks.filter(heading="Leaks").exists()


@pytest.mark.parametrize("sent", [{}, {"opened": ""}, {"opened": "x" * 5000}])
def test_block_is_not_deleted_by_somebody_who_did_not_see_it(draft: Edition, sent: dict[str, str]) -> None:
    editor().post(reverse("admin:procedures_block_delete", args=[leaks(draft).pk]), {"post": "yes"} | sent)

    assert leaks(draft).body == "<p>Cement may leak.</p>"


def test_block_that_only_moved_meanwhile_can_be_deleted(draft: Edition) -> None:
    ana, ben = editor("ana"), editor("ben")
    delete = reverse("admin:procedures_block_delete", args=[leaks(draft).pk])
    seen_by_ben = ben.get(delete).context["opened"]

    ana.post(page_of(draft), answers(ana.get(page_of(draft))) | {"_move": f"{leaks(draft).pk}:down"})
    ben.post(delete, {"post": "yes", "opened": seen_by_ben})

    assert not draft.blocks.filter(heading="Leaks").exists()
