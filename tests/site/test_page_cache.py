"""Kept pages: drawn once a change, gone with the change or their moment, there when the database is not, never personal."""

import gzip
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import brotli
import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.db import Error, connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consultants.models import Consultant, Practice
from kyphoplasty_site.access import ADDRESSES, READING
from kyphoplasty_site.models import ContentVersion, SiteSettings
from kyphoplasty_site.page_cache import DRAWN_AT_ONCE
from kyphoplasty_site.page_cache.content import Content, midnight
from kyphoplasty_site.page_cache.pages import MEMORY, Page, Pages, best_coding
from kyphoplasty_site.page_cache.serving import KEPT, CachedPages
from kyphoplasty_site.page_cache.warming import Warmer
from procedures import publishing
from procedures.models import Edition, Hospital, Offering
from tests import factories
from tests.seeded import SeededSite, sitemap
from tests.site.readers import InStep, Server, connection_left_open, nothing_kept, without_the_database
from tests.staff import signed_in

EXPLAINER = "/procedures/elm-brace/"
# Read by everybody, and not kept: answers that are never to be stored, files, and pages of as many addresses as a reader types.
NOT_KEPT = {
    *("search", "healthz", "readyz", "security_txt", "media", "procedures:preview", "procedures:leaflet"),
    *("procedures:leaflet_check", "enquiries:request_status"),
    *("account_reset_password_done", "account_reset_password_from_key_done"),
}


@pytest.fixture(autouse=True)
def empty_disk() -> Iterator[None]:
    with nothing_kept():
        yield


def small_site() -> Edition:
    """A hospital, a procedure with its page, and a consultant who does it."""
    hospital = factories.known_hospital(name="Elm Park", slug="elm-park")
    procedure = factories.procedure(name="Elm brace", slug="elm-brace", aliases="Elm")
    draft = factories.whole_draft(procedure=procedure, number=1)
    publishing.publish_first_text(draft)
    factories.offering(procedure, hospital)
    factories.known_consultant(hospital, procedure)
    factories.glossary_term()
    return Edition.objects.get(pk=draft.pk)


@pytest.fixture
def edition(db: None) -> Edition:
    return small_site()


@pytest.fixture
def server(edition: Edition) -> Server:
    return Server()


@pytest.fixture
def looking(transactional_db: None) -> Iterator[Server]:
    """One that looks by itself, in its own thread."""
    small_site()
    server = Server(content=Content())
    yield server
    server.content.close()


@pytest.fixture
def another(looking: Server) -> Iterator[Server]:
    """A neighbour on the same machine, or the same process once it was started again."""
    server = Server(content=Content())
    yield server
    server.content.close()


def wait_for(it: Callable[[], bool]) -> None:
    """`make bench-changes` holds the site to one second, on a quiet machine."""
    deadline = time.monotonic() + 5
    while not it():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def places_left(site: CachedPages) -> int:
    """How many more may ask Django at this moment."""
    return site.free._value


def version() -> UUID:
    connection.check_constraints()
    return ContentVersion.objects.get().version


def test_every_reading_page_is_kept_or_left_out_by_name() -> None:
    reading = {name for name, row in ADDRESSES.items() if row == READING}

    assert set(KEPT) | NOT_KEPT == reading
    assert not set(KEPT) & NOT_KEPT


