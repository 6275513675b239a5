"""Nobody deletes a red-flag card any longer.

A copy of kyphoplasty_site.access.MODELS as it stood that day.
"""

from django.db import migrations

from kyphoplasty_site.roles import take_away


class Migration(migrations.Migration):
    dependencies = [("kyphoplasty_site", "0008_index_of_the_desks_log")]

    operations = [take_away({"Administrator": {"procedures.redflagcard": "delete"}})]
