"""The columns that search looks in. PostgreSQL fills them itself, whoever writes the row and however."""

from functools import reduce
from operator import add
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorField
from django.db import models
from django.db.models import Func, TextField

# English as patients type it: accents and endings make no difference. Made by the migration that brought search.
CONFIG = "patient"


class SearchKey(Func):
    """A text as search compares it: small letters and digits, no accents, one space between words."""

    function = "search_key"
    output_field = TextField()


class Lexemes(SearchQuery):
    """A tsquery of words as they are stored, such as `'fractur' | 'broken':*`, taken as it stands."""

    def __init__(self, lexemes: str) -> None:
        super().__init__(lexemes, search_type="raw")
        self.lexemes = lexemes

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **options: Any) -> Any:
        return "%s::tsquery", [self.lexemes]


def vector(**weights: str) -> models.GeneratedField:
    """A stored tsvector of the columns named, each with its weight from A to D: `vector(name="A", summary="C")`."""
    parts = [SearchVector(column, weight=weight, config=CONFIG) for column, weight in weights.items()]
    return models.GeneratedField(
        expression=reduce(add, parts), output_field=SearchVectorField(), db_persist=True, editable=False
    )
