"""Who oversees the service of a hospital's team; and what each role may do with the read record, receipts, held mail and holds.

A copy of kyphoplasty_site.access.MODELS as it stood that day.
"""

from django.db import migrations

from kyphoplasty_site.roles import grant

ROLES = {
    "Enquiry manager": {
        "enquiries.enquiry": "oversee hold",
        "enquiries.outgoingmail": "retry",
        "enquiries.reading": "view",
    },
    "Administrator": {
        "enquiries.outgoingmail": "retry",
        "enquiries.reading": "view",
        "enquiries.deletion": "view",
        "enquiries.mailfence": "view change",
    },
}


class Migration(migrations.Migration):
    dependencies = [
        ("kyphoplasty_site", "0003_roles_for_the_directory"),
        ("enquiries", "0004_let_mail_leave_from_here"),
    ]

    operations = [grant(ROLES)]
