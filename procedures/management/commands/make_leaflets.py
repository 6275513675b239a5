"""Make the leaflets that are missing, now."""

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from procedures import leaflets, printing
from procedures.models import Leaflet


class Command(BaseCommand):
    """The worker does the same, one at a time; this is for doing it at once, and for seeing what stands in the way."""

    help = (
        "Makes the leaflet of every edition that readers see or will see, in both sizes, where it is missing. "
        "Takes seconds for each, and tells of each as it comes. One JSON line: how many were made, and what failed. "
        "Fails when any could not be made."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not printing.can_print():
            raise CommandError(printing.LACKING)
        made, failed = 0, {}
        for edition, size in Leaflet.objects.missing():
            began = time.monotonic()
            try:
                leaflet = leaflets.make(edition, size)
            except printing.CannotPrint as error:
                failed[f"{edition}, {size}"] = str(error)
                continue
            made += 1
            seconds = time.monotonic() - began
            self.stderr.write(f"{leaflet}: pages {leaflet.pages}, seconds {seconds:.1f}", str)
        self.stdout.write(json.dumps({"made": made, "failed": failed}))
        if failed:
            raise CommandError(f"Leaflets that could not be made: {len(failed)}.")
