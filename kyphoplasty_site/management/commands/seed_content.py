"""Fill an empty database with the first pages."""

import json
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

import consultants.seed
import enquiries.seed
import procedures.seed
from consultants.models import Consultant
from procedures.models import Edition, Hospital


class Command(BaseCommand):
    """Load the seed once: a database that already holds a hospital is left as it is."""

    help = "Fill an empty database with the first pages. A database that holds a hospital is left alone."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        loaded = not Hospital.objects.exists()
        if loaded:
            procedures.seed.load()
            consultants.seed.load()
            enquiries.seed.load()
        counts = {"editions": Edition.objects.count(), "consultants": Consultant.objects.count()}
        self.stdout.write(json.dumps({"loaded": loaded, **counts}))
