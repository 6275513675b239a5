"""The two forms: a request, seen by a patient.

Only a name, one way to reach them, a hospital, consent and, to ask a question, the question are required. Everything
else is a help.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Model
from django.forms import BoundField
from django.forms.utils import pretty_name
from django.http import QueryDict

from enquiries import phones, promises, questions, retention
from enquiries.choices import Choices
from enquiries.fields import (
    CallTimeField,
    CarriedRowField,
    ConsentField,
    EmailField,
    LineField,
    PhoneField,
    RowField,
    TextField,
    tidied,
)
from enquiries.models import Enquiry
from enquiries.promises import Slot
from procedures.models import Hospital

# What the page carries along and no patient typed.
CARRIED = ("questions", "kept_for", "submission_id")
# What is drawn as a box of the width of the form; choices to tick are drawn otherwise.
BOXES = (forms.TextInput, forms.TelInput, forms.EmailInput, forms.Textarea, forms.Select)
SLIPS = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gmail.co.uk": "gmail.com",
    "hotmial.com": "hotmail.com",
    "hotmial.co.uk": "hotmail.co.uk",
    "outlok.com": "outlook.com",
    "yaho.co.uk": "yahoo.co.uk",
}
SOMEONE_ELSE = (
    "I am asking for someone else, or need help to communicate (optional)",
    ["patient_name", "relationship", "needs", "language"],
)


@dataclass(frozen=True)
class Part:
    """Questions that stand together: in the open, or folded away behind a summary."""

    fields: list[BoundField]
    summary: str
    is_open: bool


class RequestForm(forms.Form):
    """What both forms ask, and how what was typed becomes a request."""

    kind: Enquiry.Kind
    url_name: str
    send_url_name: str
    send_label: str
    layout: list[tuple[str, list[str]]]
    marked_optional: frozenset[str] = frozenset()
    shows_what_it_knows = True
    asks_for_time_later = False

    name = LineField(
        label="Your full name",
        longest=200,
        called="your name",
        error_messages={"required": "Enter your name."},
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    hospital = RowField(
        label="Which hospital?",
        empty_label="Choose a hospital",
        error_messages={
            "required": "Choose a hospital from the list.",
            "invalid_choice": "Choose a hospital from the list.",
        },
    )
    patient_name = LineField(
        label="Who are you asking for?",
        help_text="Their full name.",
        required=False,
        longest=200,
        called="their name",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    relationship = LineField(
        label="How do you know them?",
        help_text="For example: I am her daughter.",
        required=False,
        longest=200,
        called="how you know them",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    needs = forms.MultipleChoiceField(
        label="What would help us talk with you?",
        required=False,
        choices=Enquiry.Need.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": "Choose what would help you from the list.",
            "invalid_list": "Choose what would help you from the list.",
        },
    )
    language = LineField(
        label="Which language is best for you?",
        help_text="If it is not English.",
        required=False,
        longest=100,
        called="the language",
        widget=forms.TextInput({"autocomplete": "off", "class": "input input--short"}),
    )
    consent = ConsentField(error_messages={"required": "Tick the box so that we can reply."})
    questions = forms.CharField(required=False, widget=forms.HiddenInput)
    # For how many days the page that was read said that we keep it.
    kept_for = forms.CharField(required=False, widget=forms.HiddenInput)
    submission_id = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, choices: Choices, data: QueryDict | None = None, *, offers_times: bool = True, **kwargs: Any
    ) -> None:
        """Without times where a cache may hold the page, since they go, and where the answers are only stored."""
        super().__init__(data=tidied(data) if data is not None else None, **kwargs)
        self.choices, self.offers_times = choices, offers_times
        self.initial["questions"] = questions.asked(self.kind).version
        self.initial["kept_for"] = choices.consent.requests_days  # type: ignore[attr-defined]
        self.order_fields([name for _, names in self.layout for name in names])
        self._offer_rows()
        self.fields["consent"].offer(choices.consent)  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.is_marked_optional = name in self.marked_optional  # type: ignore[attr-defined]
            if isinstance(field.widget, BOXES):
                field.widget.attrs.setdefault("class", "input")

    @property
    def parts(self) -> list[Part]:
        """The questions in order, as the page shows them."""
        return [self._part(summary, names) for summary, names in self.layout]

    def _part(self, summary: str, names: list[str]) -> Part:
        """A fold that holds an error or an answer is never shut, save an answer that only says which page this is."""
        fields = [self[name] for name in names if name in self.fields]
        is_open = any(field.errors or (field.value() and self.shows_what_it_knows) for field in fields)
        return Part(fields, summary, is_open)

    @classmethod
    def questions_in_words(cls) -> str:
        """Every question as it is asked, with its hint and the answers to tick, a line each: what questions.toml keeps.

        What is agreed to is kept word by word with each request, so it is not among them.
        """
        names = [name for _, names in cls.layout for name in names if name != "consent"]
        return "".join(_in_words(name, cls.base_fields[name]) for name in names)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Everything typed, to be carried unseen by the check page, save what that page itself asks or sets."""
        asked_there = {"submission_id"} | ({"call_time"} if self.asks_for_time else set())
        return [(name, answer) for name, answer in typed(type(self), self.data) if name not in asked_there]

    @property
    def asks_for_time(self) -> bool:
        """Whether the check page asks when to ring."""
        return False

    @property
    def about(self) -> list[Model]:
        """Whom and what it is about, where the page carries that along unseen."""
        rows = (getattr(self.choices, name).get(self[name].value()) for name in sorted(self._carried_rows))
        return [row for row in rows if row]

    @property
    def _carried_rows(self) -> set[str]:
        return {name for name, field in self.fields.items() if isinstance(field, CarriedRowField)}

    @property
    def can_be_checked(self) -> bool:
        """Whether nothing is wrong save the time to ring, which the check page can ask for again."""
        return not self.errors.keys() - {"call_time"}

    @property
    def answers_in_words(self) -> list[tuple[str, str]]:
        """What was answered, question by question, for the patient to check. The number and whom it is about stand above."""
        unseen = {"phone", "consent", *CARRIED} | ({"call_time"} if self.asks_for_time else set())
        shown = [self[name] for name in self.fields if name not in unseen | self._carried_rows]
        answers = ((str(field.label), self._in_words(field)) for field in shown)
        return [(label, answer) for label, answer in answers if answer]

    @property
    def phone_spaced(self) -> str:
        """The phone number to be rung, in groups that a person can check."""
        typed_number = self.cleaned_data["phone"]
        return phones.spaced(phones.in_full(typed_number)) if typed_number else ""

    @property
    def email_meant(self) -> str:
        """What an address with a well-known slip was probably meant to be; empty for any other."""
        name, _, domain = self.cleaned_data["email"].rpartition("@")
        return f"{name}@{SLIPS[domain.lower()]}" if domain.lower() in SLIPS else ""

    def say_if_time_is_taken(self) -> None:
        """A time that has gone is put right before anything is sent."""

    def offer_instead(self, free: dict[str, Slot]) -> None:
        """The time went while the answers were sent; these are left."""

    def clean(self) -> None:
        """A consultant can be asked about only where they are listed."""
        consultant, hospital = self.cleaned_data.get("consultant"), self.cleaned_data.get("hospital")
        listed_at = {practice.hospital_id for practice in consultant.told_practices} if consultant else ()
        places = [place for place in self.choices.hospital.values() if place.pk in listed_at]
        if hospital and places and hospital not in places:
            names = " or ".join(map(str, places))
            self.add_error("hospital", f"{consultant} is not listed at {hospital}. Choose {names}.")

    def clean_submission_id(self) -> UUID | None:
        """The id that the check page gave; none when there is none, or it was tampered with."""
        try:
            return UUID(self.cleaned_data["submission_id"])
        except ValueError:
            return None

    def clean_kept_for(self) -> int:
        """Within the limits; the most, which shortens nothing, when the page did not say or it was tampered with."""
        told: str = self.cleaned_data["kept_for"]
        limits = retention.REQUESTS
        is_told = told.isdecimal() and len(told) <= 3 and limits.least <= int(told) <= limits.most
        return int(told) if is_told else limits.most

    def as_request(self) -> Enquiry:
        """The request that these answers make, not yet stored."""
        given: dict[str, Any] = self.cleaned_data
        columns = {field.name for field in Enquiry._meta.concrete_fields}
        request = Enquiry(kind=self.kind, **{name: value for name, value in given.items() if name in columns})
        request.phone_in_full = phones.in_full(request.phone) if request.phone else ""
        request.needs = " ".join(need for need in Enquiry.Need if need in given["needs"])
        request.choose(CallTimeField.stretch(given.get("call_time", "")))
        request.be_asked(questions.asked(self.kind, given["questions"]))
        request.agree_to(given["consent"])
        return request

    @property
    def chosen_hospital(self) -> Hospital | None:
        """The hospital that is chosen now, if it is one of ours."""
        return self.choices.hospital.get(self["hospital"].value())

    def _offer_rows(self) -> None:
        for name, field in self.fields.items():
            if isinstance(field, RowField):
                rows: Mapping[str, Model] = getattr(self.choices, name)
                field.offer(rows)
                if self.initial.get(name) not in rows:
                    self.initial.pop(name, None)
        if len(self.choices.hospital) == 1:
            self.initial.setdefault("hospital", next(iter(self.choices.hospital)))

    def _in_words(self, field: BoundField) -> str:
        answer = self.cleaned_data.get(field.name)
        if isinstance(answer, bool):
            return "Yes" if answer else "No"
        if isinstance(field.field, forms.ChoiceField) and not isinstance(answer, Model):
            labels = dict(field.field.choices)  # type: ignore[arg-type]
            chosen = answer if isinstance(answer, list) else [answer]
            return ", ".join(str(labels[option]) for option in chosen if option)
        return str(answer or "")


