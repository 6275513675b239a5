"""Journeys through the site in a browser."""

import pytest

pytest.register_assert_rewrite("tests.journeys.pages")
