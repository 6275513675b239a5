"""The secrets of authenticator apps and recovery codes, brought under the newest key of FIELD_KEYS."""

from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from django.db import transaction

from enquiries.encryption import keyring, standing

# Where each kind of second factor keeps its secret. A passkey has none: its public half is no secret.
PLACES = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


class FactorSecrets:
    """What `rotate_keys` does with the columns of patients, for the second factors of staff."""

    def __str__(self) -> str:
        return "second factors"

    def run(self) -> Iterator[int]:
        """Encrypt again what an older key encrypts, and yield how many."""
        old = [factor.pk for factor in self._factors() if standing(_secret(factor)) == "old"]
        for pk in old:
            yield _rotate(pk)

    def values(self) -> Iterator[str]:
        """All secrets, as they are stored."""
        return (_secret(factor) for factor in self._factors())

    def left(self) -> tuple[int, int]:
        """How many an older key still holds, and how many no key opens."""
        found = [standing(stored) for stored in self.values()]
        return found.count("old"), found.count("lost")

    def _factors(self) -> Iterator[Authenticator]:
        return Authenticator.objects.filter(type__in=PLACES).iterator()


@transaction.atomic
def _rotate(pk: int) -> int:
    """One that its owner has taken away meanwhile is gone."""
    factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if factor is None:
        return 0
    factor.data[PLACES[factor.type]] = keyring().rotate(_secret(factor)).decode()
    factor.save(update_fields=["data"])
    return 1


def _secret(factor: Authenticator) -> str:
    return str(factor.data[PLACES[factor.type]])
