"""Finding a request by who it is from, though name, number or address are mistyped. The words come by POST, never in an address."""

from django.contrib.postgres.search import (
    TrigramDistance,
    TrigramSimilarity,
    TrigramWordDistance,
    TrigramWordSimilarity,
)
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Case, FloatField, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Reverse

from enquiries import phones, references
from enquiries.models import Enquiry

MOST = 50
NEAREST = 500
FEWEST_DIGITS = 4
# Of the groups of three letters that were typed, so many stand in what has them with a slip.
WITH_A_SLIP = 0.6
# Of the groups of three letters. Two letters that changed places leave a third of them in a short name.
LIKE_ENOUGH = {"name": 0.3, "phone_in_full": 0.55, "email": 0.45}


def find(words: str, among: QuerySet[Enquiry]) -> QuerySet[Enquiry]:
    """The requests that fit best, the best first: by reference, by phone, by email or by name, as the words look."""
    words = " ".join(words.split())[:200]
    reference = references.as_stored(words)
    if references.is_well_formed(reference):
        return among.filter(reference=reference)
    if "@" in words:
        return _alike(among, "email", words)
    if sum(character.isdigit() for character in words) >= FEWEST_DIGITS:
        return _by_number(among, words)
    return _alike(among, "name", words)


def _alike(among: QuerySet[Enquiry], field: str, words: str) -> QuerySet[Enquiry]:
    """Those that have the words in them with a slip at most; only where nobody has, whoever comes near enough."""
    whole, part = TrigramSimilarity(field, words), TrigramWordSimilarity(words, field)
    near = _has_them(among, field, words, WITH_A_SLIP) or _has_them(among, field, words, LIKE_ENOUGH[field])
    return _best(among.filter(pk__in=near), Greatest(whole, part), whole, LIKE_ENOUGH[field])


@transaction.atomic
def _has_them(among: QuerySet[Enquiry], field: str, words: str, least: float) -> list[int]:
    """The keys of the nearest. An index finds whoever has that much of the words; the more that is, the fewer they are."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pg_trgm.word_similarity_threshold = %s", [least])
    near = among.filter(**{f"{field}__trigram_word_similar": words})
    in_order = near.order_by(TrigramWordDistance(words, field), "-created_at")
    return list(in_order.values_list("pk", flat=True)[:NEAREST])


def _by_number(among: QuerySet[Enquiry], words: str) -> QuerySet[Enquiry]:
    """However it is typed. A number that somebody gave is that person's alone; else its end, a part of it, or with a wrong digit or two."""
    try:
        number = phones.in_full(words)
        exactly = among.filter(phone_in_full=number)
        if exactly.exists():
            return exactly.order_by("-created_at")[:MOST]
    except ValidationError:
        number = "".join(filter(str.isdigit, words)).removeprefix("00").removeprefix("0")
    from_its_end = among.alias(from_its_end=Reverse("phone_in_full"))
    ending = from_its_end.filter(from_its_end__startswith=number[::-1])
    # Their keys first: asked for the latest of them, the database would try the numbers of all others in that order.
    if keys := list(ending.values_list("pk", flat=True)[:NEAREST]):
        return among.filter(pk__in=keys).order_by("-created_at")[:MOST]
    whole = TrigramSimilarity("phone_in_full", number)
    # Read from an index in that order: few enough to be weighed one by one.
    near = among.order_by(TrigramDistance("phone_in_full", number)).values("pk")[:NEAREST]
    is_part = When(phone_in_full__contains=number, then=Value(1.0))
    fits = Case(is_part, default=whole, output_field=FloatField())
    return _best(among.filter(pk__in=near), fits, whole, LIKE_ENOUGH["phone_in_full"])


def _best(among: QuerySet[Enquiry], fits: Combinable, whole: Combinable, least: float) -> QuerySet[Enquiry]:
    """Those that fit well enough; of two that fit as well, the one that is more alike as a whole, then the later."""
    scored = among.annotate(fit=fits, whole=whole).filter(fit__gte=least)
    return scored.order_by("-fit", "-whole", "-created_at")[:MOST]
