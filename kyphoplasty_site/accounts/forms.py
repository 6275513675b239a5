"""What staff fill in about their own account."""

import logging
import struct

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as passkeys
from django import forms

logger = logging.getLogger(__name__)
TRIPPED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, struct.error)


class AnyCredential(forms.Form):
    """Whatever is sent as a passkey and is none is a wrong one. The library trips over what no browser makes."""

    def full_clean(self) -> None:
        try:
            super().full_clean()
        except TRIPPED as error:
            logger.warning("A passkey was no passkey (%s).", type(error).__name__)
            self.add_error("credential", get_adapter().error_messages["incorrect_code"])


class AddPasskeyForm(AnyCredential, passkeys.AddWebAuthnForm):
    """Every passkey asks for its owner’s finger, face or PIN, so that it is both factors at once."""

    passwordless = forms.BooleanField(widget=forms.HiddenInput, required=False, initial=True)

    def clean_passwordless(self) -> bool:
        return True


class AuthenticatePasskeyForm(AnyCredential, passkeys.AuthenticateWebAuthnForm):
    """Shown after the password."""


class LoginPasskeyForm(AnyCredential, passkeys.LoginWebAuthnForm):
    """Shown in place of the password."""


class ReauthenticatePasskeyForm(AnyCredential, passkeys.ReauthenticateWebAuthnForm):
    """Shown once more before something that only its owner may do."""
