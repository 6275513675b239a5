"""Who oversees the service of a hospital's team.

A copy of kyphoplasty_site.access.MODELS as it stood that day.
"""

from django.db import migrations

from kyphoplasty_site.roles import grant

ROLES = {"Enquiry manager": {"enquiries.enquiry": "oversee"}}


class Migration(migrations.Migration):
    dependencies = [
        ("kyphoplasty_site", "0003_roles_for_the_directory"),
        ("enquiries", "0030_work_of_the_team"),
    ]

    operations = [grant(ROLES)]
