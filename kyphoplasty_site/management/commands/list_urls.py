"""List every address of the site with the roles allowed there."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kyphoplasty_site.access import Row, addresses, pressers


class Command(BaseCommand):
    """Print the table of kyphoplasty_site/access.py against the addresses that really exist."""

    help = "List every address with the roles allowed to read it and to post to it; of a list, who may do what with several of its rows. One JSON line."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(addresses())
        if missing := [address.name for address in found if address.row is None]:
            raise CommandError(f"No row in kyphoplasty_site/access.py for: {', '.join(missing)}")
        self.stdout.write(json.dumps({"urls": [_told(a.name, a.route, a.row) for a in found if a.row]}))


def _told(name: str, route: str, row: Row) -> dict[str, Any]:
    told = {"name": name, "route": f"/{route}", "read": sorted(row.read), "post": sorted(row.post)}
    presses = {press: sorted(roles) for press, roles in pressers(name).items()}
    return told | ({"presses": presses} if presses else {})
