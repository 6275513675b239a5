"""The deeds of an edition: begin, send, sign off, publish, withdraw. Each locks the edition and is whole or not at all.

Who may do which is asked before, by the desk; the database asks again for what must never happen.
"""

import logging
import secrets
from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import partial
from itertools import takewhile

import pgtrigger
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F, Max, Q, prefetch_related_objects
from django.utils import timezone

from procedures import gate, mail
from procedures.copies import clinical_hash, copies
from procedures.models import (
    Block,
    BlockFigure,
    Edition,
    EditionEditor,
    Figure,
    GlossaryTerm,
    Illustration,
    Passage,
    Reviewer,
    SignOff,
    Source,
    Task,
    Video,
)
from procedures.moments import moment
from procedures.passages import passages
from procedures.rendering import drawn, lines

LEAFLET_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read as another
LEAFLET_CODE_LENGTH = 8
logger = logging.getLogger(__name__)
FIRST_REVIEW_WITHIN = timedelta(days=365)
LONGEST_UNTIL_REVIEW = timedelta(days=3 * 366)
# What a page shows besides its own words: nobody may change a row of these while an edition takes its copies.
REGISTRIES = (Figure, GlossaryTerm, Illustration, Source, Video)


class Refused(Exception):
    """A deed that may not be done, and why, in a sentence for the person who tried."""


@transaction.atomic
def start_draft(edition: Edition) -> Edition:
    """A new draft with all that `edition` says: the usual way on, and the way back to an old edition.

    Raises Refused while the procedure has a draft.
    """
    procedure = type(edition.procedure).objects.select_for_update().get(pk=edition.procedure_id)
    if procedure.editions.drafts().exists():
        raise Refused("This page already has a draft. Finish or delete that one first.")
    latest = procedure.editions.aggregate(latest=Max("number"))["latest"]
    original = Edition.objects.with_blocks().get(pk=edition.pk)
    draft = Edition.objects.create(
        procedure=procedure,
        number=latest + 1,
        lead=original.lead,
        description=original.description,
        started_from=original,
    )
    for block in original.blocks.all():
        _copy_block(block, draft)
    if _is_unsigned(original):  # its writers have written this draft too
        EditionEditor.objects.bulk_create(
            EditionEditor(edition=draft, user=writer) for writer in original.editors.all()
        )
    return draft


def _copy_block(block: Block, draft: Edition) -> None:
    """The block once more, in another edition."""
    figures = BlockFigure.objects.filter(block=block)
    again = Block.objects.create(
        edition=draft,
        position=block.position,
        kind=block.kind,
        heading=block.heading,
        anchor=block.anchor,
        body=block.body,
        illustration=block.illustration,
        video=block.video,
        why_they_differ=block.why_they_differ,
    )
    again.sources.set(block.sources.all())
    BlockFigure.objects.bulk_create(
        BlockFigure(block=again, figure_id=figure.figure_id, position=figure.position) for figure in figures
    )


def changed_by(edition: Edition, user: User) -> None:
    """Note that the person changed something in the draft, and so may not sign it off."""
    EditionEditor.objects.get_or_create(edition=edition, user=user)


@transaction.atomic
def send_for_sign_off(edition: Edition) -> None:
    """Put the draft before the reviewers.

    Raises Refused while something blocks it that a reviewer could not mend.
    """
    edition = _locked_draft(edition)
    if unready := _unready(edition):
        raise Refused(" ".join(unready))
    edition.sent_at, edition.returned_note = timezone.now(), ""
    edition.save(update_fields=["sent_at", "returned_note"])
    transaction.on_commit(lambda: mail.tell_reviewers(edition), robust=True)


@transaction.atomic
def send_back(edition: Edition, note: str) -> None:
    """Give the draft back to its editors, with what the reviewer asks for.

    Raises Refused when it was not sent.
    """
    edition = _locked_draft(edition)
    if edition.sent_at is None:
        raise Refused("This draft was not sent for sign-off.")
    edition.sent_at, edition.returned_note = None, note
    edition.save(update_fields=["sent_at", "returned_note"])
    transaction.on_commit(lambda: mail.tell_writers(edition), robust=True)


