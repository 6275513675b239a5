"""How hard a text is to read, measured: UK-SMOG and long sentences.

The formula is G. H. McLaughlin's, "SMOG Grading: a new readability formula" (Journal of Reading 12(8), 1969), in the
form used in the United Kingdom, where it gives a reading age in years:

    8 + √(words of three or more syllables × 30 ÷ sentences)

It was made for samples of 30 sentences or more, so it judges a whole body; on a shorter text it is only a guide.
As McLaughlin has it, a hyphenated word is one word, and letters such as BSL are counted as they are spoken. Unlike him,
we never count a number in figures as a long word: there is nothing in it to sound out.

No dependency: the pure-Python syllable counters to be had are GPL, fetch their data when they run, or give "sometimes"
four. The rule in syllables() was set against the CMU Pronouncing Dictionary on 1,500 words of texts like ours; the few it
put on the wrong side of three are in EXCEPTIONS.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from math import sqrt

LONG_WORD_SYLLABLES = 3
LONGEST_SENTENCE = 25
MOST_NAMED = 8

# Never counted as long words: people, places and organisations, and the procedures themselves, which each page explains.
NAMES = {
    "kyphoplasty", "vertebroplasty", "physiotherapy", "mri", "dxa",
    "harpenden", "hertfordshire", "birmingham", "osei", "nhs", "dvla",
}  # fmt: skip

# Words the rule would put on the wrong side of three.
EXCEPTIONS = {
    "anyone": 3, "area": 3, "areas": 3, "aspirin": 2, "averaged": 2, "cautious": 2, "cushions": 2, "eating": 2, "elsewhere": 2,
    "equals": 2, "evening": 2, "every": 2, "million": 2, "nausea": 3, "nuclear": 3, "people": 2, "reaction": 3, "safety": 2, "senior": 2,
    "someone": 2, "special": 2, "surgeon": 2, "surgeons": 2, "theatre": 3, "theatres": 3, "timeline": 2,
    "treated": 2,
}  # fmt: skip

# Capitals said as a word; all others are said letter by letter.
SPOKEN_AS_WORDS = {"DEXA": 2, "NICE": 1, "STIR": 1}

ABBREVIATIONS = ("Mr", "Mrs", "Ms", "Dr", "Prof", "St", "e.g", "i.e", "vs", "approx")

BLOCK_TAGS = {
    "h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "blockquote", "br", "figcaption",
    "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "tr", "th", "td",
}  # fmt: skip

_WORD = re.compile(r"[^\W_]+(?:[-‑'’.,][^\W_]+)*")
_LETTERS = re.compile(r"[^\W\d_]")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s+")
_ENDS_ABBREVIATED = re.compile(
    rf"(?:^|[\s(])(?:{'|'.join(map(re.escape, ABBREVIATIONS))})\.\s+$", re.IGNORECASE
)

_VOWELS = re.compile(r"[aeiouy]+")
# An e that is written and not said, in this order: some|times, safe|ly, open|ed, bon|es, bon|e.
_SILENT_E = (
    re.compile(
        r"(?:(?<=^som)|(?<=^lif)|(?<=^saf)|(?<=^mor)|(?<=^for)|(?<=^hom)|(?<=^ther)|(?<=^wher))e(?=[^aeiou][a-z]{2})"
    ),
    re.compile(r"(?<![aeiou])(?<![^aeiouy]l)e(?=(?:ful)?ly$|ful$|less$|ness$|ments?$)"),
    re.compile(r"(?<![tdaeiou])(?<![^aeiouylr][lr])e(?=d$)"),
    re.compile(r"(?<![szcxg])(?<![cs]h)(?<![^aeiouyr]l)e(?=s$)"),
    re.compile(r"(?<![aeiouy])(?<!^[^aeiouy])(?<!^[^aeiouy]{2})(?<![^aeiouyr]l)e$"),
)
# Vowels side by side that are said apart: med|i·a, ost|e·o, us|u·a|l, d|o·i|ng, cr|e·a|te.
_SAID_APART = re.compile(
    r"i[ao](?!n)|(?<![tscgx])i[ao]n|iu|(?<![tc])ie[nt]|eo(?!us)|ua[lrt]|uou|uity|[eoiuy](?=ing)|eat[ei]|ism$"
)


def smog(text: str) -> float:
    """UK-SMOG of an HTML fragment or plain text; 8 for a text with no sentences."""
    return smog_of(sentences(text))


def smog_of(found: Sequence[str]) -> float:
    """UK-SMOG of sentences; 8 where there are none."""
    if not found:
        return 8.0
    long_words = sum(len(hard_words(sentence)) for sentence in found)
    return 8 + sqrt(long_words * 30 / len(found))


def sentences(text: str) -> list[str]:
    """Sentences in reading order. A list item, heading, cell or paragraph ends one, full stop or not."""
    reader = _BlockReader()
    reader.feed(text)
    reader.close()
    return [sentence for block in reader.blocks for sentence in _split(block) if _LETTERS.search(sentence)]


def long_sentences(text: str, limit: int = LONGEST_SENTENCE) -> list[str]:
    """The sentences of more than `limit` words, for an editor to break up."""
    return [sentence for sentence in sentences(text) if len(words(sentence)) > limit]


def words(sentence: str) -> list[str]:
    """Words and numbers as a reader counts them: "follow-up", "don't", "2.4" and "1,000" are one each."""
    return _WORD.findall(sentence)


def hard_words(sentence: str) -> list[str]:
    """The words of three or more syllables, names left out."""
    return [word for word in words(sentence) if _is_long(word)]


@dataclass(frozen=True)
class Reading:
    """How a text reads, in the numbers that editors work with."""

    sentences: int
    longest: int
    smog: float
    hard: list[str]

    @classmethod
    def of(cls, text: str) -> "Reading":
        """Of an HTML fragment or plain text."""
        found = sentences(text)
        hard = dict.fromkeys(word.lower() for sentence in found for word in hard_words(sentence))
        return cls(
            len(found),
            max((len(words(sentence)) for sentence in found), default=0),
            round(smog_of(found), 1),
            list(hard),
        )

    @property
    def said(self) -> str:
        """The numbers in a few words; nothing where there is no text."""
        if not self.sentences:
            return ""
        many = "1 sentence" if self.sentences == 1 else f"{self.sentences} sentences"
        limit = f", and {LONGEST_SENTENCE} is the most" if self.longest > LONGEST_SENTENCE else ""
        shown = f" Long words: {', '.join(self.hard[:MOST_NAMED])}." if self.hard else ""
        return f"{many}. The longest has {self.longest} words{limit}. Reading age about {self.smog:g}.{shown}"


@lru_cache(maxsize=10_000)
def _is_long(word: str) -> bool:
    return not _is_name(word) and syllables(word) >= LONG_WORD_SYLLABLES


def syllables(word: str) -> int:
    """Syllables of an English word as it is spoken; each part of a hyphenated word adds its own, and figures add none."""
    return sum(
        _syllables_of_part(part)
        for part in re.split(r"[-‑.,]", re.sub(r"['’]s?\b", "", word))
        if _LETTERS.search(part)
    )


def _syllables_of_part(part: str) -> int:
    if part.isupper() and len(part) > 1:
        return SPOKEN_AS_WORDS.get(part, sum(3 if letter == "W" else 1 for letter in part))
    spelling = "".join(_LETTERS.findall(part.lower()))
    if spelling in EXCEPTIONS:
        return EXCEPTIONS[spelling]
    for silent_e in _SILENT_E:
        spelling = silent_e.sub("", spelling)
    return max(1, len(_VOWELS.findall(spelling)) + len(_SAID_APART.findall(spelling)))


def _is_name(word: str) -> bool:
    return re.sub(r"['’]s?$", "", word.lower()) in NAMES


def _split(block: str) -> list[str]:
    parts, start = [], 0
    for end in _SENTENCE_END.finditer(block):
        if _ENDS_ABBREVIATED.search(block[start : end.end()]):
            continue
        parts.append(block[start : end.end()].strip())
        start = end.end()
    return [*parts, block[start:].strip()]


class _BlockReader(HTMLParser):
    """Gathers the text of each block element apart, since a reader stops where a block stops."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break_at(tag)

    def handle_endtag(self, tag: str) -> None:
        self._break_at(tag)

    def handle_data(self, data: str) -> None:
        self.blocks[-1] += data

    def _break_at(self, tag: str) -> None:
        if tag in BLOCK_TAGS:
            self.blocks.append("")
