"""What the team does with a request: whose it is, tries, notes, how it ended. Stored requests are promised a call within a day."""

import django.db.models.deletion
import django.utils.timezone
import enquiries.encryption
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('consultants', '0005_history_and_small_portraits'),
        ('enquiries', '0002_let_followers_outlive_and_encrypt_patient_name'),
        ('procedures', '0006_history_of_hospitals_and_offerings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('spoke', 'Spoke to them'), ('booked', 'Booked'), ('no_answer', 'No answer'), ('left_message', 'Left a message'), ('wrong_number', 'Wrong number'), ('not_for_us', 'Not for us'), ('wrote', 'Wrote to them')], max_length=12)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('kind', models.CharField(max_length=4)),
                ('requests', models.PositiveIntegerField(verbose_name='how many requests')),
                ('reason', enquiries.encryption.EncryptedTextField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', enquiries.encryption.EncryptedTextField()),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AlterModelOptions(
            name='enquiry',
            options={'permissions': [('oversee_enquiry', 'Can oversee the service and export requests')], 'verbose_name_plural': 'enquiries'},
        ),
        migrations.RemoveConstraint(
            model_name='outgoingmail',
            name='mail_has_a_purpose_we_know',
        ),
        migrations.AddField(
            model_name='enquiry',
            name='claimed_until',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='with them until'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='due_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='call promised by'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='duplicate_of',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='duplicates', to='enquiries.enquiry'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='next_try_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='next try'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='opened_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='first opened'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='outcome',
            field=models.CharField(blank=True, choices=[('answered', 'Answered'), ('booked', 'Booked'), ('not_for_us', 'Not for us'), ('not_reached', 'Could not reach'), ('duplicate', 'Part of another request'), ('spam', 'Spam')], editable=False, max_length=11),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='owner',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='held_enquiries', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='tries',
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AlterField(
            model_name='outgoingmail',
            name='purpose',
            field=models.CharField(choices=[('received', 'To the patient: we have your request'), ('team', 'To the team: a new request'), ('missed', 'To the patient: we could not reach you'), ('overdue', 'To the managers: calls are overdue')], max_length=8),
        ),
        migrations.RunSQL(
            [
                "UPDATE enquiries_enquiry SET outcome = 'answered' WHERE handled_at IS NOT NULL",
                "UPDATE enquiries_enquiry SET due_at = created_at + interval '1 day' WHERE due_at IS NULL",
            ],
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('handled_at', None), ('outcome', '')), models.Q(('handled_at__isnull', False), ('outcome__in', ['answered', 'booked', 'not_for_us', 'not_reached', 'duplicate', 'spam'])), _connector='OR'), name='handled_says_how_it_ended', violation_error_message='Say how the request ended.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('claimed_until', None), ('owner', None)), models.Q(('claimed_until__isnull', False), ('owner__isnull', False)), _connector='OR'), name='held_says_by_whom_and_until_when', violation_error_message='Say both who is busy with it and until when.'),
        ),
        migrations.AddConstraint(
            model_name='outgoingmail',
            constraint=models.CheckConstraint(condition=models.Q(('purpose__in', ['received', 'team', 'missed', 'overdue'])), name='mail_has_a_purpose_we_know', violation_error_message='Choose which mail it is.'),
        ),
        migrations.AddField(
            model_name='attempt',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='attempt',
            name='enquiry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='enquiries.enquiry'),
        ),
        migrations.AddField(
            model_name='export',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='note',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='note',
            name='enquiry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='enquiries.enquiry'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['enquiry', 'made_at'], name='attempts_of_a_request'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['spoke', 'booked', 'no_answer', 'left_message', 'wrong_number', 'not_for_us', 'wrote'])), name='attempt_has_an_outcome_we_know', violation_error_message='Choose what came of the call.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='attempt',
            trigger=pgtrigger.compiler.Trigger(name='no_message_is_left_unasked', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NEW.outcome = 'left_message' AND NOT EXISTS (\n                        SELECT FROM enquiries_enquiry WHERE id = NEW.enquiry_id AND may_leave_message\n                    ) THEN RAISE EXCEPTION 'They did not say that we may leave a message.'\n                        USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='9f0585c204b33c820052c3b49d5bff477a396894', operation='INSERT OR UPDATE', pgid='pgtrigger_no_message_is_left_unasked_d378f', table='enquiries_attempt', when='BEFORE')),
        ),
    ]