class EnquiryForm(RequestForm):
    """A question. A phone number or an email address is enough."""

    kind = Enquiry.Kind.ENQUIRY
    url_name = "enquiries:enquire"
    send_url_name = "enquiries:enquire_send"
    send_label = "Send my question"
    layout = [
        ("", ["name", "phone", "email", "hospital", "question"]),
        ("More about your enquiry (optional)", ["payment", "procedure", "consultant"]),
        SOMEONE_ELSE,
        ("", ["consent"]),
    ]

    phone = PhoneField(required=False, help_text="Give us a phone number, an email, or both.")
    email = EmailField(required=False)
    question = TextField(
        label="Your question",
        help_text="A few words are fine. Please leave out card details.",
        error_messages={"required": "Write your question, or ask us to call you."},
        longest=4_000,
        called="your question",
        widget=forms.Textarea({"rows": 5}),
    )
    payment = forms.ChoiceField(
        label="How will you pay?",
        required=False,
        choices=Enquiry.Payment.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose how you will pay from the list."},
    )
    procedure = RowField(
        label="Which treatment, test or scan?",
        required=False,
        empty_label="Not sure",
        error_messages={"invalid_choice": "Choose a treatment, test or scan from the list."},
    )
    consultant = RowField(
        label="Which consultant?",
        required=False,
        empty_label="Not sure",
        error_messages={"invalid_choice": "Choose a consultant from the list."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.choices.consultant and not self.data.get("consultant"):
            del self.fields["consultant"]

    def clean(self) -> None:
        """One way to reach them is required, and either will do."""
        super().clean()
        reachable = self.cleaned_data.get("phone") or self.cleaned_data.get("email")
        if not reachable and not {"phone", "email"} & self.errors.keys():
            self.add_error("phone", "Enter a phone number or an email, so that we can reply.")


class CallbackForm(RequestForm):
    """A wish to be rung."""

    kind = Enquiry.Kind.CALL_BACK
    url_name = "enquiries:request_callback"
    send_url_name = "enquiries:callback_send"
    send_label = "Ask us to call me"
    layout = [
        ("", ["name", "phone", "hospital", "aim", "call_time", "may_leave_message", "email"]),
        SOMEONE_ELSE,
        ("", ["consent"]),
    ]
    marked_optional = frozenset({"aim", "email"})

    phone = PhoneField(
        label="Phone number",
        help_text="Mobile or home. Spaces are fine.",
        error_messages={"required": "Enter a phone number, so that we can ring you."},
    )
    email = EmailField(
        required=False, help_text="In case we cannot reach you by phone. We send your reference there too."
    )
    aim = forms.ChoiceField(
        label="What is your call about?",
        required=False,
        choices=Enquiry.Aim.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose what your call is about from the list."},
    )
    call_time = CallTimeField()
    may_leave_message = forms.BooleanField(
        label="You can leave a message if I do not pick up",
        help_text="We say our name, and nothing about your health.",
        required=False,
    )
    procedure = CarriedRowField(required=False)
    consultant = CarriedRowField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        call_time: Any = self.fields["call_time"]
        hospital = self.chosen_hospital if self.offers_times else None
        call_time.offer(promises.free_slots(hospital).values() if hospital else ())
        self.asks_for_time_later = hospital is None
        if not call_time.offers_times and self["call_time"].value() in (None, "", CallTimeField.SOON):
            del self.fields["call_time"]

    @property
    def asks_for_time(self) -> bool:
        """The check page asks where this form's own page did not, or where the time has gone."""
        return "call_time" in self.fields and (not self["call_time"].value() or "call_time" in self.errors)

    def say_if_time_is_taken(self) -> None:
        """Their own place, when they come back to a page that they have sent already, is not gone."""
        call_time: Any = self.fields.get("call_time")
        key = self.cleaned_data.get("call_time", "")
        if call_time is None or call_time.is_free(key):
            return
        if not self.errors and Enquiry.objects.same_as(self.as_request()).exists():
            call_time.hold(key)
        else:
            self.add_error("call_time", CallTimeField.TAKEN)

    def offer_instead(self, free: dict[str, Slot]) -> None:
        self.fields["call_time"].offer(free.values())  # type: ignore[attr-defined]
        self.say_if_time_is_taken()


def typed(form_class: type[forms.Form], data: Any) -> list[tuple[str, str]]:
    """Every answer to a question of the form, as it was typed, whether or not it makes sense. Asks the database nothing."""
    tidy = tidied(data)
    return [(name, answer) for name in form_class.base_fields for answer in tidy.getlist(name)]


def _in_words(name: str, question: forms.Field) -> str:
    ticked = isinstance(question.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    answers = [f"- {label}" for value, label in question.choices if value] if ticked else []  # type: ignore[attr-defined]
    return "".join(
        f"{line}\n" for line in [question.label or pretty_name(name), question.help_text, *answers] if line
    )
