"""What somebody typed, as search understands it: spelling, accents, synonyms, and signs that mean nothing."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from procedures.models import Edition, Passage, Procedure, SearchWord, Synonym
from procedures.search import BEGIN, END, Question, marked
from tests import factories

pytestmark = pytest.mark.django_db


def found(typed: str) -> list[str]:
    question = Question.understood(typed)
    return [str(row) for row in Procedure.objects.matching(question.of_all)] if question else []


@pytest.fixture
def kyphoplasty() -> Procedure:
    return factories.procedure(aliases="spinal cement, BKP")


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "kypho",
            "KYPHOPLASTY balloon",
            "spinal cement",
            "broken bone",
            "  balloon  ",
            "bkp",
            "Kyphoplastý",
        ),
        *("kyfoplasty", "kyphoplsty", "baloon", "ballon kyphoplasti", "the kyphoplasty of balloons"),
        *("kyphoplasty!", "balloon-kyphoplasty", "'balloon'", "kyphoplasty & balloon", "balloon:*"),
    ],
)
def test_procedure_is_found_however_it_is_typed(kyphoplasty: Procedure, typed: str) -> None:
    assert found(typed) == ["Balloon kyphoplasty"]


@pytest.mark.parametrize("typed", ["balloon hip", "hip", "zzz", "by"])
def test_every_word_must_be_there(kyphoplasty: Procedure, typed: str) -> None:
    assert found(typed) == []


@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "\\", "'", "\0", "&|!()<->", ":*", "\N{FIRE}"])
def test_signs_alone_ask_for_nothing(kyphoplasty: Procedure, typed: str) -> None:
    assert not Question.understood(typed)


@pytest.mark.parametrize("typed", ["mr", "Dr", "the"])
def test_a_title_or_small_word_alone_is_looked_for(typed: str) -> None:
    assert [term.typed for term in Question.understood(typed).terms] == [typed.lower()]


def test_titles_say_nothing_beside_a_name() -> None:
    assert [term.typed for term in Question.understood("Mr O’Brien, Prof.").terms] == ["obrien"]


def test_only_the_first_letters_and_words_are_looked_at(kyphoplasty: Procedure) -> None:
    assert found("balloon " + "balloon kyphoplasty " * 1000) == ["Balloon kyphoplasty"]
    assert len(Question.understood(" ".join("bcdfghjklm")).terms) == 8


def test_nearest_words_are_taken_before_others(kyphoplasty: Procedure) -> None:
    SearchWord.objects.bulk_create([SearchWord("clement")])

    (nearest,) = Question.understood("cementt").terms
    (wide,) = Question.understood("cementt").wide.terms

    assert "'cement'" in nearest.lexemes
    assert "'clement'" not in nearest.lexemes
    assert "'clement'" in wide.lexemes


def test_two_letters_that_changed_places_are_one_mistake() -> None:
    SearchWord.objects.bulk_create([SearchWord("osei"), SearchWord("rose")])

    (term,) = Question.understood("osie").terms

    assert "'osei'" in term.lexemes
    assert "'rose'" not in term.lexemes


def test_what_sounds_the_same_is_near() -> None:
    SearchWord.objects.create(word="sherief")

    (term,) = Question.understood("shariff").terms

    assert "'sherief'" in term.lexemes


def test_known_word_stands_for_itself_until_every_spelling_is_asked_for() -> None:
    SearchWord.objects.bulk_create([SearchWord("dyson"), SearchWord("tyson")])

    (strict,) = Question.understood("dyson").terms
    (every,) = Question.understood("dyson").stretched.terms

    assert "tyson" not in strict.lexemes
    assert "'tyson'" in every.lexemes


@pytest.mark.parametrize(
    "typed", ["broken back", "Broken, back!", "my broken back", "brokne bakc", "broken backs", "brocken back"]
)
def test_synonym_stands_for_what_the_site_calls_it(kyphoplasty: Procedure, typed: str) -> None:
    Synonym.objects.create(phrase="broken back", means="spinal fracture, kyphoplasty")
    Synonym.objects.create(phrase="my", means="balloon")

    assert found(typed) == ["Balloon kyphoplasty"]


@pytest.mark.parametrize(
    "typed", ["slipped disk", "slipt disk", "slipped disc", "Slipped discs", "sliped disk"]
)
def test_synonym_is_known_by_its_sound_its_ending_and_with_a_slip(kyphoplasty: Procedure, typed: str) -> None:
    SearchWord.objects.bulk_create([SearchWord("disc")])
    Synonym.objects.create(phrase="slipped disk", means="kyphoplasty")

    assert found(typed) == ["Balloon kyphoplasty"]


def test_known_word_is_not_taken_for_a_synonym_that_only_looks_like_it() -> None:
    SearchWord.objects.bulk_create([SearchWord("infection"), SearchWord("spine")])
    Synonym.objects.create(phrase="spine injection", means="kyphoplasty")

    assert [term.stands_for for term in Question.understood("spine infection").terms] == [(), ()]


def test_synonym_of_small_words_asks_for_nothing_and_is_refused_at_the_desk() -> None:
    synonym = Synonym.objects.create(phrase="who", means="about")

    assert [term.stands_for for term in Question.understood("who").terms] == [()]
    with pytest.raises(ValidationError, match="“who” is all small words"):
        synonym.full_clean()


def test_word_that_was_not_found_is_told_with_what_it_was_taken_for(kyphoplasty: Procedure) -> None:
    assert Question.understood("kyfoplasty").respelt == [("kyfoplasty", "kyphoplasty")]
    assert Question.understood("kyphoplasty balloons").respelt == []


def test_synonym_must_stand_whole_in_what_was_typed() -> None:
    Synonym.objects.create(phrase="broken back", means="kyphoplasty")

    assert [term.stands_for for term in Question.understood("unbroken backs").terms] == [(), ()]


def test_synonym_stands_once_whatever_its_letters() -> None:
    Synonym.objects.create(phrase="Slipped disc", means="fracture")

    with pytest.raises(IntegrityError, match="synonym_stands_once"), transaction.atomic():
        Synonym.objects.create(phrase="slipped  DISC", means="kyphoplasty")


@pytest.mark.parametrize("typed", ["Broken back", "broken  BACK!"])
def test_synonym_typed_again_is_refused_in_words(typed: str) -> None:
    Synonym.objects.create(phrase="broken back", means="fracture")

    with pytest.raises(ValidationError, match="in the list already"):
        Synonym(phrase=typed, means="kyphoplasty").full_clean()


@pytest.mark.parametrize(("phrase", "means"), [("!", "kyphoplasty"), ("back", "")])
def test_synonym_has_words_on_both_sides(phrase: str, means: str) -> None:
    with pytest.raises(IntegrityError, match="synonym_has_a_word_and_a_meaning"), transaction.atomic():
        Synonym.objects.create(phrase=phrase, means=means)


def test_words_are_noted_whoever_writes_them() -> None:
    factories.glossary_term(term="Osteophyte", slug="osteophyte")
    factories.hospital(name="Wychwood Hospital", slug="wychwood")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procedures_hospital SET town = 'Élancourt-sur-Mer'")

    known = set(SearchWord.objects.values_list("word", flat=True))

    assert {"osteophyte", "wychwood", "elancourt", "sur", "mer", "spine"} <= known


def test_what_was_found_is_marked_and_nothing_else_is_markup() -> None:
    text = f"<b>bone</b> & {BEGIN}cement{END} <script>"

    assert marked(text) == "&lt;b&gt;bone&lt;/b&gt; &amp; <mark>cement</mark> &lt;script&gt;"


def published() -> Edition:
    draft = factories.whole_draft(
        procedure=factories.published_procedure(), change_summary="All of it.", change_reason="It was new."
    )
    return factories.published(draft)


def test_passages_are_kept_as_they_were_published() -> None:
    edition = published()
    passage = Passage.objects.get(edition=edition, heading="Other choices")

    for deed in ("UPDATE procedures_passage SET words = ''", "DELETE FROM procedures_passage"):
        with pytest.raises(IntegrityError, match="published edition"), transaction.atomic():
            connection.cursor().execute(f"{deed} WHERE id = {passage.pk}")
    connection.cursor().execute(
        "SET CONSTRAINTS ALL IMMEDIATE"
    )  # what this test wrote would otherwise be in the way
    with pytest.raises(IntegrityError, match="cannot be emptied"), transaction.atomic():
        connection.cursor().execute("TRUNCATE procedures_passage")


def test_passages_of_the_current_edition_alone_are_searched() -> None:
    first = published()
    second = factories.next_edition(first, change=("Cement can leak", "Cement may seep"))

    assert {passage.edition for passage in Passage.objects.current()} == {second}
    assert "Cement may seep out of the bone." in Passage.objects.current().get(anchor="what").words


@pytest.mark.parametrize(
    ("typed", "is_known"), [("dys", True), ("dyson", True), ("dysx", False), ("zz", False)]
)
def test_word_is_known_that_begins_a_known_one(typed: str, is_known: bool) -> None:
    SearchWord.objects.bulk_create([SearchWord("dyson"), SearchWord("dystonia")])

    (term,) = Question.understood(typed).terms

    assert term.is_known is is_known


def test_strange_words_have_no_more_spellings_than_were_looked_for(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    SearchWord.objects.create(word="dyson")
    question = Question.understood("dyzon xanthr")

    with django_assert_num_queries(0):
        assert question.stretched == question


def test_synonym_is_known_with_two_letters_that_changed_places(kyphoplasty: Procedure) -> None:
    Synonym.objects.create(phrase="bone glue", means="kyphoplasty")

    assert found("obne gleu") == ["Balloon kyphoplasty"]