def test_kept_page_is_what_django_says(seeded: None) -> None:
    server = Server()
    addresses = [re.sub("^https?://[^/]+", "", address) for address in sitemap(Client())]
    assert len(addresses) > 20

    for address in ["/robots.txt", "/sitemap.xml", *addresses]:
        said = Client(headers={"host": "127.0.0.1"}).get(address)
        first, second = server.get(address), server.get(address)

        assert first.status == second.status == "200 OK"
        assert first.content == second.content == said.content, address
        for name in ("Content-Type", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"):
            assert second.headers[name.lower()] == said[name]
        policy = set(second.headers["content-security-policy"].split("; "))
        assert policy == set(said["Content-Security-Policy"].split("; "))


def test_page_is_drawn_once_and_by_one_of_the_processes(server: Server) -> None:
    neighbour = Server()

    answers = [process.get(EXPLAINER) for process in (server, server, neighbour, neighbour)]

    assert server.drawn == [EXPLAINER]
    assert neighbour.drawn == []
    assert len({answer.content for answer in answers}) == 1


def test_page_that_many_ask_for_at_once_is_drawn_once(looking: Server) -> None:
    server = looking
    server.get("/")
    found: list[bytes] = []

    def ask() -> None:
        found.append(server.get("/glossary/").content)
        connection.close()

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()

    assert server.drawn.count("/glossary/") == 1
    assert len(set(found)) == 1
    assert len(found) == 8


def test_change_is_seen_soon_by_a_process_that_only_looks(looking: Server) -> None:
    assert b"1 Sparrow Lane" not in looking.get("/hospitals/elm-park/").content

    Hospital.objects.update(street="1 Sparrow Lane")

    deadline = timezone.now() + timedelta(
        seconds=3
    )  # `make bench-changes` holds it to one, on a quiet machine
    while b"1 Sparrow Lane" not in looking.get("/hospitals/elm-park/").content:
        assert timezone.now() < deadline


@pytest.mark.django_db(transaction=True)
def test_content_has_another_version_at_the_end_of_a_transaction_and_not_before() -> None:
    hospital = factories.hospital()
    before = version()

    with transaction.atomic():
        for phone in ("01582 700001", "01582 700002"):
            Hospital.objects.filter(pk=hospital.pk).update(phone=phone)
        assert ContentVersion.objects.get().version == before
    changed = version()
    assert changed != before

    with transaction.atomic():
        Hospital.objects.filter(pk=hospital.pk).update(phone="01582 700003")
        transaction.set_rollback(True)
    assert version() == changed

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procedures_closure")
        cursor.execute("SELECT count(*) FROM content_change")
        assert cursor.fetchone() == (0,)
    assert version() != changed


@pytest.mark.django_db(transaction=True)
def test_two_that_change_content_never_wait_for_each_other_in_a_ring() -> None:
    """One locks a hospital and changes it; the other changes a word, and then needs the hospital to be there."""
    hospital, term = factories.hospital(), factories.glossary_term()
    locked, changed = threading.Event(), threading.Event()
    failed: list[Exception] = []

    def change_a_word_and_close_a_day() -> None:
        try:
            with transaction.atomic():
                type(term).objects.filter(pk=term.pk).update(definition="Said anew.")
                locked.wait(5)
                factories.closure(hospital, timezone.localdate() + timedelta(days=9))
                changed.set()
        except Error as error:
            failed.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=change_a_word_and_close_a_day)
    other.start()
    with transaction.atomic():
        Hospital.objects.select_for_update().get(pk=hospital.pk)
        locked.set()
        changed.wait(5)
        Hospital.objects.filter(pk=hospital.pk).update(phone="01582 700002")
    other.join()

    assert failed == []


def test_every_table_that_a_kept_page_reads_moves_the_version(seeded: None, site: SeededSite) -> None:
    server = Server()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'content_changed' AND tgenabled = 'O'"
        )
        watched = {table for (table,) in cursor.fetchall()}

    addresses = {re.sub("^https?://[^/]+", "", address) for address in [*site.addresses, *site.sitemap]}
    with CaptureQueriesContext(connection) as asked:
        for address in ["/sitemap.xml", *addresses - {"/enquiry/", "/call-back/"}]:
            assert "x-accel-expires" in server.get(address).headers

    assert len(server.drawn) > 20
    read = {
        table for query in asked for table in re.findall(r'(?:FROM|JOIN) "?([a-z]+_[a-z_]+)"?', query["sql"])
    }
    read.remove("kyphoplasty_site_contentversion")
    assert read - watched == set()
    assert len(read) > 12


@pytest.mark.parametrize(
    "change",
    [
        lambda: Hospital.objects.update(street="1 Sparrow Lane"),
        lambda: Practice.objects.all()[0].delete(),
        lambda: SiteSettings.objects.update(phone="01582 700001"),
        lambda: Offering.objects.all()[0].delete(),
    ],
)
def test_version_moves_however_a_row_is_changed(edition: Edition, change: Any) -> None:
    before = version()
    # As in a transaction of its own.
    connection.cursor().execute("SET LOCAL kyphoplasty_site.changed_in = ''")

    change()

    assert version() != before


