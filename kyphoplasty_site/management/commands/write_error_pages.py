"""Write the pages that nginx shows by itself, beside the static files."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kyphoplasty_site.error_pages import write_error_pages


class Command(BaseCommand):
    help = "Write the pages that nginx shows by itself, beside the static files. Run it after collectstatic."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = write_error_pages()
        except (OSError, ValueError) as error:
            raise CommandError(f"The pages cannot be written: {error}") from error
        self.stdout.write(json.dumps({"written": [str(page) for page in written]}))
