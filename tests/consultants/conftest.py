"""What the stories of consultants share with those of requests: a mail server."""

from tests.enquiries.conftest import mail_server

__all__ = ["mail_server"]
