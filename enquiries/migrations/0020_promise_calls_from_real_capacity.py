"""Promise calls from real capacity, let patients change and withdraw, keep which questions were asked.

The best times of old requests go: they were a wish for a time of any day, and nobody was promised anything.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enquiries', '0002_let_followers_outlive_and_encrypt_patient_name'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='enquiry',
            name='best_time_has_a_start_and_a_later_end',
        ),
        migrations.RemoveConstraint(
            model_name='outgoingmail',
            name='each_mail_is_due_once',
        ),
        migrations.RemoveConstraint(
            model_name='outgoingmail',
            name='mail_has_a_purpose_we_know',
        ),
        migrations.RemoveField(
            model_name='enquiry',
            name='best_from_at',
        ),
        migrations.RemoveField(
            model_name='enquiry',
            name='best_until_at',
        ),
        migrations.AddField(
            model_name='enquiry',
            name='call_from_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='we ring from'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='call_place',
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='call_until_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='we ring until'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='due_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='promised by'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='questions_hash',
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='questions_version',
            field=models.CharField(blank=True, editable=False, max_length=20),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='withdrawn'),
        ),
        migrations.AlterField(
            model_name='outgoingmail',
            name='purpose',
            field=models.CharField(choices=[('received', 'To the patient: we have your request'), ('team', 'To the team: a new request'), ('changed', 'To the patient: what they changed')], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('call_from_at', None), ('call_place', None), ('call_until_at', None)), models.Q(('call_from_at__isnull', False), ('call_place__gte', 1), ('call_place__isnull', False), ('call_until_at__gt', models.F('call_from_at')), ('call_until_at__isnull', False)), _connector='OR'), name='promised_call_has_a_start_a_later_end_and_a_place', violation_error_message='Choose a time to ring from the list.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.UniqueConstraint(fields=('hospital', 'call_from_at', 'call_place'), name='place_in_a_call_window_is_given_once', violation_error_message='That time has just been taken. Choose another.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('questions_hash', ''), ('questions_version', '')), models.Q(models.Q(('questions_version', ''), _negated=True), ('questions_hash__regex', '^[0-9a-f]{64}$')), _connector='OR'), name='questions_are_known_by_version_and_hash', violation_error_message='Say which questions were asked.'),
        ),
        migrations.AddConstraint(
            model_name='outgoingmail',
            constraint=models.UniqueConstraint(condition=models.Q(('purpose', 'changed'), _negated=True), fields=('enquiry', 'purpose'), name='each_mail_is_due_once', violation_error_message='This mail is already in the outbox.'),
        ),
        migrations.AddConstraint(
            model_name='outgoingmail',
            constraint=models.CheckConstraint(condition=models.Q(('purpose__in', ['received', 'team', 'changed'])), name='mail_has_a_purpose_we_know', violation_error_message='Choose which mail it is.'),
        ),
    ]
