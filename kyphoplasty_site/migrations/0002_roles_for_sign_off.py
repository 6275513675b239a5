"""What each role may do with sign-offs, reviewers, tasks and what else came with them.

A copy of kyphoplasty_site.access.MODELS as it stood that day.
"""

from django.db import migrations

from kyphoplasty_site.roles import grant

ROLES = {
    "Content editor": {
        "procedures.video": "view add change delete",
        "procedures.avoidedword": "view add change delete",
        "procedures.leaflet": "view",
        "procedures.previewlink": "view add change",
        "procedures.task": "view change",
        "procedures.reviewer": "view",
        "procedures.signoff": "view",
    },
    "Clinical reviewer": {
        "procedures.video": "view",
        "procedures.avoidedword": "view",
        "procedures.leaflet": "view",
        "procedures.previewlink": "view",
        "procedures.task": "view",
        "procedures.reviewer": "view",
        "procedures.signoff": "view add",
    },
    "Directory editor": {
        "procedures.video": "view",
        "procedures.avoidedword": "view",
        "procedures.leaflet": "view",
        "procedures.previewlink": "view",
        "procedures.task": "view",
        "procedures.reviewer": "view",
        "procedures.signoff": "view",
    },
    "Administrator": {
        "procedures.video": "view add change delete",
        "procedures.avoidedword": "view add change delete",
        "procedures.leaflet": "view",
        "procedures.previewlink": "view add change",
        "procedures.task": "view change",
        "procedures.reviewer": "view add change",
        "procedures.signoff": "view change",
    },
}


class Migration(migrations.Migration):
    dependencies = [
        ("kyphoplasty_site", "0001_roles"),
        ("procedures", "0002_editions_evidence_and_sign_off"),
    ]

    operations = [grant(ROLES)]
