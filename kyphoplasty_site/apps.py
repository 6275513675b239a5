"""The two faces of the site that are apps: its own pages and commands, and the staff desk."""

from django.apps import AppConfig
from django.apps import apps as installed
from django.contrib.admin import apps


class SiteConfig(AppConfig):
    """Home, health, roles and commands: what belongs to no single app."""

    name = "kyphoplasty_site"
    verbose_name = "Site"
    default = True

    def ready(self) -> None:
        """Call Django's own accounts what the desk calls them."""
        installed.get_app_config("auth").verbose_name = "Accounts and roles"


class StaffDeskConfig(apps.AdminConfig):
    """Django's admin, with our own site in place of the stock one."""

    default_site = "kyphoplasty_site.desk.StaffDesk"
    default = False
