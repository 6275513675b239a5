"""What the desk's log says of imports and exports: who, when, how many rows."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.http import HttpRequest


def note(request: HttpRequest, model: type[Model], what: str, more: str = "") -> None:
    """Note in the desk's log what was done to many rows at once."""
    LogEntry.objects.create(
        user_id=request.user.pk or 0,
        content_type=ContentType.objects.get_for_model(model),
        object_id=None,
        object_repr=what[:200],
        action_flag=CHANGE,
        change_message=more[:500],
    )


def recorded(model: type[Model]) -> QuerySet[LogEntry]:
    """The latest of them."""
    kind = ContentType.objects.get_for_model(model)
    return LogEntry.objects.filter(content_type=kind, object_id=None).select_related("user")[:10]
