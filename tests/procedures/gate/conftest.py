"""A draft that the publish gate has nothing against."""

import pytest

from procedures.models import Edition, Source
from tests import factories


@pytest.fixture
def draft() -> Edition:
    return factories.whole_draft(procedure=factories.procedure())


@pytest.fixture
def study(draft: Edition) -> Source:
    return Source.objects.get(key="elm-study-2020")