def test_notice_comes_and_goes_by_itself(server: Server) -> None:
    begins = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
    SiteSettings.objects.update(
        notice="The lift is being mended.", notice_from=begins, notice_until=begins + timedelta(hours=1)
    )

    def shown_at(moment: datetime) -> bool:
        with time_machine.travel(moment, tick=False):
            return b"The lift is being mended." in server.get("/").content

    almost = timedelta(milliseconds=1)
    assert not shown_at(begins - almost)
    assert shown_at(begins)
    assert shown_at(begins + timedelta(hours=1) - almost)
    assert not shown_at(begins + timedelta(hours=1))
    assert server.drawn.count("/") == 3


def test_edition_set_for_later_comes_out_on_time(server: Server, edition: Edition) -> None:
    comes_out = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
    draft = publishing.start_draft(edition)
    draft.blocks.filter(heading="Less pain").update(body="<p>The pain may ease.</p>")
    Edition.objects.filter(pk=draft.pk).update(change_summary="We made it clearer.", change_reason="Asked.")
    morgan = factories.reviewer()
    factories.sign_off(draft, morgan)
    publishing.publish(draft, by=morgan.user, at=comes_out)

    def told_at(moment: datetime) -> bytes:
        with time_machine.travel(moment, tick=False):
            return server.get(EXPLAINER).content

    before = told_at(comes_out - timedelta(milliseconds=1))
    after = told_at(comes_out)
    assert b"The pain can ease." in before
    assert b"The pain may ease." in after


def test_review_price_and_confirmation_lapse_at_midnight(server: Server) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        server.get(EXPLAINER)
        server.get(EXPLAINER)
        assert server.drawn == [EXPLAINER]
        ends = midnight()
    assert timezone.localtime(ends).time().isoformat() == "00:00:00"

    with time_machine.travel(ends - timedelta(milliseconds=1), tick=False):
        server.get(EXPLAINER)
        assert server.drawn == [EXPLAINER]
    with time_machine.travel(ends, tick=False):
        server.get(EXPLAINER)
        assert server.drawn == [EXPLAINER, EXPLAINER]


@pytest.mark.parametrize(
    ("day", "ends"),
    [("2027-03-28", "2027-03-29T00:00:00+01:00"), ("2027-10-31", "2027-11-01T00:00:00+00:00")],
)
def test_day_ends_at_midnight_when_the_clocks_change(day: str, ends: str) -> None:
    with time_machine.travel(datetime.fromisoformat(f"{day}T12:00:00+00:00"), tick=False):
        assert midnight() == datetime.fromisoformat(ends)


def test_near_its_moment_a_page_may_be_kept_by_nobody_else(server: Server) -> None:
    with time_machine.travel(midnight() - timedelta(seconds=2), tick=False):
        server.look()
        answer = server.get("/")
    assert "s-maxage=0" in answer.headers["cache-control"]
    assert "x-accel-expires" not in answer.headers

    with time_machine.travel(midnight() - timedelta(hours=2), tick=False):
        server.look()
        answer = server.get("/")
        assert answer.headers["x-accel-expires"] == f"@{int(server.content.seen_at)}"
    said = answer.headers["cache-control"]
    assert all(word in said for word in ("public", "s-maxage=1", "stale-while-revalidate", "stale-if-error"))


def test_pages_stay_up_without_the_database_and_after_a_restart(
    looking: Server, another: Server, closed_port: int
) -> None:
    addresses = ["/", EXPLAINER, "/consultants/", "/glossary/"]
    kept = {address: looking.get(address) for address in addresses}

    with without_the_database(closed_port):
        for process in (looking, another):
            for address in addresses:
                answer = process.get(address)
                assert answer.status == "200 OK"
                assert answer.content == kept[address].content
                assert answer.headers["etag"] == kept[address].headers["etag"]
        assert another.get("/hospitals/").status.startswith("503")
        for process in (looking, another):
            wait_for(lambda process=process: process.content.is_away)  # type: ignore[misc]
            answer = process.get("/")
            assert answer.status == "200 OK"
            assert "s-maxage=0" in answer.headers["cache-control"], process.content.__dict__
            assert "x-accel-expires" not in answer.headers


