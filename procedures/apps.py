"""Procedures: what is offered, where, and what patients are told."""

from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    """What is offered, where, and what patients are told."""

    name = "procedures"
    verbose_name = "Pages and evidence"
