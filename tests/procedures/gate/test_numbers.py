"""Rates in prose are found, and numbers that are none are left alone."""

import pytest

from procedures.models import Edition
from tests import factories
from tests.procedures.gate.checking import Kind, block, film, found, only, says

pytestmark = pytest.mark.django_db


RATES = [
    "3 of 10 people had a leak.",
    "Cement leaked in 3 of 10.",
    "1 in 20 had a leak.",
    "One in three felt worse.",
    "It leaks in 1 in 2,000 people.",
    "It leaks in 1 in 2000 people.",
    "12 per cent had a leak.",
    "Some 7% leaked.",
    "Up to 0.5 % leaked.",
    "Half of people feel better.",
    "A third of the patients feel better.",
    "Two thirds of them walk.",
    "About half the people stay.",
    "157 of 214 treated bones leaked.",
    "2 out of every 100 leak.",
    "Nine out of ten people would do it again.",
    "4 out of 10 people had less pain.",
    "Of 381 people, 20 had a leak.",
    "It happens 5 times per 100.",
    "8/102 patients had a new break.",
    "The odds are 1:1000.",
    "It is twice as likely to break.",
    "This halves the risk.",
    "Leaks are three times as common.",
    "It cuts the risk by half.",
    "2 (of 102) patients had an infection.",
    "Two-thirds are better in a week.",
    "Ninety-nine in a hundred walk.",
    "Once in every 200 treatments the balloon bursts.",
    "It leaked 26 times in 178.",
    "Of the 102 patients, two had an infection.",
    "Success is 95–98%.",
    "The chance is one in a million.",
    "The chances are 1:20.",
    "One person in a hundred gets a clot.",
    "About a third had pain.",
    "It leaked in about a quarter.",
    "Nine tenths got better.",
    "½ of people had pain.",
    "1:10 people had it.",
    "7/100 had it.",
    "It leaks in 0.5‰.",
    "5 of the 33 bones are broken.",
]


@pytest.mark.parametrize("sentence", RATES)
@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.RISK])
def test_rate_in_prose_stops_it(draft: Edition, sentence: str, kind: str) -> None:
    made = says(draft, sentence, kind)

    finding = only(draft)

    assert (finding.block, finding.sentence, finding.is_blocking) == (made, sentence, True)


@pytest.mark.parametrize("heading", ["Why 1 in 20 leak", "50% feel better"])
def test_rate_in_a_heading_stops_it(draft: Edition, heading: str) -> None:
    assert block(draft, heading=heading, body="<p>Rest.</p>") == only(draft).block
    assert only(draft).sentence == heading


def test_rate_in_a_caption_or_a_transcript_stops_it(draft: Edition) -> None:
    block(draft, body="<p>Rest.</p>", illustration=factories.illustration(caption="1 in 20 leak."))
    block(draft, Kind.VIDEO, video=film(transcript="<p>One in ten leak.</p>"))

    assert [finding.sentence for finding in found(draft)] == ["1 in 20 leak.", "One in ten leak."]