@transaction.atomic
def sign_off(edition: Edition, reviewer: Reviewer, seen_hash: str, next_review_on: date) -> SignOff:
    """Approve exactly the text that the reviewer saw.

    Raises Refused when it has changed since, is the reviewer's own, or lies before nobody.
    """
    edition = Edition.objects.locked(edition.pk)
    if not reviewer.is_active:
        raise Refused("Your account may no longer sign off.")
    if edition.withdrawn_at or (edition.is_draft and not edition.sent_at):
        raise Refused("This edition was not sent for sign-off.")
    if EditionEditor.objects.of_text(edition, seen_hash).filter(user=reviewer.user_id).exists():
        raise Refused("You wrote some of this text, so somebody else must sign it off.")
    if _text_hash(edition) != seen_hash:
        raise Refused("The text has changed since you opened it. Read it again, then sign off.")
    if not timezone.localdate() < next_review_on <= timezone.localdate() + LONGEST_UNTIL_REVIEW:
        raise Refused("Choose a day for the next review that is after today, and within three years.")
    if edition.is_draft:
        if unready := _unready(edition):
            raise Refused(" ".join(unready))
        edition.sent_at, edition.returned_note = None, ""
        edition.save(update_fields=["sent_at", "returned_note"])
        transaction.on_commit(lambda: mail.tell_writers(edition, reviewer.name), robust=True)
    return SignOff.objects.create(
        procedure=edition.procedure,
        edition=edition,
        clinical_hash=seen_hash,
        reviewer=reviewer,
        reviewer_name=reviewer.name,
        reviewer_post=reviewer.post,
        next_review_on=next_review_on,
    )


@transaction.atomic
def take_back(sign_off: SignOff) -> None:
    """Take back a sign-off. What stands on it, and has no other, is unsigned from now on, and a task says so.

    What was still to come is withdrawn: it must not reach readers unsigned.

    Raises Refused when it was taken back before.
    """
    sign_off = SignOff.objects.select_for_update().get(pk=sign_off.pk)
    if sign_off.revoked_at:
        raise Refused("This sign-off was already taken back.")
    sign_off.revoked_at = timezone.now()
    sign_off.save(update_fields=["revoked_at"])
    given = f"{timezone.localtime(sign_off.signed_at):%d.%m.%Y %H:%M}"
    _log("The sign-off of %s was taken back.", f"{sign_off.procedure} of {given}")
    standing = sign_off.procedure.editions.standing().filter(published_at__isnull=False)
    for edition in standing.filter(clinical_hash=sign_off.clinical_hash):
        Task.objects.create(
            edition=edition,
            what=f"{sign_off.reviewer_name} took back the sign-off that {edition} stands on."
            " Have it read again and signed off, or put it right in a new draft.",
        )
        if edition.is_scheduled and not edition.sign_off:
            withdraw(edition)


def _log(what: str, of: str) -> None:
    """For whoever restores an older backup, in which it has not happened."""
    transaction.on_commit(partial(logger.info, what, of))


def live_sign_off(edition: Edition) -> SignOff | None:
    """The sign-off that an edition stands on; for a draft, of the text as it is at this moment."""
    return SignOff.objects.of(edition.procedure, _text_hash(edition)).first()


def live_sign_offs(editions: Collection[Edition]) -> dict[int, SignOff | None]:
    """The same for many at once, by their keys, in a handful of queries however many they are."""
    drafts = [one for one in editions if not one.clinical_hash]
    prefetch_related_objects(drafts, Edition.objects.blocks())
    terms = list(GlossaryTerm.objects.all()) if drafts else []
    texts = {one.pk: one.clinical_hash or clinical_hash(one, terms) for one in editions}
    live = SignOff.objects.live().filter(
        procedure__in={one.procedure_id for one in editions}, clinical_hash__in=set(texts.values())
    )
    given = {(one.procedure_id, one.clinical_hash): one for one in live.order_by("signed_at", "pk")}
    return {one.pk: given.get((one.procedure_id, texts[one.pk])) for one in editions}


def obstacles(edition: Edition, at: datetime | None = None) -> list[str]:
    """What stands between a draft and its publication, each in a sentence. Empty: it can be published."""
    found = _unready(edition)
    if objection := _objection_to(live_sign_off(edition), edition):
        found.append(objection)
    last = edition.procedure.editions.filter(withdrawn_at=None).aggregate(at=Max("published_at"))["at"]
    if last and last >= (at or timezone.now()):
        found.append(f"Another edition is set for {moment(last)}. Withdraw that one, or choose a later time.")
    return found


def _unready(edition: Edition) -> list[str]:
    """What its editors must still do, before or after anybody signs it off."""
    found = []
    if blocking := sum(finding.is_blocking for finding in gate.findings(edition)):
        found.append(f"The checks found {blocking} {'thing' if blocking == 1 else 'things'} to mend first.")
    if edition.number > 1 and not (edition.change_summary and edition.change_reason):
        found.append("Say what changed and why, for the list of changes that readers see.")
    return found


def _objection_to(given: SignOff | None, edition: Edition) -> str:
    """Why a draft cannot stand on its sign-off; empty when it can."""
    if given is None:
        return "No clinician has signed off this text."
    if given.next_review_on < timezone.localdate():
        return "The sign-off of this text is past its review. A clinician must sign it off again."
    replaced_by = edition.procedure.editions.filter(published_at__gt=given.signed_at)
    if replaced_by.exclude(clinical_hash=given.clinical_hash).exists():
        return "This text was replaced after it was signed off. A clinician must sign it off again."
    return ""


