"""The words of a page: how hard they are to read, and which ones to do without."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from math import ceil
from pathlib import Path

from procedures import readability
from procedures.gate.finding import Finding, Passage
from procedures.models import AvoidedWord, Block, Edition, GlossaryTerm

HIGHEST_SMOG, HIGHEST_SMOG_OF_SUMMARY = 11, 10
# The formula was made for samples of 30 sentences; on fewer it only advises.
SMOG_NEEDS_SENTENCES = 30
# One block is a small sample, in which a single long word weighs much: it must be well over the limit to be named.
HIGHEST_SMOG_OF_BLOCK, BLOCK_NEEDS_SENTENCES = 13, 5
LONGEST_SENTENCE = 25

# A word that is long, or medical by its parts, must be in the glossary, so that readers can open its meaning.
# Three syllables are not enough to call it hard (medicine, hospital, exercise), save where a part is medical.
HARD_SYLLABLES, MEDICAL_SYLLABLES = 4, 3
MEDICAL = re.compile(
    r"^(?:osteo|spondyl|radicul|thrombo|haemat|intraven|intraoss|intrathec|paravert)"
    r"|(?:osis|oses|itis|ectomy|otomy|ostomy|plasty|desis|opathy|oscopy|ography|[ioe]gram|a?emia|algia|oma|omata"
    r"|plegia|paresis|aesthesia|penia|phylaxis|rrhage|rrhoea|lysis|pnoea|oedema|malacia|uria"
    r"|listhesis|centesis|iasis|plasia|dronate|dronic|[uxz]mab|sartan|olol|cillin)$"
)
# What people say at home, however long or medical it looks. A word that needs explaining does not belong here.
EVERYDAY = frozenset((Path(__file__).parent / "everyday_words.txt").read_text().split())


def findings(words: list[Passage]) -> Iterator[Finding]:
    """Reading age and long sentences."""
    yield from _hard_to_read(words)
    yield from _long_sentences(words)


def _hard_to_read(words: list[Passage]) -> Iterator[Finding]:
    by_block: dict[Block, list[str]] = defaultdict(list)
    for passage in words:
        if passage.block and passage.is_body:
            by_block[passage.block] += passage.sentences
    page = list(chain.from_iterable(by_block.values()))
    is_enough = len(page) >= SMOG_NEEDS_SENTENCES
    yield from _above(HIGHEST_SMOG, "This page", None, page, is_blocking=is_enough)
    for block, sentences in by_block.items():
        if block.kind == Block.Kind.SUMMARY:
            yield from _above(
                HIGHEST_SMOG_OF_SUMMARY, "The short version", block, sentences, is_blocking=True
            )
        elif len(sentences) >= BLOCK_NEEDS_SENTENCES:
            yield from _above(HIGHEST_SMOG_OF_BLOCK, "This block", block, sentences, is_blocking=False)


def _above(
    limit: int, what: str, block: Block | None, sentences: list[str], *, is_blocking: bool
) -> Iterator[Finding]:
    level = readability.smog_of(sentences)
    if level <= limit:
        return
    hardest = max(sentences, key=lambda sentence: len(readability.hard_words(sentence)))
    long_words = Counter(word.lower() for sentence in sentences for word in readability.hard_words(sentence))
    named = ", ".join(f"“{word}”" for word, _ in long_words.most_common(5))
    yield Finding(
        block,
        hardest,
        f"{what} needs a reading age of {ceil(level * 10) / 10} by UK-SMOG, and {limit} is the highest we allow. This is its hardest sentence.",
        f"Write shorter words in place of the long ones used most: {named}.",
        is_blocking,
        field="body" if block else "",
    )


def _long_sentences(words: list[Passage]) -> Iterator[Finding]:
    for passage in words:
        for sentence in passage.sentences:
            if (count := len(readability.words(sentence))) > LONGEST_SENTENCE:
                yield Finding(
                    passage.block,
                    sentence,
                    f"This sentence has {count} words. Readers lose the thread after {LONGEST_SENTENCE}.",
                    "Break it into two or more sentences, or make it a list.",
                    is_blocking=True,
                    field=passage.field,
                )


def avoided(words: list[Passage], rows: list[AvoidedWord]) -> Iterator[Finding]:
    """Words of the list that staff keep, wherever they stand."""
    if not rows:
        return
    by_word = {_plain(row.word): row for row in rows}
    longest_first = sorted(by_word, key=len, reverse=True)
    any_of = "|".join(re.escape(word).replace(r"\ ", " ") for word in longest_first)
    pattern = re.compile(rf"(?<!\w)(?:{any_of})(?!\w)")
    for passage in words:
        for sentence in passage.sentences:
            for found in dict.fromkeys(pattern.findall(_plain(sentence))):
                row = by_word[found]
                yield Finding(
                    passage.block,
                    sentence,
                    f"Our house style does without “{row.word}”.",
                    row.instead,
                    row.is_blocking,
                    field=passage.field,
                )


def _plain(text: str) -> str:
    """So that “cutting-edge” and “Cutting edge” are one, whichever dash or apostrophe was typed."""
    return " ".join(re.sub(r"[-‑–]", " ", text.lower().replace("’", "'")).split())


def explained(edition: Edition, terms: list[GlossaryTerm]) -> set[str]:
    """Words that readers are told the meaning of: those of the glossary, and the procedure's own name, which its page explains."""
    told = [
        *(form for term in terms for form in term.forms),
        edition.procedure.name,
        edition.procedure.aliases,
    ]
    return {form for text in told for word in readability.words(text) for form in _forms(word)}


