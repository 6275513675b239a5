"""Phone numbers as people type them, from the UK, the Islands, Ireland or anywhere."""

import phonenumbers
from django.core.exceptions import ValidationError
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

HOME = "GB"
HOME_CODE = 44
MOBILE_DIGITS = 10  # without the 0 in front

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


def read(typed: str) -> PhoneNumber:
    """The number meant. A number without a country code is taken to be in the UK."""
    try:
        number = phonenumbers.parse(typed, HOME)
    except NumberParseException as error:
        abroad = error.error_type == NumberParseException.INVALID_COUNTRY_CODE
        raise ValidationError(
            FIXES[ValidationResult.INVALID_COUNTRY_CODE] if abroad else NOT_A_NUMBER
        ) from error
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != ValidationResult.IS_POSSIBLE:
        raise ValidationError(FIXES[reason])
    if _is_short_mobile(number):
        raise ValidationError("Check the phone number. A mobile number has 11 digits, starting with 07.")
    return number


def _is_short_mobile(number: PhoneNumber) -> bool:
    """A few British numbers have ten digits, so a mobile with one left out would pass as one of them."""
    national = str(number.national_number)
    return number.country_code == HOME_CODE and national.startswith("7") and len(national) < MOBILE_DIGITS


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
