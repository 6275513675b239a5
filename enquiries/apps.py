"""Enquiries: what patients ask of us."""

from django.apps import AppConfig


class EnquiriesConfig(AppConfig):
    """What patients ask of us."""

    name = "enquiries"
    verbose_name = "Enquiries"
