"""What the database itself refuses: triggers that keep published words as they were published.

Whoever changes anything of a draft locks its edition first (`Edition.objects.locked`); each trigger below takes a share
of that lock, so a draft cannot be published while a change to it is half done.
"""

import pgtrigger
from django.db.models import Model
from django.db.models.options import Options

# Clocks of two machines may differ by so much.
_A_MOMENT = "interval '1 minute'"
_REFUSE = "RAISE EXCEPTION '{}' USING ERRCODE = 'restrict_violation';"


def _table(meta: Options, model: str) -> str:
    return f'"{meta.apps.get_model("procedures", model)._meta.db_table}"'


class NoTruncate(pgtrigger.Trigger):
    """TRUNCATE fires no row trigger, so it is refused by itself."""

    when = pgtrigger.Before
    level = pgtrigger.Statement
    operation = pgtrigger.Truncate

    def get_func(self, model: Model) -> str:
        return _REFUSE.format("What was published is kept: this table cannot be emptied.")


class FrozenOncePublished(pgtrigger.Trigger):
    """On an edition: once it has a time of publication it is neither changed nor deleted, save that it may be withdrawn once, and not for the past."""

    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete

    def get_func(self, model: Model) -> str:
        return f"""
            IF OLD.published_at IS NULL THEN
                IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                RETURN NEW;
            END IF;
            IF TG_OP = 'UPDATE' THEN
                IF OLD.withdrawn_at IS NULL AND NEW.withdrawn_at >= now() - {_A_MOMENT}
                    AND to_jsonb(NEW) - 'withdrawn_at' = to_jsonb(OLD) - 'withdrawn_at' THEN RETURN NEW;
                END IF;
            END IF;
            {_REFUSE.format("A published edition cannot be changed or deleted.")}
        """


class SignedOffBeforePublished(pgtrigger.Trigger):
    """On an edition: a time of publication, from now on, needs a live sign-off of exactly its clinical text.

    The one exception is marked: a text that the site opened with, before anybody could sign off.
    """

    when = pgtrigger.Before
    operation = pgtrigger.Insert | pgtrigger.Update

    def get_func(self, model: Model) -> str:
        return f"""
            IF NEW.published_at IS NULL OR (TG_OP = 'UPDATE' AND OLD.published_at IS NOT NULL) THEN RETURN NEW; END IF;
            IF NEW.withdrawn_at IS NOT NULL OR NEW.published_at < now() - {_A_MOMENT} THEN
                {_REFUSE.format("An edition is published from now on, not for the past.")}
            END IF;
            IF NOT NEW.is_first_text AND NOT EXISTS (
                SELECT FROM {_table(model._meta, "SignOff")} AS given
                WHERE given.procedure_id = NEW.procedure_id
                    AND given.clinical_hash = NEW.clinical_hash AND given.revoked_at IS NULL
            ) THEN {_REFUSE.format("Nobody has signed off this clinical text.")}
            END IF;
            RETURN NEW;
        """  # nosec B608  # our own table names


class FrozenWithItsEdition(pgtrigger.Trigger):
    """On what an edition is made of: it comes, goes and changes with a draft only.

    `edition` is SQL for the number of the edition a row belongs to, with {row} for the row.
    """

    when = pgtrigger.Before
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete

    def __init__(self, *, name: str, edition: str) -> None:
        self.edition = edition
        super().__init__(name=name, declare=[("published", "timestamptz")])

    def get_func(self, model: Model) -> str:
        blocks = _table(model._meta, "Block")
        return "\n".join(
            [
                self._refuse_unless_draft(model, blocks, "OLD", "TG_OP <> 'INSERT'"),
                self._refuse_unless_draft(model, blocks, "NEW", "TG_OP <> 'DELETE'"),
                "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;",
                "RETURN NEW;",
            ]
        )

    def _refuse_unless_draft(self, model: Model, blocks: str, row: str, applies: str) -> str:
        # Locked before it is looked at: a publication that is under way is waited for, and then seen.
        return f"""
            IF {applies} THEN
                SELECT edition.published_at INTO published FROM {_table(model._meta, "Edition")} AS edition
                WHERE edition.id = ({self.edition.format(row=row, blocks=blocks)}) FOR SHARE;
                IF published IS NOT NULL THEN
                    {_REFUSE.format("This belongs to a published edition, which cannot be changed.")}
                END IF;
            END IF;
        """  # noqa: S608  # nosec B608  # our own table names


class AppendOnly(pgtrigger.Trigger):
    """On a record: it is written once, and not deleted."""

    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete

    def get_func(self, model: Model) -> str:
        return _REFUSE.format("This is a record: it is not changed or deleted.")


class SignOffIsKept(AppendOnly):
    """On a sign-off: it may be taken back, once; and it outlives the draft it was given to, should that be deleted."""

    def get_func(self, model: Model) -> str:
        return f"""
            IF TG_OP = 'UPDATE' THEN
                IF to_jsonb(NEW) - ARRAY['revoked_at', 'edition_id'] = to_jsonb(OLD) - ARRAY['revoked_at', 'edition_id']
                    AND (OLD.revoked_at IS NULL OR NEW.revoked_at = OLD.revoked_at)
                    AND (NEW.edition_id = OLD.edition_id OR NEW.edition_id IS NULL AND NOT EXISTS (
                        SELECT FROM {_table(model._meta, "Edition")} WHERE id = OLD.edition_id AND published_at IS NOT NULL
                    )) THEN RETURN NEW;
                END IF;
            END IF;
            {super().get_func(model)}
        """  # nosec B608  # our own table names


class NobodySignsTheirOwn(pgtrigger.Trigger):
    """On a sign-off: the reviewer wrote nothing of this edition, nor of another that says the same, and may still sign."""

    when = pgtrigger.Before
    operation = pgtrigger.Insert

    def get_func(self, model: Model) -> str:
        return f"""
            PERFORM FROM {_table(model._meta, "Edition")} WHERE id = NEW.edition_id FOR SHARE;
            IF EXISTS (
                SELECT FROM {_table(model._meta, "EditionEditor")} AS editor
                JOIN {_table(model._meta, "Reviewer")} AS reviewer ON reviewer.user_id = editor.user_id
                JOIN {_table(model._meta, "Edition")} AS edition ON edition.id = editor.edition_id
                WHERE reviewer.id = NEW.reviewer_id AND edition.procedure_id = NEW.procedure_id
                    AND (edition.id = NEW.edition_id OR edition.clinical_hash = NEW.clinical_hash)
            ) THEN {_REFUSE.format("Nobody signs off their own text.")}
            END IF;
            IF EXISTS (SELECT FROM {_table(model._meta, "Reviewer")} WHERE id = NEW.reviewer_id AND NOT is_active) THEN
                {_REFUSE.format("This reviewer may no longer sign off.")}
            END IF;
            RETURN NEW;
        """  # noqa: S608  # nosec B608  # our own table names
