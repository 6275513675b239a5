"""What each role may do with synonyms, counts of procedures and what secretaries are asked.

A copy of kyphoplasty_site.access.MODELS as it stood that day.
"""

from django.db import migrations

from kyphoplasty_site.roles import grant

ROLES = {
    "Content editor": {
        "procedures.synonym": "view add change delete",
        "consultants.procedurecount": "view",
    },
    "Clinical reviewer": {"procedures.synonym": "view", "consultants.procedurecount": "view"},
    "Directory editor": {
        "procedures.synonym": "view add change delete",
        "consultants.procedurecount": "view add change delete",
        "consultants.reconfirmation": "view add change",
    },
    "Enquiry handler": {"consultants.procedurecount": "view"},
    "Enquiry manager": {"consultants.procedurecount": "view"},
    "Administrator": {
        "procedures.synonym": "view add change delete",
        "consultants.procedurecount": "view add change delete",
        "consultants.reconfirmation": "view add change",
    },
}


class Migration(migrations.Migration):
    dependencies = [
        ("kyphoplasty_site", "0002_roles_for_sign_off"),
        ("consultants", "0004_reconfirmations"),
        ("procedures", "0005_search"),
    ]

    operations = [grant(ROLES)]
