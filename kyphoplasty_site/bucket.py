"""Pictures and films in a bucket that all machines share, on any server that speaks S3. MEDIA_STORE names it."""

from typing import Any
from urllib.parse import urljoin

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import File
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage


class Bucket(S3Storage):
    """Browsers are never sent there: they ask at our own address, and media.py hands on what the bucket has."""

    def get_default_settings(self) -> dict[str, Any]:
        """Given up in seconds, so that readers of pages do not wait for pictures. A name that is taken stays as it is."""
        patience = Config(
            connect_timeout=2,
            read_timeout=5,
            retries={"total_max_attempts": 2},
            request_checksum_calculation="when_required",  # servers other than Amazon's may not know the newer ones
            response_checksum_validation="when_required",
            s3={"addressing_style": "path"},
        )
        return {**super().get_default_settings(), "client_config": patience, "file_overwrite": False}

    def url(self, name: str, *_: Any, **__: Any) -> str:
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name))

    def _open(self, name: str, mode: str = "rb") -> File:
        """Fail as a folder does: with FileNotFoundError, or, where the bucket does not answer, with ConnectionError."""
        try:
            return super()._open(name, mode)
        except BotoCoreError as error:
            raise ConnectionError("The bucket does not answer.") from error
        except ClientError as error:
            is_ours = error.response["ResponseMetadata"]["HTTPStatusCode"] < 500
            raise (FileNotFoundError(name) if is_ours else ConnectionError(name)) from error
