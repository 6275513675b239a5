"""The WSGI application that the web server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kyphoplasty_site.settings")

_django = get_wsgi_application()

from kyphoplasty_site.page_cache.content import Content  # noqa: E402 - the site must be set up first
from kyphoplasty_site.page_cache.serving import CachedPages  # noqa: E402 - the site must be set up first

application = CachedPages(_django, Content(), warms=True)
# What is loaded by now stays. Python need not look through all of it again in the midst of somebody’s page.
gc.freeze()
