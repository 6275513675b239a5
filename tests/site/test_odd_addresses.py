"""Addresses that no link of ours leads to: answered plainly, never with a failure."""

import pytest
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db
ODD = {
    "5,000 digits": 5000 * "9",
    "twenty digits": 20 * "9",
    "a very long word": 3000 * "a",
    "NUL": "%00",
    "NUL inside": "a%00b",
    "Arabic digits": "%D9%A1%D9%A2",
    "no UTF-8": "%ff%fe",
    "a lone surrogate": "%ed%a0%80",
    "a minus": "-1",
    "an emoji": "%F0%9F%A6%B4",
}
PAGE = "/procedures/balloon-kyphoplasty/"
ADDRESSES = [
    "/procedures/{}/",
    "/procedures/{}/changes/",
    "/procedures/{}/editions/1/",
    "/procedures/{}/visit-sheet/",
    "/procedures/{}/for-your-gp/",
    "/procedures/{}/leaflet.pdf",
    f"{PAGE}editions/{{}}/",
    f"{PAGE}changes/?on={{}}",
    f"{PAGE}leaflet.pdf?size={{}}",
    "/procedures/?q={}",
    "/procedures/?kind={}",
    "/procedures/?hospital={}",
    "/preview/{}/",
    "/confirm/{}/",
    "/leaflets/{}/",
    "/hospitals/{}/",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
def test_odd_address_is_answered(client: Client, address: str, odd: str) -> None:
    factories.published_procedure()

    assert client.get(address.format(odd)).status_code in (200, 404)
