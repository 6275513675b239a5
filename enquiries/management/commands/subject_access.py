"""All that we hold about one person, for an answer to their subject access request."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from enquiries.management.commands.erase import NOBODY, person_named
from enquiries.models import Reading
from enquiries.models.reading import record
from enquiries.persons import everything_about


class Command(BaseCommand):
    """It shows what patients wrote, so it is put on record as an export."""

    help = (
        "Prints all that is held about a person: their requests with what they wrote, the mail about them and who read them; "
        "and how many rows elsewhere name the person, which somebody must look at. One JSON line. "
        "Exit code 1: nothing was found."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--person", required=True, help="A phone number or an email address, however it is spelt."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        person = person_named(options["person"])
        requests = list(person.requests)
        elsewhere = person.elsewhere(apart_from=requests)
        record(None, Reading.Deed.EXPORTED, requests)
        references = [enquiry.reference for enquiry in requests]
        readings = (
            Reading.objects.filter(references__overlap=references).order_by("at").select_related("user")
        )
        held = {
            "requests": [everything_about(enquiry) for enquiry in requests],
            "read_by": [{"at": line.at, "who": str(line.user or ""), "deed": line.deed} for line in readings],
            "elsewhere": elsewhere,
        }
        self.stdout.write(json.dumps(held, cls=DjangoJSONEncoder))
        if not requests and not elsewhere:
            raise CommandError("Nothing was found.", returncode=NOBODY)
