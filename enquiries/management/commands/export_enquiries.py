"""Every request with all that belongs to it, for a move to another system."""

import json
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder

from enquiries.models import Enquiry, Reading
from enquiries.models.reading import record
from enquiries.persons import everything_about


class Command(BaseCommand):
    """It shows what patients wrote, so each line is put on record before it is printed."""

    help = (
        "Prints every request with what was written, the mail about it and its log: a line of JSON for each, the oldest first. "
        "Each is put on record as exported. What comes out is not encrypted: keep it as safe as the keys."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for enquiry in Enquiry.objects.order_by("created_at", "pk").iterator(chunk_size=500):
            record(None, Reading.Deed.EXPORTED, [enquiry])
            self.stdout.write(json.dumps(everything_about(enquiry), cls=DjangoJSONEncoder))
