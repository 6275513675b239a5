"""Whether mail outlasts a mail server that is away and workers that are killed: `make bench-mail`.

Mail waits in the outbox while nothing listens where the mail server should be. Then a real one comes up, and the worker
is killed outright some times while it sends. The exit code is 1 where a promise is broken.
"""

import argparse
import random
import sys
import time
from uuid import uuid4

from tests.bench.serving import judged, served
from tests.faults.post import Post

from enquiries.models import ConsentWording  # isort: skip - the site must be set up first
from enquiries.models import Enquiry, OutgoingMail  # isort: skip
from procedures.models import Hospital  # isort: skip

MAILS, KILLS, AWAY, WITHIN = 10_000, 3, 30, 120


def fill(mails: int) -> None:
    """So many mails, two for each request, as the forms store them."""
    Enquiry.objects.all().delete()
    Hospital.objects.update(enquiries_email="team@elmpark.example")
    hospital = Hospital.objects.earliest("pk")
    for number in range(mails // 2):
        enquiry = Enquiry(
            kind=Enquiry.Kind.ENQUIRY,
            submission_id=uuid4(),
            hospital=hospital,
            name=f"Jo Larkspur {number}",
            email=f"jo{number}@larkspur.example",
            question="Could this help my mother?",
        )
        enquiry.agree_to(ConsentWording.objects.current())
        Enquiry.objects.submit(enquiry)
        if number % 1000 == 0:
            print(f"\rrequests stored: {number}", end="", file=sys.stderr, flush=True)
    print(f"\r{OutgoingMail.objects.count()} mails wait, and nothing listens.", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mails", type=int, default=MAILS, help=f"how many wait (default {MAILS})")
    parser.add_argument("--kills", type=int, default=KILLS, help=f"how often the worker is killed ({KILLS})")
    parser.add_argument("--away", type=float, default=AWAY, help=f"seconds without a mail server ({AWAY})")
    options = parser.parse_args()
    post = Post()
    with served(EMAIL_URL=post.url) as site:
        fill(options.mails)
        time.sleep(options.away)
        waiting = set(OutgoingMail.objects.unsent().values_list("message_id", flat=True))
        post.start()
        began, kills = time.monotonic(), 0
        # The worker is killed at places spread over the mails, so always while it sends.
        places = sorted(random.sample(range(options.mails // 20, options.mails * 9 // 10), options.kills))
        took = 0.0
        while OutgoingMail.objects.unsent().exists() and took < 2 * WITHIN:
            if kills < len(places) and sum(post.got.values()) >= places[kills]:
                kills += site.kill("worker")
            time.sleep(0.1)
            took = time.monotonic() - began
        post.stop()
    received = {message_id for message_id, _ in post.got}
    references = {reference for _, reference in post.got}
    print(f"{len(received)} of {len(waiting)} mails in {took:.1f} s, {kills} kills, {post.repeats} repeats")
    return judged(
        {
            f"all {options.mails} waited while the server was away": len(waiting) == options.mails,
            f"every mail left, and no other, within {WITHIN} s": received == waiting and took <= WITHIN,
            "no more repeats than kills, each with its own Message-ID and X-Reference": post.repeats <= kills
            and len(post.got) == len(received) == len(references),
        }
    )


if __name__ == "__main__":
    sys.exit(main())
