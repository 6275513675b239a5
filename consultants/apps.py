"""Consultants: who can do it, and where."""

from django.apps import AppConfig


class ConsultantsConfig(AppConfig):
    """Who can do it, and where."""

    name = "consultants"
    verbose_name = "Directory"
