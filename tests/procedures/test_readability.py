from math import sqrt

import pytest

from procedures.readability import hard_words, long_sentences, sentences, smog, syllables, words


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("bone", 1), ("bones", 1), ("walked", 1), ("lie", 1), ("the", 1), ("fracture", 2), ("fractured", 2), ("safely", 2),
        ("opened", 2), ("sometimes", 2), ("movement", 2), ("people", 2), ("little", 2), ("every", 2), ("doing", 2),
        ("surgeon", 2), ("cancer", 2), ("treated", 2), ("needed", 2), ("nurses", 2), ("balloon", 2), ("patient", 2),
        ("injected", 3), ("medicine", 3), ("vertebra", 3), ("carefully", 3), ("exercise", 3), ("bandages", 3), ("area", 3),
        ("theatre", 3), ("operation", 4), ("usually", 4), ("radiation", 4), ("osteoporosis", 6), ("radiologist", 5),
    ],
)  # fmt: skip
def test_syllables_are_counted_as_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("X-ray", 2),
        ("follow-up", 3),
        ("don't", 1),
        ("doctor’s", 2),
        ("2.4", 0),
        ("24-hour", 1),
        ("GP", 2),
        ("BSL", 3),
        ("NICE", 1),
    ],
)
def test_hyphens_apostrophes_figures_and_initials(word: str, count: int) -> None:
    assert syllables(word) == count


def test_a_word_is_what_a_reader_would_count() -> None:
    assert words("It's a follow-up: 2.4 ml, or 1,000 (not more).") == [
        "It's", "a", "follow-up", "2.4", "ml", "or", "1,000", "not", "more",
    ]  # fmt: skip


def test_full_stops_inside_a_sentence_do_not_end_it() -> None:
    text = "Dr. Ash saw Mrs. Bell. About 2.4 ml went in, e.g. on each side. Did it help? Yes!"

    assert sentences(text) == [
        "Dr. Ash saw Mrs. Bell.",
        "About 2.4 ml went in, e.g. on each side.",
        "Did it help?",
        "Yes!",
    ]


def test_list_items_headings_and_cells_are_sentences_without_a_full_stop() -> None:
    text = "<h3>What to bring</h3><p>Please bring:</p><ul><li>your <b>letter</b></li><li>a list of pills</li></ul>"

    assert sentences(text) == ["What to bring", "Please bring:", "your letter", "a list of pills"]
    assert sentences("<table><tr><th>When</th><td>Day one</td></tr></table>") == ["When", "Day one"]


def test_entities_are_read_as_text_and_blocks_of_figures_are_no_sentence() -> None:
    assert sentences("<p>Rest &amp; walk.</p><p></p><p>30</p>") == ["Rest & walk."]


def test_a_quotation_closes_with_its_sentence() -> None:
    assert sentences("“Rest now.” She did. (So did he.) Good.") == [
        "“Rest now.”",
        "She did.",
        "(So did he.)",
        "Good.",
    ]


def test_sentences_over_the_limit_are_found() -> None:
    exactly_25 = " ".join(["word"] * 25) + "."
    one_too_many = " ".join(["word"] * 26) + "."

    assert long_sentences(f"<p>{exactly_25} {one_too_many}</p>") == [one_too_many]
    assert long_sentences("One two three. Four five.", limit=2) == ["One two three."]


def test_hard_words_have_three_syllables_or_more() -> None:
    assert hard_words("The hospital gave me medicine for the broken bone.") == ["hospital", "medicine"]


def test_names_of_procedures_people_and_places_are_not_counted() -> None:
    assert hard_words("Kyphoplasty in Harpenden, and kyphoplasty’s operation.") == ["operation"]


def test_smog_of_a_text_counted_by_hand() -> None:
    # Thirty sentences; long words: hospital, operation, medicine, consultant.
    text = (
        "I went to the hospital. I had an operation. I took medicine. I saw a consultant. "
        + "I slept well. " * 26
    )

    assert len(sentences(text)) == 30
    assert smog(text) == 8 + sqrt(4)


def test_smog_scales_a_short_text_to_thirty_sentences() -> None:
    # Three sentences, one long word: 8 + √(1 × 30 ÷ 3).
    assert smog("<ul><li>Rest</li><li>Walk a little</li><li>Take your medicine</li></ul>") == 8 + sqrt(10)


def test_smog_of_nothing_is_the_lowest_there_is() -> None:
    assert smog("") == 8
