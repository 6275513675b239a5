"""What an editor may write, and what never reaches the database."""

import pytest

from procedures.models import Block
from procedures.richtext import clean
from tests import factories


@pytest.mark.parametrize(
    "html",
    [
        "<p>Plain <b>bold</b> <strong>strong</strong> <em>stressed</em> x<sub>2</sub> y<sup>2</sup><br>end</p>",
        "<ul><li>one</li></ul>",
        "<ol><li>one</li></ol>",
        '<p><a href="/procedures/mri-scan/">here</a> <a href="#risks">below</a></p>',
        '<p><a href="https://nhs.example/">there</a> <a href="tel:999">999</a></p>',
        '<p><abbr title="General practitioner">GP</abbr></p>',
        "<h4>A small heading</h4>",
        '<table><caption>When</caption><thead><tr><th scope="col">Day</th></tr></thead>'
        '<tbody><tr><th scope="row">One</th><td>Rest</td></tr></tbody></table>',
    ],
)
def test_what_may_be_written_stays_as_it_is(html: str) -> None:
    assert clean(html) == html


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<script>alert(1)</script><p>Rest.</p>", "<p>Rest.</p>"),
        ("<style>p{color:red}</style><p>Rest.</p>", "<p>Rest.</p>"),
        ('<p onclick="alert(1)" style="color:red" class="x" id="y">Rest.</p>', "<p>Rest.</p>"),
        ('<a href="javascript:alert(1)">Rest</a>', "<a>Rest</a>"),
        ('<a href="data:text/html,x">Rest</a>', "<a>Rest</a>"),
        ('<img src="x" onerror="alert(1)">Rest', "Rest"),
        ('<iframe src="https://x.example"></iframe>Rest', "Rest"),
        ("<h2>Rest</h2>", "Rest"),
        ('<p title="x" lang="fr">Rest</p>', "<p>Rest</p>"),
        ("Rest<!-- a note -->", "Rest"),
    ],
)
def test_anything_else_is_removed(html: str, left: str) -> None:
    assert clean(html) == left


@pytest.mark.django_db
def test_text_is_cleaned_whoever_writes_it() -> None:
    block = factories.block(
        factories.draft(procedure=factories.procedure()), "text", body="<p onclick='x'>One.</p>"
    )
    made = Block.objects.get(pk=block.pk).body

    Block.objects.filter(pk=block.pk).update(body="<script>alert(1)</script><p>Two.</p>")
    updated = Block.objects.get(pk=block.pk).body
    Block.objects.bulk_update([Block(pk=block.pk, body="<p style='x'>Three.</p>")], ["body"])
    in_bulk = Block.objects.get(pk=block.pk).body

    assert (made, updated, in_bulk) == ("<p>One.</p>", "<p>Two.</p>", "<p>Three.</p>")
