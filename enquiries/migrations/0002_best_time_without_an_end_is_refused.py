from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enquiries', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='enquiry',
            name='best_time_has_a_start_and_a_later_end',
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('best_from_at', None), ('best_until_at', None)), models.Q(('best_from_at__isnull', False), ('best_until_at__gt', models.F('best_from_at')), ('best_until_at__isnull', False)), _connector='OR'), name='best_time_has_a_start_and_a_later_end', violation_error_message='Choose a time to ring from the list.'),
        ),
    ]
