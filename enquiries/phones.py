"""Phone numbers as people type them, from the UK, the Islands, Ireland or anywhere."""

import re

import phonenumbers
from django.core.exceptions import ValidationError
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

HOME = "GB"
HOME_CODE = 44
HOME_DIGITS = 10  # without the 0 in front
LETTERS = re.compile(r"[^\W\d_]+")

# What to do about each thing that can be wrong. Numbers are checked for being possible, not for being in use:
# the lists of numbers in use lag behind, and call the regulator's own example numbers wrong.
FIXES = {
    ValidationResult.TOO_SHORT: "Check the phone number. Some digits seem to be missing.",
    ValidationResult.TOO_LONG: "Check the phone number. It seems to have too many digits.",
    ValidationResult.INVALID_LENGTH: "Check the phone number. It seems to have a digit too few or too many.",
    ValidationResult.INVALID_COUNTRY_CODE: "Check the country code at the start, such as +44 or +353.",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "Add the area code to the phone number, such as 01582.",
}
NOT_A_NUMBER = "Enter a phone number in digits, such as 07700 900123."
HAS_LETTERS = "Use only digits in the phone number. You typed “{letters}”{slip}."
HAS_EXTENSION = "Leave out the extension. Give a number on which we reach you without one."
WRONG_LENGTH = "Check the phone number. A UK number has 11 digits, starting with 0."


def read(typed: str) -> PhoneNumber:
    """The number meant. A number without a country code is taken to be in the UK."""
    try:
        number = phonenumbers.parse(typed, HOME)
    except NumberParseException as error:
        abroad = error.error_type == NumberParseException.INVALID_COUNTRY_CODE
        raise ValidationError(
            FIXES[ValidationResult.INVALID_COUNTRY_CODE] if abroad else NOT_A_NUMBER
        ) from error
    if number.extension:
        raise ValidationError(HAS_EXTENSION)
    if found := LETTERS.search(
        typed
    ):  # which the parser would read as the keys of an old phone, or leave out
        letters = found.group()
        slip = ", a letter, not 0" if set(letters.upper()) == {"O"} else ""
        raise ValidationError(HAS_LETTERS.format(letters=letters, slip=slip))
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != ValidationResult.IS_POSSIBLE:
        raise ValidationError(FIXES[reason])
    if not number.national_number:
        raise ValidationError(NOT_A_NUMBER)
    if _is_short(number):
        raise ValidationError(WRONG_LENGTH)
    return number


def _is_short(number: PhoneNumber) -> bool:
    """A few British numbers have fewer digits, and are known, so any other with one left out would pass as one of them."""
    at_home = number.country_code == HOME_CODE
    is_whole = len(str(number.national_number)) == HOME_DIGITS
    return at_home and not is_whole and not phonenumbers.is_valid_number(number)


def in_full(typed: str) -> str:
    """With its country code and nothing else, as machines dial it: “+447700900123”."""
    return phonenumbers.format_number(read(typed), PhoneNumberFormat.E164)


def spaced(number_in_full: str) -> str:
    """In groups a person can check: “07700 900123” at home, “+353 1 234 5678” elsewhere."""
    number = phonenumbers.parse(number_in_full)
    at_home = number.country_code == HOME_CODE
    return phonenumbers.format_number(
        number, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    )
