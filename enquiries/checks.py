"""Django's system check that every column has a rule in retention.py: no command runs until it has."""

from collections import Counter
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error

from enquiries import retention


def every_column_has_a_rule(**kwargs: Any) -> list[CheckMessage]:
    """Each column of the app in exactly one rule, and no rule about a column that is not there."""
    columns = {
        (model.__name__, field.name)
        for model in apps.get_app_config("enquiries").get_models()
        for field in model._meta.concrete_fields
    }
    ruled = Counter(
        (rule.model, name) for rule in [*retention.RULES, *retention.RECORDS] for name in rule.fields
    )
    faults = [
        *(("has no rule", column) for column in columns - ruled.keys()),
        *(("is not there, but has a rule", column) for column in ruled.keys() - columns),
        *(("has more than one rule", column) for column, count in ruled.items() if count > 1),
    ]
    return [
        Error(
            f"{model}.{name} {fault}.",
            hint="Say in enquiries/retention.py why it is kept and for how long.",
            id="enquiries.E001",
        )
        for fault, (model, name) in sorted(faults)
    ]
