"""What each kind of block asks of the person who writes it."""

from dataclasses import dataclass

from procedures.models import Block

Kind = Block.Kind


@dataclass(frozen=True)
class Asks:
    """What a kind is for, in a sentence, the fields it needs, and what its heading and its text mean."""

    purpose: str
    fields: tuple[str, ...] = ("heading", "body", "sources")
    heading: str = ""
    body: str = ""

    @property
    def required(self) -> set[str]:
        """What it cannot stand without, where the kind has it."""
        return ({"heading", "body", "video"} & set(self.fields)) - self.may_be_empty

    @property
    def helps(self) -> dict[str, str]:
        """What its heading and its text mean."""
        return {
            name: help_text
            for name, help_text in (("heading", self.heading), ("body", self.body))
            if help_text
        }

    @property
    def may_be_empty(self) -> set[str]:
        """What its help text says may be left empty."""
        return {name for name, help_text in self.helps.items() if MAY_BE_EMPTY in help_text}


MAY_BE_EMPTY = "May be left empty."

ASKS: dict[str, Asks] = {
    Kind.KEY_FACT: Asks(
        "One of the facts at the top of the page, such as how long it takes.",
        heading="One or two words: “Time”.",
        body="The fact in bold on a line of its own, then one short sentence.",
    ),
    Kind.SECTION: Asks(
        "Opens a part of the page. What follows belongs to it, up to the next section heading.",
        ("heading", "anchor", "body", "sources"),
        heading="Ask it as readers would, such as “What can go wrong?”.",
        body=f"A sentence or two to open the part. {MAY_BE_EMPTY}",
    ),
    Kind.SUMMARY: Asks(
        "The whole page in a few lines, for those who read no more.",
        ("body", "sources"),
        body="A list of short sentences.",
    ),
    Kind.TEXT: Asks(
        "Running text, with a picture if it helps.",
        ("heading", "body", "illustration", "sources"),
        heading=f"A small heading above the text. {MAY_BE_EMPTY}",
        body="Plain English, in sentences under 20 words.",
    ),
    Kind.STEP: Asks(
        "One step of what happens, beside its picture. Steps are numbered in their order.",
        ("heading", "body", "illustration", "sources"),
        heading="What happens, in a few words.",
        body="What is done, and what you feel or hear.",
    ),
    Kind.SUITS: Asks(
        "For whom it may help.",
        heading="The start of a sentence that the list ends, such as “It may help if”.",
        body="A list; each line ends the heading’s sentence.",
    ),
    Kind.ASKS: Asks(
        "When to ask a doctor first.",
        heading="The start of a sentence that the list ends, such as “Ask first if”.",
        body="A list; each line ends the heading’s sentence.",
    ),
    Kind.BENEFIT: Asks(
        "Something that may get better, with its published figure.",
        ("heading", "body", "shown_figures", "why_they_differ", "sources"),
        heading="What may get better: “Less pain”.",
        body="What it means for you. The numbers come from the figures below, never from this text.",
    ),
    Kind.RISK: Asks(
        "Something that can go wrong, with its published figure.",
        ("heading", "body", "shown_figures", "why_they_differ", "sources"),
        heading="What can go wrong: “Cement can leak”.",
        body="What it means for you. The numbers come from the figures below, never from this text.",
    ),
    Kind.DISAGREEMENT: Asks(
        "What doctors do not agree on.",
        heading="The question that they answer differently.",
        body="What each side says, and on what grounds.",
    ),
    Kind.CHECKLIST: Asks(
        "Things to tick off.",
        heading=f"A small heading above the list. {MAY_BE_EMPTY}",
        body="A list, one thing a line.",
    ),
    Kind.STAGE: Asks(
        "A time in getting better, in order of time.",
        heading="When: “The first week”.",
        body="What to expect, and what to do.",
    ),
    Kind.CARE: Asks(
        "Advice that is no emergency.",
        heading="When it applies, such as “Ring us if”.",
        body="What to do, in one or two short sentences.",
    ),
    Kind.ALTERNATIVE: Asks(
        "Another choice. Doing nothing for now is always one of them.",
        ("heading", "anchor", "body", "sources"),
        heading="The choice: “Doing nothing for now”.",
        body="What speaks for it and against it.",
    ),
    Kind.COST: Asks(
        "How it may be paid for. No clinician need sign this off.",
        heading="Whom it is for: “With health insurance”.",
        body="What they need to know.",
    ),
    Kind.QUESTION: Asks(
        "A question for patients to take along. No clinician need sign this off.",
        ("heading",),
        heading="The question, as the patient would ask it.",
    ),
    Kind.FAQ: Asks(
        "A common question and its answer, which readers open.",
        heading="The question, as a patient would ask it.",
        body="The answer, with the most important thing first.",
    ),
    Kind.VIDEO: Asks(
        "A film, with its captions and all its words.",
        ("heading", "body", "video"),
        heading=f"A small heading above the film. {MAY_BE_EMPTY}",
        body=f"A sentence to open it. {MAY_BE_EMPTY}",
    ),
}
assert set(ASKS) == set(Kind.values), "Each kind of block says what it asks for."  # noqa: S101
