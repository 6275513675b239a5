"""Passwords that somebody who knows the hospital or the person would try first."""

import re

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from procedures.models import Hospital

SITE_WORDS = "kyphoplasty harpenden spire hospital staff desk password welcome letmein qwerty admin consultant vertebra"
LONG_ENOUGH_TO_TELL = 4
# So many letters must be left when all that is easily known is taken out.
LEFT_OVER = 8


class ContextValidator:
    """Refuse what is mostly the hospital's name, the site's words, or the person's own name."""

    def validate(self, password: str, user: User | None = None) -> None:
        left = _plain(password)
        for word in sorted(_known(user), key=len, reverse=True):
            left = left.replace(word, "")
        if len(set(left)) < LEFT_OVER // 2 or len(left) < LEFT_OVER:
            raise ValidationError(
                "This password is mostly names or words that others would guess here, or the same few signs. "
                "Use words that have nothing to do with you or the hospital.",
                code="password_in_context",
            )

    def get_help_text(self) -> str:
        return "Not the hospital’s name, your own name or what this site is about."


def _known(user: User | None) -> set[str]:
    """The words that stand near to hand."""
    said = [SITE_WORDS, *(f"{hospital.name} {hospital.town}" for hospital in Hospital.objects.all()[:20])]
    if user:
        said += [user.username, user.first_name, user.last_name, user.email]
    words = {word for text in said for word in re.split(r"[\W_]+", _folded(text))}
    return {word for word in words if len(word) >= LONG_ENOUGH_TO_TELL}


def _folded(text: str) -> str:
    """As it is read whatever stands for a letter: “Pa55w0rd” as “password”."""
    return text.lower().translate(str.maketrans("013457@$!", "oleastasi"))


def _plain(password: str) -> str:
    return re.sub(r"[\W_]+", "", _folded(password))