def test_page_that_is_gone_does_not_come_back_with_an_outage(
    looking: Server, another: Server, closed_port: int
) -> None:
    consultant = Consultant.objects.get()
    address = consultant.get_absolute_url()
    assert looking.get(address).status == another.get(address).status == "200 OK"
    Practice.objects.all().delete()
    consultant.delete()
    wait_for(lambda: looking.get(address).status.startswith("404"))

    with without_the_database(closed_port):
        wait_for(lambda: looking.content.is_away and another.content.is_away)
        for process in (looking, another):
            assert process.get(address).status.startswith("404")


def test_nginx_is_told_that_a_page_is_gone_in_place_of_the_page_it_had(server: Server) -> None:
    answer = server.get("/procedures/nothing/")

    assert answer.status.startswith("404")
    assert answer.headers["x-accel-expires"] == f"@{int(server.content.seen_at)}"


def test_clock_that_is_set_back_loses_no_moment(server: Server) -> None:
    now = timezone.now()
    with time_machine.travel(now + timedelta(days=3), tick=False):
        server.get("/")
    with time_machine.travel(now, tick=False):
        server.look()
        assert server.content.standing.until == midnight().timestamp()


@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(days=-400)])
def test_clock_that_is_wrong_leaves_the_pages_as_they_were(looking: Server, jump: timedelta) -> None:
    """By it the explainer would be overdue for review, or not published yet. What nobody has read before is not shown."""
    before = looking.get(EXPLAINER)

    with time_machine.travel(timezone.now() + jump):
        meanwhile = looking.get(EXPLAINER)
        time.sleep(1.2)  # for longer than what was seen is trusted
        later = looking.get(EXPLAINER)
        never_read = looking.get("/glossary/")
    after = looking.get(EXPLAINER)

    assert before.status == "200 OK"
    assert never_read.status.startswith("503")
    assert [each.content for each in (meanwhile, later, after)] == [before.content] * 3
    assert "s-maxage=0" in meanwhile.headers["cache-control"]
    assert "x-accel-expires" not in meanwhile.headers
    assert looking.drawn == [EXPLAINER, "/glossary/"]
    wait_for(lambda: "x-accel-expires" in looking.get(EXPLAINER).headers)
    assert looking.get("/glossary/").status == "200 OK"


def test_change_is_seen_once_the_clock_is_right(looking: Server) -> None:
    looking.get("/glossary/")

    with time_machine.travel(timezone.now() - timedelta(days=400)):
        factories.glossary_term(term="Zinc", slug="zinc")
        time.sleep(0.2)
        assert b"Zinc" not in looking.get("/glossary/").content

    wait_for(lambda: b"Zinc" in looking.get("/glossary/").content)


def test_form_that_is_the_first_to_be_sent_is_not_stored_by_a_wrong_clock(looking: Server) -> None:
    """A process that has just been started knows nothing of the database's clock yet."""
    typed = b"name=Jo+Larkspur"
    sent = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(typed))}
    with time_machine.travel(timezone.now() - timedelta(days=400)):
        answer = looking.get("/enquiry/send/", "POST", **sent, **{"wsgi.input": BytesIO(typed)})

    assert answer.status.startswith("503")
    assert b"Your request has not reached us." in answer.content
    assert b"Jo Larkspur" in answer.content


def test_other_spellings_of_an_address_are_not_kept(server: Server) -> None:
    for zeros in ("", "0", "00"):
        for _ in range(2):
            assert server.get(f"{EXPLAINER}editions/{zeros}1/").status == "200 OK"

    assert len(server.drawn) == 1 + 2 + 2


