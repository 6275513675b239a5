"""How a backup fails: with a sentence, and with nothing that a row holds."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import CommandError
from django.db import Error

from kyphoplasty_site import localdb
from kyphoplasty_site.backups import Refused
from kyphoplasty_site.sealing import Broken


@contextmanager
def failing_plainly() -> Iterator[None]:
    """Turn whatever stops a backup or a restore into a CommandError."""
    try:
        yield
    except (Refused, Broken, localdb.Failure) as reason:
        raise CommandError(str(reason)) from reason
    except OSError as error:
        raise CommandError(f"{error.filename or 'The file'}: {error.strerror or error}.") from error
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"The bucket of pictures and films failed ({type(error).__name__}).") from error
    except Error as error:  # its message may quote a row
        raise CommandError(f"The database failed ({type(error).__name__}).") from error
