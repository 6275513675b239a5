"""The fence around mail: a copy of the database, such as a restored backup, sends nothing until a person lets it.

Mail that has long been sent waits in every older backup, and would reach patients again.
"""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, models, transaction
from django.utils import timezone
from psycopg2 import sql

# A dump that is loaded anywhere, even into the same database, writes the row in another transaction (xmin). Files that
# are copied and rolled forward are on another timeline. The system identifier tells apart clusters that count alike.
# The timeline is that of what is written now: pg_control_checkpoint() tells the old one until a standby that took over has
# made its first checkpoint, minutes later.
WHERE_WE_ARE = sql.SQL("""
    (SELECT system_identifier FROM pg_control_system())
    || '/' || ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int || '/' || xmin
""")


class MailFence(models.Model):
    """The one row says in which database it was written, and by whose leave. Mail leaves where that is still so."""

    place = models.CharField(max_length=60, editable=False)
    lifted_at = models.DateTimeField(null=True, editable=False)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        verbose_name_plural = "mail fence"

    def __str__(self) -> str:
        return "Whether mail may leave"


def may_mail_leave() -> bool:
    """Whether this is the database that mail was allowed to leave from, and no copy of it."""
    with connection.cursor() as cursor:
        asked = sql.SQL("SELECT 1 FROM enquiries_mailfence WHERE place = {}")
        cursor.execute(asked.format(WHERE_WE_ARE))
        return cursor.fetchone() is not None


def put_up_fence() -> None:
    """Let no mail leave from here until a person lets it."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM enquiries_mailfence")


@transaction.atomic
def lift_fence(by: User | None) -> None:
    """Let mail leave from here. The row is written first, and then takes down which transaction wrote it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO enquiries_mailfence (id, place, lifted_at, lifted_by_id) VALUES (1, '', %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET lifted_at = EXCLUDED.lifted_at, lifted_by_id = EXCLUDED.lifted_by_id",
            [timezone.now(), by.pk if by else None],
        )
        cursor.execute(sql.SQL("UPDATE enquiries_mailfence SET place = {}").format(WHERE_WE_ARE))
