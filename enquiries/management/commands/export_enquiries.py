"""Every request with all that belongs to it, for a move to another system."""

import json
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import prefetch_related_objects

from enquiries.models import Enquiry, Reading
from enquiries.models.reading import record
from enquiries.persons import all_that_is_named, everything_about


class Command(BaseCommand):
    """It shows what patients wrote, so each part is put on record before it is printed."""

    help = (
        "Prints every request with what was written, the mail about it and its log: a line of JSON for each, the oldest first. "
        "Each is put on record as exported. What comes out is not encrypted: keep it as safe as the keys."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for part in Enquiry.objects.in_parts():
            record(None, Reading.Deed.EXPORTED, part)
            prefetch_related_objects(part, *all_that_is_named())
            for enquiry in part:
                self.stdout.write(json.dumps(everything_about(enquiry), cls=DjangoJSONEncoder))
