"""Everything the publish gate objects to, in every edition in which it can still be put right."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from procedures.gate import Finding, findings
from procedures.models import Edition


class Command(BaseCommand):
    """A person at a terminal also reads the findings, as they come; a machine gets the one line."""

    help = (
        "Checks what patients are told, as the publish gate does: the current editions, those set for later and the drafts. "
        "One JSON line: how many findings, and each with its edition, block, sentence, reason and fix. "
        "Fails when any of them blocks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all",
            action="store_true",
            help="Also check replaced and withdrawn editions, which never make it fail.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        standing = set(Edition.objects.standing().values_list("pk", flat=True))
        editions = Edition.objects.all() if options["all"] else Edition.objects.filter(pk__in=standing)
        rows, stopped = [], 0
        for edition in editions.with_blocks():
            found = findings(edition)
            rows += [row(edition, finding) for finding in found]
            stopped += sum(finding.is_blocking for finding in found) if edition.pk in standing else 0
            self.tell(edition, found)
        blocking = sum(row["blocking"] for row in rows)
        counts = {"editions": len(editions), "blocking": blocking, "advisory": len(rows) - blocking}
        self.stdout.write(json.dumps(counts | {"findings": rows}, ensure_ascii=False))
        if stopped:
            raise CommandError(f"Findings that stop a publication: {stopped}.")

    def tell(self, edition: Edition, found: list[Finding]) -> None:
        """For a person who watches."""
        if not self.stderr.isatty():
            return
        self.stderr.write(
            f"{edition}: {'nothing found' if not found else f'{len(found)} found'}",
            self.style.MIGRATE_HEADING,
        )
        for finding in found:
            style = self.style.ERROR if finding.is_blocking else self.style.WARNING
            self.stderr.write(f"  {'Stops' if finding.is_blocking else 'Advice'}: {where(finding)}", style)
            for line in filter(None, (finding.sentence, finding.reason, finding.fix)):
                self.stderr.write(f"    {line}", str)


def row(edition: Edition, finding: Finding) -> dict[str, Any]:
    """A finding as a machine reads it."""
    return {
        "edition": str(edition),
        "block": where(finding),
        "sentence": finding.sentence,
        "reason": finding.reason,
        "fix": finding.fix,
        "blocking": finding.is_blocking,
    }


def where(finding: Finding) -> str:
    """The place on the page, for a person to find it."""
    return f"{finding.block.position}. {finding.block}" if finding.block else "The page as a whole"
