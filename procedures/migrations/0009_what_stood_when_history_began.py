"""The history of rows that stood before it was kept begins with how they stood."""

from django.db import migrations

from procedures.beginnings import note_what_stands

KEPT = [
    *("AvoidedWord", "Figure", "GlossaryTerm", "Illustration", "Procedure"),
    *("RedFlagCard", "Reviewer", "Source", "Synonym", "Video"),
]


class Migration(migrations.Migration):
    dependencies = [("procedures", "0008_history_of_evidence_and_words")]

    operations = [note_what_stands("procedures", *KEPT)]
