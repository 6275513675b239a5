"""More than anybody needs: bodies without end, thousands of fields, parts and words. Refused at once, and little of it read."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.test import Client, RequestFactory
from django.test.client import encode_multipart

from enquiries.models import Enquiry
from kyphoplasty_site.middleware import MOST_BYTES_TO_THE_DESK, modest
from procedures.models import Hospital
from procedures.videos import MOST_BYTES
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.naughty import met

pytestmark = pytest.mark.django_db
FORMS = ["/enquiry/", "/enquiry/send/", "/call-back/", "/call-back/send/", "/accounts/login/"]
MEGABYTE = 1024 * 1024
LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class Endless:
    """A body that never ends, and counts how much of it was read."""

    def __init__(self, beginning: bytes = b"") -> None:
        self.beginning, self.bytes_read = beginning, 0

    def read(self, size: int = -1) -> bytes:
        assert 0 < size <= LIMIT, "asked for all of what has no end"
        self.bytes_read += size
        begun, self.beginning = self.beginning[:size], self.beginning[size:]
        return begun + b"a" * (size - len(begun))

    readline = read


FILE = (
    b'--a\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
)


@pytest.mark.parametrize("address", [*FORMS, "/", "/admin/procedures/video/add/"])
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "image/png"]
)
@pytest.mark.parametrize("claimed", [str(25 * MEGABYTE), "9" * 30, "9" * 5_000])
def test_body_that_never_ends_is_refused_unread(address: str, kind: str, claimed: str) -> None:
    client, body = Client(raise_request_exception=False), Endless(FILE)

    sent = {"wsgi.input": body, "CONTENT_LENGTH": claimed, "CONTENT_TYPE": kind}
    response = met(client.generic, "POST", address, **sent)

    assert response.status_code == (413 if len(claimed) < 4_300 else 400)  # so many digits Python reads
    assert body.bytes_read == 0


@pytest.mark.parametrize("claimed", ["", "-1", "abc", "1e3", "²", "0x10", " 7 "])
@pytest.mark.parametrize("address", FORMS)
def test_length_that_is_none_is_answered(client: Client, address: str, claimed: str) -> None:
    met(client.post, address, b"name=Jo", "application/x-www-form-urlencoded", CONTENT_LENGTH=claimed)


def test_desk_takes_a_film_and_no_more() -> None:
    """Each limit is held at its own byte."""
    taken: list[Any] = []
    answer = modest(taken.append)  # type: ignore[arg-type]
    send: Callable[..., Any] = RequestFactory().post

    for path, most in (("/admin/", MOST_BYTES_TO_THE_DESK), ("/enquiry/", LIMIT)):
        answer(send(path, CONTENT_LENGTH=str(most)))
        with pytest.raises(RequestDataTooBig):
            answer(send(path, CONTENT_LENGTH=str(most + 1)))
    assert len(taken) == 2
    assert MOST_BYTES_TO_THE_DESK > MOST_BYTES


@pytest.mark.parametrize("address", [*FORMS, "/admin/procedures/video/add/"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(20_000))),
        ("application/x-www-form-urlencoded", b"name=1&" * 20_000),
        ("application/x-www-form-urlencoded", b"&" * LIMIT),
        ("application/x-www-form-urlencoded", b"%00" * (LIMIT // 3)),
        ("multipart/form-data; boundary=a", b'--a\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 20_000 + b"--a--\r\n"),
        ("multipart/form-data; boundary=a", (FILE + b"1\r\n") * 2_000 + b"--a--\r\n"),
        ("multipart/form-data; boundary=a", b"--a\r\n" * (LIMIT // 5)),
        ("multipart/form-data; boundary=a", b"--a\r\n" + b"X-A: b\r\n" * 100_000 + b"\r\n1\r\n--a--\r\n"),
        ("multipart/form-data; boundary=a", b'--a\r\nContent-Disposition: form-data; name="' + b"a" * MEGABYTE + b'"\r\n\r\n1\r\n--a--\r\n'),
        ("multipart/form-data; boundary=" + "a" * 70_000, b"--" + b"a" * 70_000 + b"\r\n\r\n"),
    ],
    ids=["fields", "one field again", "separators", "encoded NULs", "parts", "files", "boundaries", "heads", "a long name", "a long boundary"],
)  # fmt: skip
def test_thousands_of_fields_or_parts_are_answered_in_time(
    hospital: Hospital, address: str, kind: str, body: bytes
) -> None:
    client = Client(raise_request_exception=False)

    met(client.post, address, body, kind)


@pytest.mark.parametrize("address", ["/search/", "/consultants/", "/procedures/", "/enquiry/", "/"])
def test_thousands_of_questions_in_an_address_are_answered(address: str) -> None:
    client = Client(raise_request_exception=False)

    for query in (
        "&".join(f"q{number}=1" for number in range(5_000)),
        "q=bone&" * 5_000,
        "q=" + "%00" * 20_000,
        "&" * 60_000,
    ):
        met(client.get, f"{address}?{query}")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=a"])
def test_answers_cut_short_or_among_thousands_of_fields_leave_nothing(question: Answers, kind: str) -> None:
    """Those of a whole check page, which are stored as they are."""
    client = Client(raise_request_exception=False)
    answers = Page(client.post("/enquiry/", question)).hidden()
    thousands = {f"a{number}": "1" for number in range(20_000)}

    def sent(answers: dict[str, Any], part: float = 1) -> int:
        whole = encode_multipart("a", answers) if "multipart" in kind else urlencode(answers, True).encode()
        begun = BytesIO(whole[: int(part * len(whole))])
        body = {"wsgi.input": begun, "CONTENT_LENGTH": str(len(whole)), "CONTENT_TYPE": kind}
        status: int = met(client.generic, "POST", "/enquiry/send/", **body).status_code
        return status

    assert {sent(answers, 0.2), sent(answers, 0.5)} <= {200, 400}
    assert sent(thousands | answers) == sent(answers | thousands) == 400
    assert not Enquiry.objects.exists()
    assert sent(answers) == 303
    assert Enquiry.objects.count() == 1
