"""Many machines: each part is killed under load, and the replica takes over. What was acknowledged is there, once."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.bench.requests import Patient, Record, one_patient
from tests.serve.machines import Machines, until

READ = ("/", "/procedures/balloon-kyphoplasty/", "/consultants/", "/hospitals/spire-harpenden/")
CLIENTS = 4


class Load:
    """People who ask and people who read, for as long as the block lasts."""

    def __init__(self, machines: Machines) -> None:
        self.machines, self.record, self.numbers = machines, Record(), iter(range(1_000_000))
        self.reads: Counter[int] = Counter()
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self._send) for _ in range(CLIENTS)]
        self.threads.append(threading.Thread(target=self._read))

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def goes_on(self, what: str) -> None:
        """Somebody is acknowledged from here on."""
        before = len(self.record.acknowledged)
        until(
            lambda: len(self.record.acknowledged) > before + 5,
            40,
            f"somebody is acknowledged {what}: {self.record.statuses}",
        )

    def _send(self) -> None:
        site: Any = SimpleNamespace(port=self.machines.ports["nginx"])
        while not self.is_over.is_set():
            number = next(self.numbers)
            one_patient(
                site, self.record, number, "double" if number % 10 == 0 else "once", "spire-harpenden"
            )

    def _read(self) -> None:
        while not self.is_over.wait(0.02):
            for address in READ:
                self.reads[self.machines.status(address)] += 1


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    made = Machines()
    try:
        made.begin()
        yield made
    finally:
        made.end()


def test_each_part_is_killed_in_turn_and_the_replica_takes_over(machines: Machines) -> None:
    for (
        address
    ) in READ:  # each web machine has drawn what is read, and nginx keeps it once it trusts one again
        for number in ("1", "2"):
            assert machines.status(f"{number}{address}") == 200
        until(lambda: machines.status(address) == 200, 10, address)  # noqa: B023
    with Load(machines) as load:
        load.goes_on("at first")
        for part in ("web 1", "web 2", "worker", "redis"):
            machines.kill(part)
            load.goes_on(f"without {part}")
            machines.start(part)
            if part.startswith("web"):
                machines.answers_again(part)
            load.goes_on(f"with {part} again")

        machines.replica.kill()
        until(
            lambda: b"its standby is away" in machines.read("1/readyz")[1],
            60,
            "the standby’s absence is told",
        )
        machines.replica.start()
        until(lambda: b'"database": "ok"' in machines.read("1/readyz")[1], 60, "all is well again")
        load.goes_on("with the standby again")

        machines.first.kill()
        until(lambda: machines.status("/") == 200, 5, "the start page without a database")
        machines.replica.promote()
        load.goes_on("after the replica took over")

        assert set(load.reads) == {200}, machines.told_of_failures()
        machines.kill("nginx")
        machines.start("nginx")
        load.goes_on("with nginx again")
    acknowledged = [sent.reference for sent in load.record.acknowledged]
    stored = [reference for (reference,) in machines.replica.asked("SELECT reference FROM enquiries_enquiry")]
    assert len(acknowledged) > 50
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    assert len(set(acknowledged)) == len(acknowledged)
    assert load.record.differing_doubles == 0
    assert load.record.statuses[500] == 0

    def waiting() -> int:
        return int(
            machines.replica.asked("SELECT count(*) FROM enquiries_outgoingmail WHERE sent_at IS NULL")[0][0]
        )

    assert waiting() > 0  # a server that was promoted might be a copy: somebody must say that it is not
    machines.manage("shell", "-c", "from enquiries.models.fence import lift_fence; lift_fence(by=None)")
    until(lambda: waiting() == 0, 60, "every mail has left")


def test_change_reaches_every_machine_within_a_second_and_one_that_was_cut_off(machines: Machines) -> None:
    database = machines.replica if not machines.first_is_up() else machines.first
    address = "/hospitals/spire-harpenden/"
    for number in ("", "1", "2"):
        assert machines.status(f"{number}{address}") == 200

    def change(street: str) -> None:
        database.asked(f"UPDATE procedures_hospital SET street = '{street}' WHERE slug = 'spire-harpenden'")

    stale = 0
    for edit in range(20):
        change(f"{edit} Sparrow Lane")
        time.sleep(1)
        for number in ("", "1", "2"):
            stale += f"{edit} Sparrow Lane".encode() not in machines.read(f"{number}{address}")[1]
    assert stale == 0

    if machines.network.is_apart:
        machines.machines[1].pull_cable()
        change("1 Plover Lane")
        assert b"1 Plover Lane" in _soon(machines, f"1{address}")
        until(
            lambda: b"1 Plover Lane" in machines.read(address, 9)[1],
            10,
            "readers are led past the lost machine",
        )
        time.sleep(2)
        machines.machines[1].put_cable_back()
        back = time.monotonic()
        until(lambda: b"1 Plover Lane" in machines.read(f"2{address}")[1], 30, "it knows of the change")
        assert time.monotonic() - back < 5


def test_page_is_kept_by_nginx_and_nothing_private_is(machines: Machines) -> None:
    patient = Patient(SimpleNamespace(port=machines.ports["nginx"]), Record())  # type: ignore[arg-type]
    for address in ("/enquiry/", "/search/?q=spine", "/admin/", "/accounts/login/", "/readyz"):
        answer = patient.once("GET", address)
        assert answer is not None
    kept = [path.read_bytes() for path in (machines.folder / "cache").rglob("*") if path.is_file()]

    assert any(b"KEY: http" in page and b"/procedures/balloon-kyphoplasty/" in page for page in kept)
    for page in kept:
        key = page.partition(b"KEY: ")[2].partition(b"\n")[0]
        assert not any(
            word in key
            for word in (b"/enquiry", b"/search", b"/admin", b"/accounts", b"/readyz", b"/requests")
        )
        assert b"et-cookie" not in page


def _soon(machines: Machines, address: str) -> bytes:
    time.sleep(1)
    return machines.read(address)[1]
