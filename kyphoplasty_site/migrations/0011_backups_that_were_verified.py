from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kyphoplasty_site", "0010_version_of_the_content"),
    ]

    operations = [
        migrations.CreateModel(
            name="Backup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("taken_at", models.DateTimeField()),
                ("size", models.BigIntegerField(help_text="In bytes.")),
            ],
        ),
    ]
