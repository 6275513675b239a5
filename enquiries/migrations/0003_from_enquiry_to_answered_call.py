"""Call windows with places, the work of the team, changes by patients, the read record, receipts, holds and suspicion.

The best times of old requests go: they were a wish for a time of any day, and nobody was promised anything.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import enquiries.encryption
import enquiries.models.outbox
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
            name='Deletion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='when')),
                ('cause', models.CharField(choices=[('time', 'Their time was over'), ('erasure', 'Somebody asked us to erase it')], editable=False, max_length=7)),
                ('reference', models.CharField(blank=True, editable=False, max_length=9)),
                ('counts', models.JSONField(editable=False, verbose_name='how many of each')),
            ],
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
        migrations.AddField(
            model_name='export',
            name='hospitals',
            field=models.ManyToManyField(related_name='exports', to='procedures.hospital', verbose_name='of these hospitals'),
        ),
        migrations.CreateModel(
            name='MailFence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(editable=False, max_length=60)),
                ('lifted_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'verbose_name_plural': 'mail fence',
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
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='when')),
                ('deed', models.CharField(choices=[('listed', 'Saw it in a list'), ('searched', 'Found it by a search'), ('opened', 'Opened it'), ('printed', 'Printed it'), ('exported', 'Exported it')], max_length=8, verbose_name='what they did')),
                ('references', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=9), size=None)),
            ],
            options={
                'verbose_name': 'line of the read record',
                'verbose_name_plural': 'read record',
            },
        ),
        migrations.AlterModelOptions(
            name='enquiry',
            options={'permissions': [('oversee_enquiry', 'Can oversee the service and export requests'), ('hold_enquiry', 'Can keep a request for the law')], 'verbose_name_plural': 'enquiries'},
        ),
        migrations.AlterModelOptions(
            name='outgoingmail',
            options={'permissions': [('retry_outgoingmail', 'Can have held mail tried again')], 'verbose_name_plural': 'outgoing mail'},
        ),
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
        migrations.RemoveIndex(
            model_name='outgoingmail',
            name='outgoing_mail_due',
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
            name='claimed_until',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='with them until'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='due_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='promised by'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='duplicate_of',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='duplicates', to='enquiries.enquiry'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='legal_hold_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='kept for the law since'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='legal_hold_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='legal_holds', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='legal_hold_reason',
            field=enquiries.encryption.EncryptedTextField(blank=True, editable=False, verbose_name='why it must be kept'),
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
            name='suspected_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='looked like spam'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='suspected_because',
            field=models.CharField(blank=True, choices=[('trap', 'A box that people do not see was filled in'), ('speed', 'It came faster than a person reads, or not from our page'), ('address', 'Very many came from one address'), ('number', 'Many came for one phone number')], editable=False, max_length=8, verbose_name='why'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='tries',
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='withdrawn'),
        ),
        migrations.AddField(
            model_name='outgoingmail',
            name='give_up_at',
            field=models.DateTimeField(default=enquiries.models.outbox.in_seven_days, verbose_name='tried until'),
        ),
        migrations.AddField(
            model_name='outgoingmail',
            name='held_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='waits for a person since'),
        ),
        migrations.AddField(
            model_name='outgoingmail',
            name='taken_by',
            field=models.IntegerField(editable=False, null=True, verbose_name='database session of the worker that has it'),
        ),
        migrations.AlterField(
            model_name='outgoingmail',
            name='purpose',
            field=models.CharField(choices=[('received', 'To the patient: we have your request'), ('team', 'To the team: a new request'), ('changed', 'To the patient: what they changed'), ('missed', 'To the patient: we could not reach you'), ('overdue', 'To the managers: calls are overdue')], max_length=8),
        ),
        migrations.AddIndex(
            model_name='enquiry',
            index=models.Index(fields=['phone_in_full'], name='enquiries_by_phone'),
        ),
        migrations.AddIndex(
            model_name='outgoingmail',
            index=models.Index(condition=models.Q(('held_at', None), ('sent_at', None)), fields=['due_at'], name='outgoing_mail_due'),
        ),
        migrations.AddIndex(
            model_name='outgoingmail',
            index=models.Index(condition=models.Q(('sent_at', None)), fields=['created_at'], name='outgoing_mail_not_sent'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('call_from_at', None), ('call_place', None), ('call_until_at', None)), models.Q(('call_from_at__isnull', False), ('call_place__gte', 1), ('call_place__isnull', False), ('call_until_at__gt', models.F('call_from_at')), ('call_until_at__isnull', False)), _connector='OR'), name='promised_call_has_a_start_a_later_end_and_a_place', violation_error_message='Choose a time to ring from the list.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.UniqueConstraint(condition=models.Q(('handled_at', None), ('suspected_at', None)), fields=('hospital', 'call_from_at', 'call_place'), name='place_in_a_call_window_is_given_once', violation_error_message='That time has just been taken. Choose another.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('questions_hash', ''), ('questions_version', '')), models.Q(models.Q(('questions_version', ''), _negated=True), ('questions_hash__regex', '^[0-9a-f]{64}$')), _connector='OR'), name='questions_are_known_by_version_and_hash', violation_error_message='Say which questions were asked.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('suspected_at', None), ('suspected_because', '')), models.Q(('suspected_at__isnull', False), ('suspected_because__in', ['trap', 'speed', 'address', 'number'])), _connector='OR'), name='suspected_says_when_and_why', violation_error_message='Say both when it looked like spam and why.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('legal_hold_at', None), ('legal_hold_by', None)), models.Q(('legal_hold_at__isnull', False), ('legal_hold_by__isnull', False)), _connector='OR'), name='legal_hold_says_when_by_whom_and_why', violation_error_message='Say both since when it is kept for the law and who said so.'),
        ),
        migrations.RunSQL(
            "UPDATE enquiries_enquiry SET outcome = 'answered' WHERE handled_at IS NOT NULL", migrations.RunSQL.noop
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
            constraint=models.UniqueConstraint(condition=models.Q(('purpose', 'changed'), _negated=True), fields=('enquiry', 'purpose'), name='each_mail_is_due_once', violation_error_message='This mail is already in the outbox.'),
        ),
        migrations.AddConstraint(
            model_name='outgoingmail',
            constraint=models.CheckConstraint(condition=models.Q(('purpose__in', ['received', 'team', 'changed', 'missed', 'overdue'])), name='mail_has_a_purpose_we_know', violation_error_message='Choose which mail it is.'),
        ),
        migrations.AddConstraint(
            model_name='outgoingmail',
            constraint=models.CheckConstraint(condition=models.Q(('sent_at', None), ('held_at', None), _connector='OR'), name='mail_that_was_sent_is_not_held', violation_error_message='This mail has been sent, so it need not wait for anybody.'),
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
        migrations.AddConstraint(
            model_name='deletion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cause', 'time'), ('reference', '')), models.Q(('cause', 'erasure'), models.Q(('reference', ''), _negated=True)), _connector='OR'), name='only_an_erasure_names_a_request', violation_error_message='Name the request that was erased, and no other.'),
        ),
        migrations.AddField(
            model_name='export',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mailfence',
            name='lifted_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
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
        migrations.AddField(
            model_name='reading',
            name='hospital',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='procedures.hospital'),
        ),
        migrations.AddField(
            model_name='reading',
            name='user',
            field=models.ForeignKey(help_text='Empty for whoever ran a command on the server.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='readings', to=settings.AUTH_USER_MODEL),
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
        migrations.AddIndex(
            model_name='reading',
            index=django.contrib.postgres.indexes.GinIndex(fields=['references'], name='readings_of_a_request'),
        ),
        migrations.AddIndex(
            model_name='reading',
            index=models.Index(fields=['at'], name='readings_by_time'),
        ),
        migrations.AddConstraint(
            model_name='reading',
            constraint=models.CheckConstraint(condition=models.Q(('deed__in', ['listed', 'searched', 'opened', 'printed', 'exported'])), name='reading_has_a_deed_we_know', violation_error_message='Say what they did.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reading',
            trigger=pgtrigger.compiler.Trigger(name='readings_are_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF TG_OP = 'DELETE' AND OLD.at < now() - interval '730 days' THEN RETURN OLD; END IF; RAISE EXCEPTION 'Who read what is kept.' USING ERRCODE = 'restrict_violation';", hash='f0a097c878eaa6076bb52759eae4dab4bf0b3135', operation='UPDATE OR DELETE', pgid='pgtrigger_readings_are_kept_da16d', table='enquiries_reading', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reading',
            trigger=pgtrigger.compiler.Trigger(name='readings_are_not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Who read what is kept.' USING ERRCODE = 'restrict_violation';", hash='7a88fea90ebc436a6b2cdbd2f2ec4655b878db08', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_readings_are_not_emptied_7db42', table='enquiries_reading', when='BEFORE')),
        ),
    ]
