"""Every column of this app: why it is kept, and for how long. The privacy page and the forms read from here.

A column without a rule fails Django's system check, so no command runs and no site starts. Each time is a development
default until the hospital confirms it.
"""

from dataclasses import KW_ONLY, dataclass
from datetime import timedelta

AFTER_HANDLED = timedelta(days=90)
SPAM_AFTER_HANDLED = timedelta(days=14)
WARN_BEFORE = timedelta(hours=24)
READINGS = timedelta(days=730)
EXPORTS = timedelta(days=730)
DELETIONS = timedelta(days=730)
WITH_THE_SITE = timedelta.max


@dataclass(frozen=True)
class Rule:
    """Some columns of one table, what they are to a patient, and why we need them."""

    fields: tuple[str, ...]
    what: str
    why: str
    keep: timedelta = AFTER_HANDLED
    _: KW_ONLY
    model: str = "Enquiry"
    is_encrypted: bool = False

    @property
    def days(self) -> int:
        """How long, in days: after the request has been dealt with, or after the row was made."""
        return self.keep.days


# About patients. Rows of other tables that belong to a request leave with it.
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
            "opened_at",
            "owner",
            "claimed_until",
            "tries",
            "next_try_at",
            "outcome",
            "duplicate_of",
        ),
        "who answers you, and what came of it",
        "to ring when we said, and nobody twice by mistake",
    ),
    Rule(
        ("id", "reference", "token", "submission_id", "content_hash"),
        "your reference, and the keys to your private page",
        "to find your request, and to store it once",
    ),
    Rule(
        ("suspected_at", "suspected_because"),
        "whether your request looked like spam, and why",
        "to have a person look at it",
    ),
    Rule(
        ("legal_hold_at", "legal_hold_by"),
        "whether the law makes us keep your request for longer",
        "to obey the law",
    ),
    Rule(
        ("legal_hold_reason",),
        "why the law makes us keep it for longer",
        "to obey the law",
        is_encrypted=True,
    ),
    Rule(
        (
            *("id", "enquiry", "purpose", "message_id", "created_at", "due_at", "taken_by"),
            *("attempts", "last_problem", "give_up_at", "held_at", "sent_at"),
        ),
        "which emails we sent about it, and when",
        "to send each of them, and only once",
        model="OutgoingMail",
    ),
    Rule(
        ("id", "enquiry", "outcome", "by", "made_at"),
        "when we tried to reach you, and what came of it",
        "to try as often as we said, at different times",
        model="Attempt",
    ),
    Rule(
        ("text",),
        "what our team noted when it talked with you",
        "to not ask you twice",
        model="Note",
        is_encrypted=True,
    ),
    Rule(
        ("id", "enquiry", "by", "written_at"), "who noted it, and when", "to ask them about it", model="Note"
    ),
]

# Not about patients, or no longer: nothing in these tells who anybody was.
RECORDS = [
    Rule(
        ("id", "at", "user", "deed", "hospital", "references"),
        "which member of staff read which request, by its reference",
        "to answer who saw it",
        READINGS,
        model="Reading",
    ),
    Rule(
        ("id", "by", "made_at", "kind", "requests"),
        "who took requests away in a file, and how many",
        "to answer where they went",
        EXPORTS,
        model="Export",
    ),
    Rule(
        ("reason",),
        "why they took them",
        "to answer for it",
        EXPORTS,
        model="Export",
        is_encrypted=True,
    ),
    Rule(
        ("id", "at", "cause", "reference", "counts"),
        "how much was deleted, and the references of what was erased",
        "to show that it was done",
        DELETIONS,
        model="Deletion",
    ),
    Rule(
        ("id", "hospital", "weekday", "starts_at", "ends_at", "places", "confirmed_on"),
        "when the team rings people",
        "to offer a time",
        WITH_THE_SITE,
        model="CallWindow",
    ),
    Rule(
        ("id", "user", "hospital"),
        "who is in which team",
        "to let them answer",
        WITH_THE_SITE,
        model="TeamMember",
    ),
    Rule(
        ("id", "seen_at"),
        "when the worker was last seen",
        "to notice its absence",
        WITH_THE_SITE,
        model="WorkerHeartbeat",
    ),
    Rule(
        ("id", "place", "lifted_at", "lifted_by"),
        "where mail may leave from",
        "to keep a restored backup from writing to patients",
        WITH_THE_SITE,
        model="MailFence",
    ),
]


def how_long() -> str:
    """What a patient is told, beside every form."""
    return f"We delete it {AFTER_HANDLED.days} days after we have dealt with your request."
