"""Two editions side by side: every changed line is told, with its words, and nothing that stayed."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from procedures.comparing import Change, Piece, Was, changes, word_by_word


def told(pieces: list[Piece]) -> str:
    """The line with [what was taken out] and {what was put in}."""
    marks = {Was.KEPT: "{}", Was.TAKEN_OUT: "[{}]", Was.PUT_IN: "{{{}}}"}
    return "".join(marks[piece.was].format(piece.words) for piece in pieces)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("7 of 100 people", "9 of 100 people", "[7]{9} of 100 people"),
        ("about 1.5 in 100", "about 2.5 in 100", "about [1.5]{2.5} in 100"),
        ("1,200 people", "1,300 people", "[1,200]{1,300} people"),
        ("You can go home.", "You can go home the next day.", "You can go home{ the next day}."),
        ("You may bathe soon.", "You may bathe.", "You may bathe[ soon]."),
        ("one two three four", "one new words four", "one [two three]{new words} four"),
        ("the doctor’s view", "the nurse’s view", "the [doctor’s]{nurse’s} view"),
        ("Rest.", "Rest!", "Rest[.]{!}"),
        ("Same.", "Same.", "Same."),
    ],
)
def test_line_is_told_word_by_word(before: str, after: str, line: str) -> None:
    assert told(word_by_word(before, after)) == line


def test_editions_that_agree_have_no_changes() -> None:
    page = [["Risks", "Risks"], ["Risks", "Cement may leak."]]

    assert changes(page, page) == []


def test_only_the_changed_line_is_told_with_its_heading() -> None:
    before = [["Risks", "Risks"], ["Risks", "7 of 100 people had a leak."], ["After", "Rest for a day."]]
    after = [["Risks", "Risks"], ["Risks", "9 of 100 people had a leak."], ["After", "Rest for a day."]]

    (change,) = changes(before, after)

    assert (change.place, told(change.pieces)) == ("Risks", "[7]{9} of 100 people had a leak.")
    assert (change.before, change.after) == (before[1][1], after[1][1])


def test_new_line_is_told_whole() -> None:
    after = [["Risks", "Cement may leak."], ["Risks", "A new risk was found."]]

    (change,) = changes(after[:1], after)

    assert change == Change("Risks", [Piece(Was.PUT_IN, "A new risk was found.")])
    assert change.is_new
    assert not change.is_gone


def test_line_that_is_gone_is_told_with_the_heading_it_stood_under() -> None:
    before = [["Risks", "Cement may leak."], ["Costs", "Ring for the price."]]

    (change,) = changes(before, before[:1])

    assert (change.place, change.before, change.after) == ("Costs", "Ring for the price.", "")
    assert change.is_gone


def test_line_of_other_words_is_not_passed_off_as_reworded() -> None:
    gone, new = changes([["After", "Rest for a day."]], [["After", "Nobody should drive yet tonight."]])

    assert {gone.is_gone or gone.is_new, new.is_gone or new.is_new} == {True}


def test_heading_alone_changed_is_one_change() -> None:
    before = [["Risks", "Risks"], ["Risks", "Cement may leak."]]
    after = [["What can go wrong", "What can go wrong"], ["What can go wrong", "Cement may leak."]]

    found = changes(before, after)

    assert {change.place for change in found} == {"Risks", "What can go wrong"}
    assert all("Cement" not in change.after for change in found)


def test_neighbouring_lines_that_all_changed_are_each_set_beside_their_own() -> None:
    before = [["After", "Rest for one day at home."], ["After", "Take the tablets with some food."]]
    after = [["After", "Rest for two days at home."], ["After", "Take the tablets with water and food."]]

    rest, tablets = changes(before, after)

    assert told(rest.pieces) == "Rest for [one day]{two days} at home."
    assert told(tablets.pieces) == "Take the tablets with [some]{water and} food."


lines = some.lists(
    some.tuples(some.sampled_from(["Risks", "After"]), some.text("ab .1é", min_size=1, max_size=12)),
    max_size=8,
)


@given(lines, lines)
def test_changes_account_for_every_line_of_both(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    """Take from the old page what was changed, put in what it became: the new page, no line lost or made up."""
    found = changes(before, after)

    kept_before = sorted([words for _, words in before])
    kept_after = sorted([words for _, words in after])
    for change in found:
        if change.before:
            kept_before.remove(change.before)
        if change.after:
            kept_after.remove(change.after)
    assert kept_before == kept_after
