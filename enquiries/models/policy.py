"""What the hospital promises and how long it keeps what patients sent, within the limits of the code: one row."""

from datetime import timedelta

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from enquiries import retention
from procedures.remembering import remembered

MOST_HOURS, MOST_TRIES, MOST_TRY_DAYS = 40, 10, 10


def _within(name: str, least: int, most: int, of: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{of}__range": (least, most)}),
        violation_error_message=f"Choose a number from {least} to {most}.",
    )


class ServicePolicyQuerySet(models.QuerySet["ServicePolicy"]):
    """The one row."""

    def current(self) -> "ServicePolicy":
        """What holds now."""
        return self.all()[0]


class ServicePolicy(models.Model):
    """By when we call, how often we try, and how long requests are kept: one row, never deleted."""

    promised_hours = models.PositiveSmallIntegerField(
        "we call within (working hours)",
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_HOURS)],
        help_text=f"From 1 to {MOST_HOURS}. A patient who chose no time is told by when: so many of the hospital’s"
        " working hours away. Their private page, our mail and the team’s clock all say so."
        " A change holds for new requests; each request keeps the promise that it was given.",
    )
    tries = models.PositiveSmallIntegerField(
        "how often we try to reach somebody",
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_TRIES)],
        help_text=f"From 1 to {MOST_TRIES}. After so many calls in vain the request is finished as “Could not reach”,"
        " and the patient is told by mail.",
    )
    try_days = models.PositiveSmallIntegerField(
        "over how many working days",
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_TRY_DAYS)],
        help_text=f"From 1 to {MOST_TRY_DAYS}. The calls are spread evenly over these days,"
        " so that they fall at different times of day.",
    )
    requests_days = models.PositiveSmallIntegerField(
        "requests are kept for (days)",
        default=retention.REQUESTS.usual,
        validators=[
            MinValueValidator(retention.REQUESTS.least),
            MaxValueValidator(retention.REQUESTS.most),
        ],
        help_text=f"From {retention.REQUESTS.least} to {retention.REQUESTS.most}, counted from when a request has been"
        " dealt with or withdrawn. Patients read it beside both forms and on the privacy page. After it, everything"
        " about the request is deleted for good. A shorter time holds for all requests, a longer one for new ones only:"
        " the others leave when their own form said.",
    )
    spam_days = models.PositiveSmallIntegerField(
        "spam is kept for (days)",
        default=retention.SPAM.usual,
        validators=[MinValueValidator(retention.SPAM.least), MaxValueValidator(retention.SPAM.most)],
        help_text=f"From {retention.SPAM.least} to {retention.SPAM.most}, counted from when a person has said that it is"
        " spam. No page shows it.",
    )

    objects = ServicePolicyQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = verbose_name_plural = "promise and retention"
        constraints = [
            models.CheckConstraint(
                name="service_policy_is_one_row",
                condition=Q(pk=1),
                violation_error_message="There is one service, so its policy is one row.",
            ),
            _within("promise_is_within_a_working_week", 1, MOST_HOURS, "promised_hours"),
            _within("tries_are_few_and_at_least_one", 1, MOST_TRIES, "tries"),
            _within("try_days_are_few_and_at_least_one", 1, MOST_TRY_DAYS, "try_days"),
            _within(
                "requests_are_kept_within_the_policy",
                retention.REQUESTS.least,
                retention.REQUESTS.most,
                "requests_days",
            ),
            _within("spam_is_kept_within_the_policy", retention.SPAM.least, retention.SPAM.most, "spam_days"),
            models.CheckConstraint(
                name="spam_leaves_no_later_than_requests",
                condition=Q(spam_days__lte=F("requests_days")),
                violation_error_message="Spam cannot be kept for longer than other requests.",
            ),
        ]
        triggers = [pgtrigger.Protect(name="service_policy_stays", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return "Promise and retention"

    @property
    def promised(self) -> timedelta:
        """How much working time may pass before we ring or write."""
        return timedelta(hours=self.promised_hours)

    @property
    def requests_for(self) -> timedelta:
        """How long a request is kept once it has been dealt with."""
        return timedelta(days=self.requests_days)

    @property
    def spam_for(self) -> timedelta:
        """How long spam is kept once a person has said that it is spam."""
        return timedelta(days=self.spam_days)

    @property
    def is_confirmed(self) -> bool:
        """Whether a person has ever saved it. Until then it is our own default."""
        return bool(self.history.exclude(history_user=None).exists())


@remembered
def policy_in_force() -> ServicePolicy:
    """What holds now. A web process reads it once a change."""
    return ServicePolicy.objects.current()
