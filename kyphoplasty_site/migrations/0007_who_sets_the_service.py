"""Who may change the promise, the retention, what patients agree to and what the mails say.

A copy of kyphoplasty_site.access.MODELS as it stood that day.
"""

from django.db import migrations

from kyphoplasty_site.roles import grant

ROLES = {
    "Enquiry manager": {
        "enquiries.servicepolicy": "view",
        "enquiries.consentwording": "view",
        "enquiries.mailtext": "view change",
    },
    "Administrator": {
        "enquiries.servicepolicy": "view change",
        "enquiries.consentwording": "view add",
        "enquiries.mailtext": "view",
    },
}


class Migration(migrations.Migration):
    dependencies = [
        ("kyphoplasty_site", "0006_who_sets_the_site"),
        ("enquiries", "0006_what_the_site_came_with"),
    ]

    operations = [grant(ROLES)]
