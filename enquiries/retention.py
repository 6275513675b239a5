"""Every column of this app: why it is kept, and for how long. The privacy page and the forms read from here.

A column without a rule fails Django's system check, so no command runs and no site starts. The hospital chooses how long
requests and spam are kept, within the limits below (models/policy.py has the choice). How long the records of who read,
took away and deleted what are kept is fixed: they answer for people who could otherwise shorten them, and the database
holds the first to it by a trigger.
"""

from dataclasses import KW_ONLY, dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Limits:
    """For how many days something may be kept, and for how many it is while nobody has chosen."""

    least: int
    usual: int
    most: int


REQUESTS = Limits(least=28, usual=90, most=365)
SPAM = Limits(least=1, usual=14, most=90)
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
    keep: timedelta | None = None  # as long as its request, which ServicePolicy says
    _: KW_ONLY
    model: str = "Enquiry"
    is_encrypted: bool = False


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
        ("consent_version", "consent_hash", "consent_text", "consented_at", "keep_days"),
        "what you agreed to, when, and how long we said we keep it",
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
            "ring_by_at",
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


def _with_history(fields: tuple[str, ...], what: str, why: str, *, model: str) -> list[Rule]:
    """Settings, and who changed them from what to what."""
    kept = ("history_id", "history_date", "history_change_reason", "history_type", "history_user")
    history = Rule((*fields, "id", *kept), what, why, WITH_THE_SITE, model=f"Historical{model}")
    return [Rule((*fields, "id"), what, why, WITH_THE_SITE, model=model), history]


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
        ("reason",),
        "how we knew that it was the person who asked us to delete it",
        "to show that we deleted it for nobody else",
        DELETIONS,
        model="Deletion",
        is_encrypted=True,
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
    *_with_history(
        ("promised_hours", "tries", "try_days", "requests_days", "spam_days"),
        "by when we call, how often we try, and how long requests are kept",
        "to promise the same to everybody",
        model="ServicePolicy",
    ),
    *_with_history(
        ("purpose", "subject", "body"),
        "what our mails say",
        "to say it in the hospital's own words",
        model="MailText",
    ),
    Rule(
        ("id", "number", "text", "in_force_at", "written_by"),
        "the words that patients agreed to, and who wrote them",
        "to show what was agreed",
        WITH_THE_SITE,
        model="ConsentWording",
    ),
]


def how_long(days: int) -> str:
    """What a patient is told, beside every form."""
    return f"We delete it {days} days after we have dealt with your request."
