"""The reference: easy to read out, and wrong when a character is."""

from itertools import combinations

import pytest

from enquiries import references


def test_reference_holds_no_character_that_is_mistaken_for_another() -> None:
    alike = ["0O", "1IL", "2Z", "5S", "6G", "8B"]

    assert all(len(set(some) & set(references.ALPHABET)) <= 1 for some in alike)


def test_reference_spells_no_word() -> None:
    assert not set("AEIOU") & set(references.ALPHABET)


def test_alphabet_has_a_prime_size_or_the_check_would_miss_some() -> None:
    size = len(references.ALPHABET)

    assert all(size % factor for factor in range(2, size))
    assert size > references.LENGTH


def test_minted_reference_is_well_formed() -> None:
    for _ in range(200):
        assert references.is_well_formed(references.mint())


def test_every_wrong_character_shows() -> None:
    reference = references.mint()

    for place in range(references.LENGTH):
        for character in set(references.ALPHABET) - {reference[place]}:
            assert not references.is_well_formed(reference[:place] + character + reference[place + 1 :])


def test_every_swap_of_two_characters_shows() -> None:
    reference = references.mint()

    for first, second in combinations(range(references.LENGTH), 2):
        swapped = list(reference)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        if swapped != list(reference):
            assert not references.is_well_formed("".join(swapped))


@pytest.mark.parametrize("text", ["", "7F3", "7F3K924X0", "7F3 K92 4XP"])
def test_what_is_no_reference_is_not_well_formed(text: str) -> None:
    assert not references.is_well_formed(text)


def test_reference_is_shown_in_threes() -> None:
    assert references.in_groups("7F3K924XP") == "7F3 K92 4XP"


@pytest.mark.parametrize("typed", ["7f3 k92 4xp", "7F3-K92-4XP", " 7F3K924XP "])
def test_reference_is_found_however_it_is_typed(typed: str) -> None:
    assert references.as_stored(typed) == "7F3K924XP"