def _last_published(edition: Edition) -> Edition | None:
    """The latest edition of the same page that readers have seen or will see, withdrawn since or not."""
    published = edition.procedure.editions.filter(published_at__isnull=False)
    return published.exclude(withdrawn_at__lte=F("published_at")).order_by("-published_at").first()


@transaction.atomic
def publish(edition: Edition, by: User, at: datetime | None = None) -> Edition:
    """Publish the draft now, or for a minute to come, with all that it shows copied into it.

    Raises Refused with everything that stands in the way.
    """
    edition = _locked_draft(edition)
    if at is not None and at <= timezone.now():
        raise Refused("Choose a time that is still to come, or publish now.")
    _hold_registries()
    if reasons := obstacles(edition, at):
        raise Refused(" ".join(reasons))
    last = _last_published(edition)
    _keep(edition, at)
    edition.is_clinical_change = last is not None and last.clinical_hash != edition.clinical_hash
    edition.published_by = by
    edition.save()
    done = Q(edition=edition) if at else Q(edition__procedure=edition.procedure)
    Task.objects.open().filter(done).update(done_at=timezone.now(), done_by=by)
    return edition


@transaction.atomic
def publish_first_text(edition: Edition) -> None:
    """Publish a text that the site opens with: the one way past the sign-off, and marked for ever as that."""
    edition = _locked_draft(edition)
    edition.is_first_text = True
    edition.review_due_on = edition.review_due_on or timezone.localdate() + FIRST_REVIEW_WITHIN
    _keep(edition, None)
    edition.save()


def keep_what_was_published() -> None:
    """Fill in what editions keep that were published before that was kept."""
    with pgtrigger.ignore():
        for edition in Edition.objects.with_blocks().filter(published_at__isnull=False, passages=None):
            if edition.html:
                Passage.objects.bulk_create(passages(edition))
            else:
                _keep(edition, edition.published_at)
                edition.save()


@transaction.atomic
def withdraw(edition: Edition) -> None:
    """Take an edition away from readers. What they see next is `next_after` it; what is unsigned in between goes too.

    Raises Refused when it is a draft, or already withdrawn.
    """
    edition = Edition.objects.locked(edition.pk)
    if edition.is_draft or edition.withdrawn_at:
        raise Refused("Only a published edition can be withdrawn, and only once.")
    shown_again = next_after(edition) if is_current(edition) else None
    for gone in (edition, *takewhile(_is_unsigned, _under(edition))):
        gone.withdrawn_at = timezone.now()
        gone.save(update_fields=["withdrawn_at"])
        _log("%s was withdrawn.", str(gone))
    if shown_again:
        Task.objects.create(
            edition=shown_again,
            what=f"{edition} was withdrawn, so readers see {shown_again} again, with the words and figures of its day."
            " Check that they still hold.",
        )


def next_after(edition: Edition) -> Edition | None:
    """What readers see once this edition is withdrawn: the latest before it that is signed off, or opened the site.

    None: the page goes away.
    """
    if not is_current(edition):
        return Edition.objects.current().filter(procedure=edition.procedure).exclude(pk=edition.pk).first()
    return next((older for older in _under(edition) if not _is_unsigned(older)), None)


def _under(edition: Edition) -> list[Edition]:
    """The published editions that would come to light if the current one went, the latest first; none under any other."""
    published = Edition.objects.published().filter(procedure=edition.procedure).exclude(pk=edition.pk)
    return list(published.order_by("-published_at", "-number")) if is_current(edition) else []


def is_current(edition: Edition) -> bool:
    """Whether it is what readers see now."""
    return Edition.objects.current().filter(procedure=edition.procedure).first() == edition


def _is_unsigned(edition: Edition) -> bool:
    return not edition.is_first_text and edition.sign_off is None


def _locked_draft(edition: Edition) -> Edition:
    edition = Edition.objects.locked(edition.pk)
    if not edition.is_draft:
        raise Refused("This edition is published. Start a new draft from it instead.")
    return edition


def _text_hash(edition: Edition) -> str:
    """The fingerprint an edition was published with; of a draft, as its rows are now."""
    return edition.clinical_hash or clinical_hash(Edition.objects.with_blocks().get(pk=edition.pk))


def _hold_registries() -> None:
    """Let nobody change what the page shows between the asking for the sign-off and the taking of the copies."""
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in REGISTRIES)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {tables} IN SHARE MODE")


def _keep(edition: Edition, at: datetime | None) -> None:
    """Fill in all that a published edition keeps."""
    edition.clinical_hash = clinical_hash(edition)
    edition.html = drawn(edition)
    edition.lines = lines(edition)
    edition.copies = copies(edition.blocks.all())
    edition.leaflet_code = "".join(secrets.choice(LEAFLET_LETTERS) for _ in range(LEAFLET_CODE_LENGTH))
    Passage.objects.bulk_create(passages(edition))
    edition.published_at = at or timezone.now()