def test_threads_may_keep_pages_at_the_same_time() -> None:
    pages = Pages()
    failed: list[Exception] = []

    def keep(number: int) -> None:
        try:
            for n in range(300):
                pages._remember(f"{number} {n % 7}", Page("1", "200 OK", [], b"b" * (MEMORY // 9), b"g"))
        except RuntimeError as error:
            failed.append(error)

    was = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    keepers = [threading.Thread(target=keep, args=(number,)) for number in range(5)]
    for keeper in keepers:
        keeper.start()
    for keeper in keepers:
        keeper.join()
    sys.setswitchinterval(was)

    assert failed == []
    assert pages._size == sum(page.size for page in pages._memory.values()) <= MEMORY


@pytest.mark.parametrize("ending", ["read whole", "reader goes away", "breaks off", "closed twice"])
def test_streamed_answer_keeps_its_place_until_it_is_closed(db: None, ending: str) -> None:
    def rows() -> Iterator[bytes]:
        yield b"first"
        if ending == "breaks off":
            raise Error
        yield b"last"

    def django(environ: dict[str, Any], start_response: Any) -> StreamingHttpResponse:
        return StreamingHttpResponse(rows())

    site = CachedPages(django, InStep())
    environ: dict[str, Any] = {"REQUEST_METHOD": "POST"}

    answer: Any = site(environ, print)

    assert places_left(site) == DRAWN_AT_ONCE - 1
    leaving = iter(answer)
    assert next(leaving) == b"first"
    if ending == "breaks off":
        with pytest.raises(Error):
            next(leaving)
    elif ending == "read whole":
        assert list(leaving) == [b"last"]
    assert places_left(site) == DRAWN_AT_ONCE - 1
    with connection_left_open():
        answer.close()
        if ending == "closed twice":
            answer.close()
    assert places_left(site) == DRAWN_AT_ONCE
    assert list(leaving) == []


@pytest.mark.parametrize("answer", [HttpResponse("whole"), Error()])
def test_any_other_answer_leaves_its_place_when_it_is_there(
    db: None, answer: HttpResponse | Exception
) -> None:
    def django(environ: dict[str, Any], start_response: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    site = CachedPages(django, InStep())

    with suppress(Error):
        assert site({"REQUEST_METHOD": "POST"}, print) is answer

    assert places_left(site) == DRAWN_AT_ONCE


def test_what_staff_see_is_never_kept_and_never_taken_from_what_is_kept(
    server: Server, admin_user: User
) -> None:
    staff = signed_in(Client(), admin_user)
    cookie = f"staff={staff.cookies['staff'].value}"

    for address in ("/", EXPLAINER, "/admin/"):
        answer = server.get(address, HTTP_COOKIE=cookie)
        assert answer.status == "200 OK"
        assert "x-accel-expires" not in answer.headers
    server.get("/", HTTP_AUTHORIZATION="Basic YTpi")

    assert server.drawn == ["/", EXPLAINER, "/admin/", "/"]
    server.get("/")
    assert server.drawn[-1] == "/"
    assert len(server.drawn) == 5


def test_only_plain_pages_of_readers_are_kept(server: Server) -> None:
    twice = [
        *("/enquiry/", "/call-back/", "/search/?q=spine", "/consultants/?q=a", "/procedures/?kind=scan"),
        *("/healthz", "/readyz", "/accounts/login/", "/nowhere/", "/procedures/nothing/", "/preview/abc/"),
        f"{EXPLAINER}changes/?on=2026-01-01",
    ]
    for address in twice:
        for _ in range(2):
            answer = server.get(address)
            assert answer.status[:3] == "404" or "x-accel-expires" not in answer.headers, address
    assert len(server.drawn) == 2 * len(twice)

    for _ in range(2):
        assert server.get("/", method="POST").status.startswith("403")
        assert server.get("/", HTTP_HOST="elsewhere.example").status.startswith("400")
    assert len(server.drawn) == 2 * len(twice) + 4


def test_what_a_mail_program_adds_to_an_address_changes_nothing(server: Server) -> None:
    plain = server.get(EXPLAINER)

    assert server.get(f"{EXPLAINER}?utm_source=letter&fbclid=1").content == plain.content
    assert server.get("/consultants/?utm_source=letter").status == "200 OK"
    assert server.get("/consultants/?utm_source=a&q=").status == "200 OK"
    assert server.drawn == [EXPLAINER, "/consultants/", "/consultants/"]


def test_reader_with_a_cookie_of_their_own_gets_the_same_page(server: Server) -> None:
    answer = server.get("/", HTTP_COOKIE="csrf=abc")

    assert server.get("/").content == answer.content
    assert server.drawn == ["/"]
    assert "set-cookie" not in answer.headers


def test_codings_validators_and_heads(server: Server) -> None:
    plain = server.get(EXPLAINER)
    small = server.get(EXPLAINER, HTTP_ACCEPT_ENCODING="gzip, deflate, br, zstd")
    zipped = server.get(EXPLAINER, HTTP_ACCEPT_ENCODING="gzip")

    assert brotli.decompress(small.content) == gzip.decompress(zipped.content) == plain.content
    assert len({answer.headers["etag"] for answer in (plain, small, zipped)}) == 3
    for answer in (plain, small, zipped):
        assert answer.headers["vary"] == "Accept-Encoding"
        assert int(answer.headers["content-length"]) == len(answer.content)

    same = server.get(
        EXPLAINER, HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=f'"x", {small.headers["etag"]}'
    )
    assert (same.status, same.content) == ("304 Not Modified", b"")
    assert same.headers["etag"] == small.headers["etag"]
    assert "content-length" not in same.headers
    assert server.get(EXPLAINER, HTTP_IF_NONE_MATCH=small.headers["etag"]).status == "200 OK"

    head = server.get(EXPLAINER, method="HEAD")
    assert (head.status, head.content) == ("200 OK", b"")
    assert head.headers["content-length"] == plain.headers["content-length"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("br", "br"),
        ("gzip, br;q=0", "gzip"),
        ("br;q=0.0, gzip; q=0.000", ""),
        ("GZIP;q=0.5", "gzip"),
        ("identity", ""),
        ("brotli", ""),
    ],
)
def test_coding_is_one_that_was_asked_for(accepted: str, coding: str) -> None:
    assert best_coding(accepted) == coding


def test_memory_is_bounded_and_the_disk_gives_back_what_made_room() -> None:
    pages = Pages()
    large = Page("1", "200 OK", [], b"b" * (MEMORY // 4), b"g")

    for number in range(6):
        pages.keep(f"page {number}", large)

    assert sum(page.size for page in pages._memory.values()) <= MEMORY
    assert pages.at_hand("page 0") is None
    assert pages.on_disk("page 0") == large


def test_kept_page_that_cannot_be_read_is_drawn_again(server: Server) -> None:
    server.get("/")
    for file in Path(settings.CACHES["pages"]["LOCATION"]).glob("*.djcache"):
        file.write_bytes(b"not what was written")

    assert Server().get("/").status == "200 OK"


def test_what_pages_share_is_made_once_a_change(looking: Server) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert looking.get("/call-back/").status == "200 OK"
        return len(queries)

    first, second = asked(), asked()
    assert second < first

    Hospital.objects.update(name="Sparrow Park")
    deadline = timezone.now() + timedelta(
        seconds=3
    )  # `make bench-changes` holds it to one, on a quiet machine
    while b"Sparrow Park" not in looking.get("/call-back/").content:
        assert timezone.now() < deadline


def test_without_anybody_who_looks_nothing_is_remembered(edition: Edition, client: Client) -> None:
    assert b"Sparrow Park" not in client.get("/call-back/").content

    Hospital.objects.update(name="Sparrow Park")

    assert b"Sparrow Park" in client.get("/call-back/").content


def test_warming_draws_every_page_that_the_sitemap_names(server: Server) -> None:
    server.look()

    with connection_left_open():
        Warmer(server.application, server.content).warm(server.content.generation())

    named = {re.sub("^https?://[^/]+", "", address) for address in sitemap(Client())}
    kept = named - {"/enquiry/", "/call-back/"}
    assert set(server.drawn) == named
    assert len(kept) > 8
    before = len(server.drawn)
    for address in kept:
        assert server.get(address, HTTP_HOST=urlsplit(settings.SITE_URL).netloc).status == "200 OK"
    assert len(server.drawn) == before


def test_warming_ends_when_the_content_changes(server: Server) -> None:
    server.look()

    Warmer(server.application, server.content).warm("a generation before")

    assert server.drawn == []
