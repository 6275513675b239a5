"""The picture of a block is chosen by sight: each choice stands beside its picture, and needs no script."""

import pytest
from django.urls import reverse

from procedures.models import Block, Illustration
from tests import factories
from tests.procedures.staff import Desk, editor

pytestmark = pytest.mark.django_db


@pytest.fixture
def picture() -> Illustration:
    return factories.illustration(key="balloon", alt="A balloon in the bone.")


@pytest.fixture
def block(picture: Illustration) -> Block:
    return factories.block(
        factories.draft(procedure=factories.procedure()), "text", body="<p>Look.</p>", illustration=picture
    )


@pytest.fixture
def desk() -> Desk:
    return editor()


def address(block: Block) -> str:
    return reverse("admin:procedures_block_change", args=[block.pk])


def test_each_choice_stands_beside_its_picture(desk: Desk, block: Block, picture: Illustration) -> None:
    page = desk.get("procedures_block_change", block.pk)

    chosen = "//label[input[@name='illustration'][@checked]]"
    assert page.tree.xpath(f"{chosen}/img/@src") == [picture.copies.address]
    assert page.words(chosen) == ["A balloon in the bone. (balloon)"]
    assert page.tree.xpath("//label[input[@name='illustration']]/img/@alt") == [""], "The words say it."


def test_picture_is_taken_away(desk: Desk, block: Block) -> None:
    desk.typed(address(block), illustration="")

    block.refresh_from_db()
    assert block.illustration is None


def test_picture_that_a_colleague_chose_is_told_in_words(desk: Desk, block: Block) -> None:
    typed = desk.filled(address(block), illustration="")
    Block.objects.update(illustration=factories.illustration(key="crack", alt="A crack."))

    page = desk.client.post(address(block), typed).content.decode()

    assert "A crack. (crack)" in page
    assert "&lt;img" not in page
