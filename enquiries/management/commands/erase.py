"""Erase requests because somebody asked: one by its reference, or all of a person."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from enquiries import references
from enquiries.erasure import KeptForTheLaw, erase
from enquiries.models import Enquiry
from enquiries.persons import Person

NOBODY, KEPT = 1, 3


class Command(BaseCommand):
    """What it deletes is gone at once, with what was joined to it, its mail, log and history; a receipt with the reference stays."""

    help = (
        "Erases a request, or all requests of a person, with all that belongs to them. One JSON line: the references erased, "
        "those that a legal hold keeps, and how many rows elsewhere name the person, which somebody must look at. "
        "Exit code 1: nothing was found. Exit code 3: a legal hold kept something."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--reference", help="The reference of one request, such as 7F3K924XP.")
        whose.add_argument("--person", help="A phone number or an email address, however it is spelt.")

    def handle(self, *args: Any, **options: Any) -> None:
        person = person_named(options["person"]) if options["person"] else None
        reference = references.as_stored(options["reference"] or "")
        found = list(person.requests if person else Enquiry.objects.filter(reference=reference))
        erased, kept = [], []
        for enquiry in found:
            try:
                erased += [receipt.reference for receipt in erase(enquiry)]
            except KeptForTheLaw:
                kept.append(enquiry.reference)
        elsewhere = person.elsewhere(apart_from=found) if person else {}
        self.stdout.write(json.dumps({"erased": erased, "kept_for_the_law": kept, "elsewhere": elsewhere}))
        if kept:
            raise CommandError("A legal hold kept something. A manager can lift it.", returncode=KEPT)
        if not erased:
            raise CommandError("Nothing was found, so nothing was erased.", returncode=NOBODY)


def person_named(typed: str) -> Person:
    """The person, or what is wrong with the number."""
    try:
        return Person.named(typed)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages), returncode=NOBODY) from error
