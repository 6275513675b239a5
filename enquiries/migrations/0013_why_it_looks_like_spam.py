from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enquiries", "0012_finding_among_a_million"),
    ]

    operations = [
        migrations.AlterField(
            model_name="enquiry",
            name="suspected_because",
            field=models.CharField(
                blank=True,
                choices=[
                    ("trap", "A box that people do not see was filled in"),
                    ("speed", "It came faster than a person reads, or not from our page"),
                    ("address", "Very many came from one address"),
                    ("number", "Many came for one phone number or email address"),
                ],
                editable=False,
                max_length=8,
                verbose_name="why",
            ),
        ),
    ]
