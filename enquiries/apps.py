"""Enquiries: what patients ask of us."""

from django.apps import AppConfig
from django.core.checks import register

from enquiries.checks import every_column_has_a_rule


class EnquiriesConfig(AppConfig):
    """What patients ask of us."""

    name = "enquiries"
    verbose_name = "Calls and mail"

    def ready(self) -> None:
        """No command runs while a column lacks its rule."""
        register(every_column_has_a_rule)