def hard(words: list[Passage], known: set[str]) -> Iterator[Finding]:
    """Hard words that the glossary does not explain, each where the page first says it."""
    seen: set[str] = set()
    for passage in words:
        for sentence in passage.sentences:
            for word in _hard_words(sentence, known):
                if not seen.isdisjoint(_forms(word)):
                    continue
                seen |= _forms(word)
                yield Finding(
                    passage.block,
                    sentence,
                    f"“{word}” is a hard word, and it is not in the glossary.",
                    "Say it in everyday words, or add it to the glossary with its meaning.",
                    is_blocking=_is_medical(word),
                    field=passage.field,
                )


def _hard_words(sentence: str, known: set[str]) -> Iterator[str]:
    for place, whole in enumerate(readability.words(sentence)):
        for word in _hard_parts(whole):
            if (_is_medical(word) or not _looks_like_a_name(word, place)) and _forms(word).isdisjoint(known):
                yield word


@lru_cache(maxsize=10_000)
def _hard_parts(word: str) -> list[str]:
    """The parts of a word, cut at its hyphens, that are long or medical and not what people say at home.

    What has a dot inside is an address, not a word.
    """
    if "." in word:
        return []
    parts = re.split(r"[-‑]", re.sub(r"['’]s?$", "", word))
    return [
        part for part in parts if _is_hard(part) and _forms(part).isdisjoint(EVERYDAY | readability.NAMES)
    ]


def _is_hard(word: str) -> bool:
    return _is_medical(word) or readability.syllables(word) >= HARD_SYLLABLES


def _is_medical(word: str) -> bool:
    lower = word.lower()
    return (
        any(map(MEDICAL.search, (lower, lower.removesuffix("s"))))
        and readability.syllables(word) >= MEDICAL_SYLLABLES
    )


def _looks_like_a_name(word: str, place: int) -> bool:
    """A capital inside a sentence: Hertfordshire, DVLA, the Organization."""
    return word.isupper() or (place > 0 and word[:1].isupper())


def _forms(word: str) -> set[str]:
    """The word and its singular, in small letters."""
    lower = word.lower()
    return {lower, lower.removesuffix("s"), lower.removesuffix("es")}
