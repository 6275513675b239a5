"""Every personal field: why it is kept, and for how long. The privacy page and the forms read from here.

A field of Enquiry without a rule fails the tests. The time is a development default until the hospital confirms it.
"""

from dataclasses import KW_ONLY, dataclass
from datetime import timedelta

AFTER_HANDLED = timedelta(days=90)


@dataclass(frozen=True)
class Rule:
    """Some fields of Enquiry, what they are to a patient, and why we need them."""

    fields: tuple[str, ...]
    what: str
    why: str
    keep: timedelta = AFTER_HANDLED
    _: KW_ONLY
    is_encrypted: bool = False

    @property
    def days(self) -> int:
        """How long, in days after the request has been dealt with."""
        return self.keep.days


RULES = [
    Rule(("name",), "your name", "to know whom we are talking to"),
    Rule(("phone", "phone_in_full"), "your phone number", "to ring you back"),
    Rule(("email",), "your email", "to write to you"),
    Rule(("question",), "your question", "to give you the right answer", is_encrypted=True),
    Rule(
        ("kind", "hospital", "aim", "procedure", "consultant"),
        "what you choose to ask about",
        "to have the right person answer",
    ),
    Rule(("payment",), "how you will pay", "to tell you the right next step"),
    Rule(
        ("call_from_at", "call_until_at", "call_place", "may_leave_message"),
        "when and how to ring you",
        "to ring at a good time, and leave no message you do not want",
    ),
    Rule(
        ("patient_name", "relationship"),
        "whom you are asking for, and how you know them",
        "to know whose care it is about",
        is_encrypted=True,
    ),
    Rule(
        ("needs", "language"),
        "what helps us talk with you, and your language",
        "to talk in a way that suits you",
        is_encrypted=True,
    ),
    Rule(
        ("consent_version", "consent_hash", "consent_text", "consented_at"),
        "what you agreed to, and when",
        "to show that you said we may answer",
    ),
    Rule(
        ("questions_version", "questions_hash"),
        "which questions our page asked you",
        "to know what your answers meant",
    ),
    Rule(
        ("due_at", "withdrawn_at"),
        "when we said we would call, or that you no longer want us to",
        "to keep our word to you",
    ),
    Rule(
        ("created_at", "handled_at", "handled_by", "follows"),
        "when you wrote, and who answered",
        "to make sure that nobody is forgotten",
    ),
    Rule(
        (
            "due_at",
            "opened_at",
            "owner",
            "claimed_until",
            "tries",
            "next_try_at",
            "outcome",
            "duplicate_of",
        ),
        "by when we said we would ring, and what came of it",
        "to ring when we said, and nobody twice by mistake",
    ),
    Rule(
        ("id", "reference", "token", "submission_id", "content_hash"),
        "your reference, and the keys to your private page",
        "to find your request, and to store it once",
    ),
]


def how_long() -> str:
    """What a patient is told, beside every form."""
    return f"We delete it {AFTER_HANDLED.days} days after we have dealt with your request."
