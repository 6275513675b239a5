"""List every address of the site with the roles allowed there."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kyphoplasty_site.access import addresses


class Command(BaseCommand):
    """Print the table of kyphoplasty_site/access.py against the addresses that really exist."""

    help = "List every address with the roles allowed to read it and to post to it, as one JSON line."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(addresses())
        if missing := [address.name for address in found if address.row is None]:
            raise CommandError(f"No row in kyphoplasty_site/access.py for: {', '.join(missing)}")
        listed = [
            {"name": a.name, "route": f"/{a.route}", "read": sorted(a.row.read), "post": sorted(a.row.post)}
            for a in found
            if a.row
        ]
        self.stdout.write(json.dumps({"urls": listed}))
