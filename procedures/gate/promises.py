"""Promises. Nobody can vouch for a result, so no source makes one honest: they are refused wherever they stand."""

import re
from collections.abc import Iterator

from procedures.gate.finding import Finding, Passage

_ALL_OF_THEM = (
    r"(?:every(?:one|body|\s(?:patient|person))|all\s(?:of\s)?(?:our\s|the\s|these\s)?(?:patients|people))"
)
_SURE = r"(?:completely|totally|perfectly|entirely|absolutely|very|quite|fully|really|so|extremely|now)"

# Each way of promising a result, or that nothing can go wrong.
_PROMISES = [
    re.compile(r"(?<!\bcement\s)\bcur(?:e|es|ed|ing)\b|\bcement\scures(?!\s(?:in|within|as|hard|while)\b)"),
    re.compile(r"\b(?:pain|risk|danger|trouble)[\s-]free\b|\bfree\s(?:of|from)\s(?:all\s)?(?:pain|risk|danger)\b"),
    re.compile(rf"\b(?:is|are|it’s|it's)\s(?:{_SURE}\s|not\s(?:only|just)\s)*safe\b|\b{_SURE}\ssafe\b"),
    re.compile(r"\b(?:is|are)\s(?:\w+,?\s){1,3}and\ssafe\b|\bsafe\s(?:operation|treatment|procedure)\b"),
    re.compile(
        r"\b(?:no|zero|without(?:\sany)?)\s(?:(?:real|known|serious|great|actual|added|hidden)\s)?"
        r"(?:risks?|dangers?|side[\s-]effects|downsides?)\b(?!\sassess)"
    ),
    re.compile(r"\b(?:nothing\s(?:can|will|ever)|(?:cannot|can’t|can't|never)(?:\sever)?)\s(?:go(?:es)?\swrong|fails?)\b|\bnever\sfails?\b"),
    re.compile(r"\bis\sharmless\b|\bguarante(?:e|es|ed|eing)\b|\bwe\spromise\b"),
    re.compile(r"\balways\s(?:works?|helps?|succeeds?|heals?|eases?|relieves?)\b|\bworks?\s(?:every\stime|for\severy(?:one|body))\b"),
    re.compile(
        r"\b(?:tak(?:es?|ing)|took)\s(?:away\s)?(?:all\s)?(?:of\s)?(?:your|the|their|all)\s(?:\w+\s)?pain\b"
        r"|\b(?:tak(?:es?|ing)|took)\s(?:away\s)?pain\saway\b|\btak(?:es?|ing)\saway\spain\b"
        r"|\b(?:ends|removes|stops|banishes|gets\srid\sof)\s(?:all\s)?(?:your|the|their|all)\s(?:\w+\s)?pain\b"
    ),
    re.compile(
        r"\bpain\swill\s(?:soon\s)?(?:be\sgone|go|disappear|vanish|end|stop)\b|\b(?:your|the)\s(?:\w+\s)?pain\s(?:disappears|vanishes|is\sgone)\b"
        r"|\bno\smore\spain\b|\bwill\shave\sno\spain\b|\bgoodbye\sto\s(?:\w+\s)?pain\b|\byou\swill\swalk\sagain\b"
    ),
    re.compile(
        r"\byou(?:’ll|'ll|\swill)\s(?:soon\s)?(?:be|feel|get|walk|become)\s(?:(?:much|completely|fully|all)\s)?"
        r"(?:better|well|cured|healed|mended)\b(?!\s(?:enough|advice|known|looked|cared|able|informed))"
    ),
    re.compile(rf"\b{_ALL_OF_THEM}\s(?:is|are|gets?|feels?|walks?|was|were|recovers?)\s(?:well|better|healed|mended)\b"),
    re.compile(r"\b(?:no\s?one|nobody)\s(?:is|was|gets?|has\sever\sbeen|has\sbeen|will\sbe)\s(?:harmed|hurt)\b"),
]  # fmt: skip

# What makes the opposite of it, said before it in the same clause, or a word that a reader should ask it.
_DENIAL = re.compile(
    r"\b(?:not|never|cannot|nor|neither|whether|if|until|unless|once|when|ask|asks|claims?|less|nobody|\w+n['’]t"
    r"|no(?!\s(?:risks?|dangers?|more\b|side))(?:\s\w+)?)\b(?:\W+\w+){0,5}\W*$"
    r"|\b(?:no\s?one|nobody|cannot|can['’]t|do(?:es)?\snot|no\s(?:doctor|surgeon|study|trial)|no\slonger)\b.{0,30}\b(?:promise|say|know|tell|show|prove|mean)s?\b.*$"
)
# What only looks like a denial.
_NO_DENIAL = re.compile(
    r"\b(?:no\sdoubt|not\s(?:only|just|merely)|why\snot|without\s(?:a\s)?doubt|no\swonder)\b"
)
_CLAUSE_END = re.compile(r"[,;:()–—]|\b(?:and|but|so|yet|then)\b")
# A promise that a hospital can keep.
_OF_A_PRICE = re.compile(
    r"\b(?:price|quote|refund)s?\s(?:is|are)\sguaranteed\b|\bguarantees?\s(?:the|this|that|your)\s(?:price|quote|refund)\b"
)
# A question that sells.
_OFFER = re.compile(
    r"^(?:(?:do|would|don['’]t)\syou\s(?:want|like|wish)|want|ready|why\s(?:not|wait)|did\syou\sknow|who\s(?:would|does)n['’]t)\b"
    r"|\b(?:isn['’]t|aren['’]t|won['’]t|doesn['’]t)\s(?:it|you|they)\?$"
)
# What a source may say of safety: that it holds on the whole.
_ON_THE_WHOLE = re.compile(r"^(?:but\s)?on\sthe\swhole\b")


def findings(words: list[Passage]) -> Iterator[Finding]:
    """Promises, wherever they stand."""
    for passage in words:
        for sentence in passage.sentences:
            said = promise(sentence)
            if said and not (
                _ON_THE_WHOLE.search(sentence.lower()) and passage.piece and passage.piece.sources
            ):
                yield Finding(
                    passage.block,
                    sentence,
                    f"“{said}” promises what nobody can promise.",
                    "Say what was found, and show it as a figure; or say that it can help some people, and not all.",
                    is_blocking=True,
                    field=passage.field,
                )


def promise(sentence: str) -> str:
    """The words of the first promise in a sentence; empty when it has none, denies it, or asks."""
    lower = _OF_A_PRICE.sub("", sentence.lower())
    if is_question(lower):
        return ""
    for pattern in _PROMISES:
        for match in pattern.finditer(lower):
            if not _is_denied(lower[: match.start()]):
                return match.group()
    return ""


def is_question(sentence: str) -> bool:
    """Whether it asks, and does not sell by asking."""
    return sentence.endswith("?") and not _OFFER.search(sentence.lower())


def _is_denied(before: str) -> bool:
    clause = _CLAUSE_END.split(_NO_DENIAL.sub("", before))[-1]
    return bool(_DENIAL.search(clause))
