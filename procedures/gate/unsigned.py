"""What reaches readers with no clinician's sign-off, and so may say nothing of care: costs, questions, the list of changes."""

import re
from collections.abc import Iterator

from procedures.gate import evidence, numbers, promises
from procedures.gate.finding import Finding, Passage, Piece

_MEDICINE = (
    r"(?:(?:blood[\s-]thin\w+|(?:pain)?killers?|medicines?|medication|tablets?|pills?|drugs?|antibiotics?|steroids?|doses?|dosage"
    r"|warfarin|aspirin|heparin|clopidogrel|apixaban|rivaroxaban|edoxaban|dabigatran|anticoagula\w+|insulin|paracetamol"
    r"|ibuprofen|codeine|morphine|metformin)\b)"
)
_DO = (
    r"(?:stop|start|take|keep|hold|pause|skip|miss|halve|double|change|avoid|use|eat|drink|drive|lift|walk|rest|wear|lie|fly|"
    r"exercise|breastfeed|restart|cut\s(?:down|out)|come\soff|put\soff|leave\soff)"
)
# What a reader is told to do with a medicine, or not to do with the body.
_ADVICE = [
    re.compile(
        r"(?:^|[.,;:–]\s?|\b(?:and|then|please|never|always|not|don['’]t)\s"
        r"|\byou\s(?:can|may|should|must|need\sto|have\sto|will|do\snot\shave\sto)\s(?:safely\s)?(?:not\s)?)"
        rf"(?:just\s)?(?:{_DO}|stopping|taking)\s(?:[\w-]+\s){{0,4}}{_MEDICINE}"
    ),
    re.compile(r"(?:^|[.,;:–]\s?|\b(?:then|please|never|always|not|don['’]t)\s)(?:stop|start|keep)\s(?:on\s)?taking\b"),
    re.compile(
        r"\b(?:never|do\snot|don['’]t|you\s(?:can|may|should|must)(?:\snot)?)\s(?:safely\s)?"
        r"(?:eat|drink|drive|lift|rest|wear|lie|fly|exercise|breastfeed|walk)\b"
    ),
    re.compile(r"\b\d+(?:\.\d+)?\s?(?:mg|mcg|micrograms?|milligrams?|ml)\b|\b(?:dose|dosage)s?\s(?:is|are|of)\b"),
    re.compile(
        r"\b(?:operation|treatment|procedure|kyphoplasty|vertebroplasty|cement|surgery|balloon|physiotherapy|it)\s(?:\w+\s)?"
        r"(?:works|helps|heals|fixes|mends|repairs|strengthens|relieves|eases|reduces\s(?:your\s)?pain|restores|prevents)\b"
    ),
    re.compile(r"\byou\s(?:do\snot|don['’]t)\sneed\s(?:an?\s|the\s|any\s)?(?:scan|x-ray|mri|operation|treatment|test|surgery|doctor|ambulance)\b"),
    re.compile(r"\b(?:call|ring|dial)\s(?:999|111)\b|\bgo\sto\sa&e\b"),
]  # fmt: skip
_OF_MEDICINE = re.compile(rf"\b{_MEDICINE}")
# What care does to people.
_OUTCOME = re.compile(
    r"\b(?:pain(?!\srelief)|better|worse|well|walk\w*|leak\w*|harm\w*|di(?:e|es|ed)|deaths?|recover\w*|reliev\w+|heal\w*|infect\w+|clots?"
    r"|bleed\w*|numb\w*|break\w*|fractur\w+|risks?|symptoms?|success\w*|side[\s-]effects?|complications?|sleep|survive\w*)\b"
)
_MONEY = re.compile(
    r"£|\b(?:pay\w*|paid|pric\w+|costs?|bills?|fees?|deposits?|charg\w+|refunds?|quot\w+|fund\w*|covers?|covered|insur\w+|nhs|vat|loans?"
    r"|interest|excess|polic(?:y|ies)|discount\w*|cheaper|extra)\b"
)
# In the list of changes: what a page said, and says no more.
_SAID_BEFORE = re.compile(
    r"\b(?:we|page|text|it)\s(?:once\s)?(?:said|called|told|promised|used\sto)\b|\bno\slonger\b"
)
_SAYS_WHAT_WE_TELL = re.compile(r"\b(?:when|how|whether|which|what|why)(?:\sto)?\s(?:\w+\s){0,3}$")


def findings(words: list[Passage]) -> Iterator[Finding]:
    """What only a clinician can vouch for, where no clinician looks."""
    for passage in words:
        for sentence in passage.sentences:
            if said := _said_of_care(sentence, is_of_change=passage.piece is None):
                yield _finding(passage, sentence, said)


def figures(pieces: list[Piece]) -> Iterator[Finding]:
    """Figures that stand where no clinician looks."""
    for piece in pieces:
        if not piece.block.is_clinical:
            for figure in piece.figures:
                yield _finding(Passage(piece, [], field="figures"), figure.what, figure.what)


def _finding(passage: Passage, sentence: str, said: str) -> Finding:
    if passage.block is None:
        return Finding(
            None,
            sentence,
            f"The list of changes goes out without a clinician, and “{said}” needs one.",
            "Say only which part of the page changed, and why.",
            is_blocking=True,
            field=passage.field,
        )
    return Finding(
        passage.block,
        sentence,
        f"This needs a clinician: put it in a clinical block. “{said}” would go out unread in a "
        f"{passage.block.get_kind_display().lower()}.",
        "Move the sentence to a block of another kind, or take it out.",
        is_blocking=True,
        field=passage.field,
    )


def _said_of_care(sentence: str, *, is_of_change: bool) -> str:
    """The first words in the sentence that are about care; empty when none are. A question may name a risk, not a rate."""
    lower = sentence.lower()
    outcome = _first(_OUTCOME, lower)
    is_about_money = bool(_MONEY.search(lower)) and not outcome
    if rate := numbers.rate(lower, is_about_money=is_about_money):
        return rate
    if promises.is_question(lower) or (is_of_change and _SAID_BEFORE.search(lower)):
        return ""
    return (
        promises.promise(sentence)
        or _advice(lower)
        or ("" if is_about_money else evidence.claim(lower) or numbers.vague(lower))
        or ("" if is_of_change or _MONEY.search(lower) else outcome or _first(_OF_MEDICINE, lower))
    )


def _advice(lower: str) -> str:
    for pattern in _ADVICE:
        for match in pattern.finditer(lower):
            if not _SAYS_WHAT_WE_TELL.search(lower, endpos=match.start()):
                return match.group().strip(" .,;:–")
    return ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group().strip() if found else ""
