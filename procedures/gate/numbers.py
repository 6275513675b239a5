"""Numbers in prose. A rate is shown by a figure, which has its source and says what it counts; prose never types one."""

import re
from collections.abc import Iterator

from procedures.gate.finding import Finding, Passage

_UNITS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = (
    {word: value for value, word in enumerate(_UNITS, start=1)}
    | {word: value for value, word in zip(range(20, 100, 10), _TENS, strict=True)}
    | {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
)
_WORD = rf"(?:(?:{'|'.join(_TENS)})[\s-](?:{'|'.join(_UNITS)})|{'|'.join([*_UNITS, *_TENS])})"
# Not the end of a longer number, a price, a time or a phone number; and not “the two in 381 people”.
_COUNT = rf"(?<![\w,.£:/-])(?<!\bthe\s)(?P<count>{_WORD}|\d[\d,]*(?:\.\d+)?)"
_TOTAL = rf"(?P<total>\d[\d,]*|{_WORD}|(?:a\s)?(?:hundred|thousand|million))"

# What is counted: people, and what is done to them or happens to them.
_MANY = (
    "people|persons|patients|men|women|adults|children|users|them|us|those|others|cases|bones|breaks|fractures|leaks"
    "|operations|treatments|procedures|scans|levels|trials|problems"
)
_ONE_OR_MANY = rf"(?:{_MANY}|person|patient|man|woman|adult|child|case|bone|break|fracture|leak|operation|treatment|procedure)\b"
_GROUP = rf"(?:of\s)?(?:all\s|the\s|these\s|those\s|such\s|our\s|older\s|treated\s)*(?:{_MANY})\b"
_PART = r"(?:third|quarter|fifth|sixth|seventh|eighth|ninth|tenth|twentieth|hundredth)"
# What happens to them. Not “is”: “a third is here” may be a third bone.
_HAPPENED = (
    r"(?:had|have|has|felt|feel|got|get|were|are|died?|leaked|leak|walked|walk|recovered|recover|improved|improve|suffered|suffer"
    r"|will|can|did|do|broke|needed|failed|lived|survived)\b"
)

# What makes of “2 in 24” a dose, of “2 in 2016” a year and of “1 of 3” a page.
_OF_TIME = r"\s(?:to\s\d+\s)?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|am|pm)\b"
_YEAR = rf"(?:19|20)\d\d\b(?!\s{_ONE_OR_MANY})"
_LABELLED = re.compile(
    r"\b(?:step|page|part|stage|edition|dose|tablet|number|question|level|week|day|figure|table|visit|session|picture|room"
    r"|chapter|ward)s?\s$"
)

# Before a day (1/10) or a time (7:15), which are no shares.
_NO_DAY = r"(?<![\w/:.,])(?<!\bon\s)(?<!\bby\s)(?<!\bat\s)(?<!\bfrom\s)(?<!\buntil\s)(?<!\bsince\s)(?<!\bafter\s)(?<!\bbefore\s)"

# Each way of writing a rate.
_RATES = [
    re.compile(
        rf"{_COUNT}\s(?:{_ONE_OR_MANY}\s|times\s)?in\s(?:every\s)?(?!{_YEAR}){_TOTAL}\b(?!{_OF_TIME})"
    ),
    re.compile(rf"{_COUNT}\s(?:{_ONE_OR_MANY}\s)?\(?out\sof\s(?:every\s|the\s)?{_TOTAL}\b(?!{_OF_TIME})"),
    re.compile(
        rf"{_COUNT}\s(?:{_ONE_OR_MANY}\s)?\(?of\s(?:every\s|the\s)?(?P<total>\d\d[\d,]*|ten)\b(?!{_OF_TIME})"
    ),
    re.compile(rf"{_COUNT}\s(?:{_ONE_OR_MANY}\s)?of\s(?:every\s|the\s)?{_TOTAL}\s{_ONE_OR_MANY}"),
    re.compile(r"\b(?:per|in\severy)\s(?:100|1,?000|10,?000|hundred|thousand|million)\b"),
    re.compile(rf"(?:\b(?:half|(?:a|{_WORD})[\s-]{_PART}s?)|[½⅓⅔¼¾⅕⅛])\s(?:{_GROUP}|{_HAPPENED})"),
    re.compile(
        rf"\bin\s(?:(?:about|almost|nearly|only|just|over|under|up to)\s)*(?:a|{_WORD})[\s-]{_PART}s?(?=[\s.,;]*$)"
    ),
    re.compile(
        rf"\bof\s(?:the\s)?\d[\d,]*\s{_ONE_OR_MANY}[^.;]{{0,30}},\s(?:only\s|just\s|about\s)?(?:\d|{_WORD}\b)"
    ),
    re.compile(rf"\bonce\sin\s(?:every\s)?\d[\d,]+\b(?!{_OF_TIME})"),
    re.compile(rf"{_NO_DAY}(?P<count>\d+)/(?P<total>[1-9][\d,]*)\s(?:{_ONE_OR_MANY}|{_HAPPENED})"),
    re.compile(rf"{_NO_DAY}(?P<count>\d+)/(?P<total>1,?0{{2,}}|10,?000)\b(?!/)"),
    re.compile(rf"{_NO_DAY}(?P<count>\d+)\s?:\s?(?P<total>[1-9][\d,]*)\s(?:{_ONE_OR_MANY}|{_HAPPENED})"),
    re.compile(r"\b50/50\b|\bfifty[\s-]fifty\b"),
    re.compile(r"\b1\s?:\s?\d\d\d|\b(?:chances?|odds|risks?|rates?)\b[^.]{0,20}\b1\s?:\s?\d"),
    re.compile(
        rf"\b(?:twice|half|double|(?:{_WORD}|\d+)\stimes)\s(?:as|more|less|the)\s(?:\w+\s)?(?:likely|common|often|risk|chance)\b"
    ),
    re.compile(r"\b(?:doubl|halv|trebl|tripl)(?:es?|ed|ing)\s(?:the|your|their)\s(?:risk|chance|odds)\b"),
    re.compile(
        r"\b(?:risks?|chances?)\s(?:falls\s|rises\s|drops\s)?(?:by|in)\s(?:half|a\s(?:third|quarter)|two\s)"
    ),
]
_PERCENT = re.compile(r"[%％‰‱]|\bper\smille\b|\bpct\b|\bper\s?cent\b|\bpercent(?:age\spoints?)?\b")
_STRENGTH = re.compile(r"\d\s?%\s(?:gel|cream|solution|lotion|ointment|spray|saline|oxygen|alcohol)\b")
_PAIN_SCORE = re.compile(rf"\bout\sof\s(?:10|ten)\b(?!\s{_ONE_OR_MANY})")
_SCORE = re.compile(r"\b\d+/(?:10|100)\b")
_SCORED = re.compile(r"\b(?:pain|score|scale|points?|mark)\b")

# How the body is made: “5 of the 33 bones are in the lower back”.
_ANATOMY = re.compile(
    r"\b(?:\w+\s)?(?:in|of)\s(?:the\s|your\s)?\w+\s(?:bones|joints|discs|ribs|nerves)\s(?:are|sit|lie|is|make\sup|form)\s(?:in|at|up|part\sof|the|between|above|below)\b"
    r"(?!\s(?:pain|danger|trouble|risk))"
)

# Words that stand in for a rate. People differ widely in how they read them, so where good or harm is told they need a
# figure beside them. Elsewhere only those that can hardly mean anything else are pointed out.
_CHANCE = re.compile(
    r"\b(?:rare(?:ly)?|uncommon(?:ly)?|unlikely|(?:very|most|highly|quite|so|is|are)\sunusual|a\shandful\sof\s(?!grapes|sites|hospitals)"
    r"|(?:hardly|scarcely|barely)\s(?:any(?:body|one)?|ever)|(?:happens?|occurs?|seen|found|fails?|leaks?)\s(?:\w+\s)?seldom"
    r"|seldom\s(?:happens?|occurs?|seen|found|fails?|leaks?|harm\w*)"
    r"|common(?:ly)?(?!\s(?:questions?|sense|colds?|names?|room|reasons?|causes?|signs?|symptoms?|ways?)\b))\b"
)
_HOW_MANY = re.compile(
    r"\b(?:often|likely|usually|sometimes|frequent(?:ly)?|occasional(?:ly)?|seldom|infrequent(?:ly)?|majority)\b"
    rf"|\b(?:most|some|many|few|several|(?:nearly|almost|virtually|practically)\sall)\s(?!recent|important|severe|count\b|numbers\b|and\b|or\b)(?:\w+\s)?{_GROUP}"
    r"|\b(?:most|some|many|few)\s(?:do|are|have|find|feel|get|had|were|will|can|may|go)\b"
    r"|\b(?:in|for|with)\s(?:most|many|some)(?=[\s,.]*$|[,;])"
    r"|\b(?:nearly|almost|virtually|practically|next\sto)\s(?:everyone|everybody|always|never|no one|nobody)\b"
    r"|\b(?:small|low|high|tiny|slight|negligible)\s(?:chance|risk)\b"
)
_ASKED = re.compile(r"\bhow\s(?:often|likely|common|rare|many)\b|\bin common\b|\bas often as\b")


def findings(words: list[Passage]) -> Iterator[Finding]:
    """Rates typed in prose, and words that stand in for one. A question states neither."""
    for passage in words:
        for sentence in passage.sentences:
            lower = sentence.lower()
            if typed := rate(lower):
                yield _typed(passage, sentence, typed)
            elif not sentence.endswith("?"):
                yield from _vague(passage, sentence, _ASKED.sub("", lower))


def rate(sentence: str, *, is_about_money: bool = False) -> str:
    """The words of the first rate in a sentence in small letters; empty when it has none. Of money, a percentage is none."""
    sentence = _ANATOMY.sub("", sentence)
    if not is_about_money and (percent := _PERCENT.search(_STRENGTH.sub("", sentence))):
        return percent.group()
    if _SCORED.search(sentence):
        sentence = _SCORE.sub("", _PAIN_SCORE.sub("", sentence))
    for pattern in _RATES:
        for match in pattern.finditer(sentence):
            if _is_share(match) and not _LABELLED.search(sentence, endpos=match.start()):
                return match.group().strip()
    return ""


def vague(sentence: str) -> str:
    """The first word in a sentence in small letters that stands in for a rate; empty when there is none."""
    told = _ASKED.sub("", sentence)
    found = _CHANCE.search(told) or _HOW_MANY.search(told)
    return found.group().strip() if found else ""


def _is_share(match: re.Match[str]) -> bool:
    """Whether the count is part of the total: “24 people in 3 teams” is none."""
    said = match.groupdict()
    return "total" not in said or _value(said["count"]) <= _value(said["total"])


def _value(said: str) -> float:
    """A number in figures or in words: “1,000”, “ninety-nine”, “a hundred”."""
    if said[0].isdigit():
        return float(said.replace(",", ""))
    return sum(_VALUES.get(word, 0) for word in re.split(r"[\s-]", said))


def _typed(passage: Passage, sentence: str, rate: str) -> Finding:
    if _PERCENT.fullmatch(rate):
        reason = "A percentage stands in the text. It has no source there, and many readers take it wrongly."
    else:
        reason = f"A rate (“{rate}”) is typed into the text, where it has no source and does not say what it counts."
    return Finding(
        passage.block,
        sentence,
        reason,
        "Take it out of the sentence, and show it as a figure from the register in a benefit or risk block.",
        is_blocking=True,
        field=passage.field,
    )


def _vague(passage: Passage, sentence: str, lower: str) -> Iterator[Finding]:
    """The sentence, if a word in it stands in for a rate that no figure shows."""
    found = _CHANCE.search(lower)
    tells_good_or_harm = passage.piece is not None and passage.piece.is_claim
    if passage.piece and (tells_good_or_harm or passage.piece.stands_on_nothing):
        found = None if passage.piece.figures else found or _HOW_MANY.search(lower)
    if found:
        yield Finding(
            passage.block,
            sentence,
            f"“{found.group().strip()}” gives no number, and readers differ widely in what they take it to mean.",
            "Show a figure beside it, or say only that it can happen.",
            is_blocking=tells_good_or_harm,
            field=passage.field,
        )