HONEST = [
    "It takes 30 to 60 minutes.",
    "Rest for 24 hours.",
    "Take 2 in 24 hours, and no more than 8 tablets a day.",
    "Call 01632 960100 or 111.",
    "It was tried in 2016, and again on 3 May 2021.",
    "NICE wrote one in 2013.",
    "People over 60 can have it.",
    "Take 70 mg once a week.",
    "One or two of the tubes go in.",
    "You may need one or more visits.",
    "The bones treated are T5 to L5, or T12.",
    "This is edition 2 of 3.",
    "Step 2 of 5 comes next.",
    "It costs £231 to £8,800.",
    "One trial compared the two in 381 people.",
    "A trial with 120 people did find one.",
    "A trial with 615 people set 7 visits over 12 weeks against one visit.",
    "Wait half an hour.",
    "The dose is 1.3 mSv, as much as nature gives you in 7 months.",
    "Their pain was above 4 out of 10 on the scale.",
    "Use a 2% gel.",
    "In two cases a balloon burst.",
    "Most people go home.",
    "Some of it stays.",
    "Come at 1:30 pm, or 10:15.",
    "Is it common?",
    "Between 10 and 20 in some places.",
    "One of the two cuts is small.",
    "Ask how common it is, and how often they do it.",
    "It has much in common with the other.",
    "A low score is a T-score of −2.5 or below.",
    "Dr. Quill saw Mrs. Bell at 9.30 a.m. on day 3 of 5.",
    "The small cuts are 4 mm to 1.3 cm.",
    "There are 24 people in 3 teams.",
    "Take 1 in 8 hours, twice a day.",
    "Stay in room 4 of 10.",
    "Use a quarter of a tablet, half of it with water.",
    "The pain score fell from 8 to 3 out of 10.",
    "The ward has 1 nurse for 4 beds.",
    "Two of these bones can be treated in one go.",
    "Meet at 7:15 on 3 May.",
    "Common reasons are weak bones and falls.",
    "The cost is £2,706 for each year.",
    "Call on 12/05 or 01/10.",
    "On 1/10 people come.",
    "Blood pressure of 120/80 was found.",
    "They are there 24/7.",
    "Sit and/or stand.",
    "At 7:15 people eat.",
    "T12/L1 had a break.",
    "A third bone broke.",
    "Her pain was 7/10 at first.",
    "5 of the 33 bones are in the lower back.",
    "Tell us of anything unusual.",
    "This is seldom needed.",
]  # fmt: skip


@pytest.mark.parametrize("sentence", HONEST)
def test_honest_text_is_not_accused(draft: Edition, sentence: str) -> None:
    says(draft, sentence)

    assert found(draft) == []


def test_percentage_of_a_price_is_not_a_rate(draft: Edition) -> None:
    says(draft, "A deposit of 20% is due.", Kind.COST)

    assert found(draft) == []


VAGUE = [
    "This is rare.",
    "Leaks are common.",
    "Most people feel worse.",
    "Some people get no relief.",
    "It often leaks.",
    "That is unlikely.",
    "There is a small chance of a leak.",
    "Most leaks do no harm.",
    "A handful of people died.",
    "Next to nobody is told.",
    "It happens seldom.",
    "It is very unusual.",
    "Hardly anybody is harmed.",
]


@pytest.mark.parametrize("sentence", VAGUE)
@pytest.mark.parametrize("kind", [Kind.RISK, Kind.BENEFIT])
def test_word_for_a_rate_without_its_number_stops_a_claim(draft: Edition, sentence: str, kind: str) -> None:
    made = says(draft, sentence, kind)

    assert (only(draft).block, only(draft).sentence, only(draft).is_blocking) == (made, sentence, True)
    factories.shown_in(made, factories.figure())
    assert found(draft) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "This is rare.",
        "That is unlikely.",
        "Leaks are common.",
        "A handful of people died.",
        "It happens seldom.",
        "It is very unusual.",
        "Hardly anybody is harmed.",
    ],
)
def test_word_for_a_rate_elsewhere_is_pointed_out(draft: Edition, sentence: str) -> None:
    says(draft, sentence)

    assert (only(draft).sentence, only(draft).is_blocking) == (sentence, False)


def test_most_people_of_a_text_that_stands_on_nothing_is_pointed_out(draft: Edition) -> None:
    made = block(draft, body="<p>Most people feel better.</p>", sources=[])

    assert (only(draft).sentence, only(draft).is_blocking) == ("Most people feel better.", False)
    factories.shown_in(made, factories.figure())
    assert found(draft) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Some cement can leak out.",
        "At most it takes an hour.",
        "Common questions come next.",
        "Ask how often it leaks.",
    ],
)
def test_small_words_of_a_risk_that_stand_for_no_rate_pass(draft: Edition, sentence: str) -> None:
    says(draft, sentence, Kind.RISK)

    assert found(draft) == []
