"""What nobody types by accident: strings that break parsers, in the manner of the Big List of Naughty Strings.

For the tests that put them into every field, header, cookie, path and file name. `bounded` keeps the properties beside
them short; `--hypothesis-profile=thorough` lets each run forty times as long.
"""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some

LONGEST_ANSWER = 2  # seconds of processor, for whatever is asked
# Seconds by the clock, after which something waits that should not. BUSY says that much else runs on this machine.
STUCK = 30 if os.environ.get("BUSY") else 5

NAUGHTY = {
    "NUL": "a\0b",
    "controls": "\x01\x02\x07\x08\x0b\x0c\x0e\x1b[31m\x1f\x7f\x80\x85\x9b\x9f",
    "no characters": "\ufeff\ufffd\ufffe\uffff\ufdd0\U0001ffff",
    "private use": "\ue000bone\ue001",
    "bidi": "\u202eevil\u202c\u2066exe.\u2069\u200e\u200f\u061cJo",
    "zero width": "J\u200bo\u200c\u200d\u2060\u00ad",
    "spaces of all kinds": "\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000",
    "right to left": "مرحبا بالعالم שלום עולם",
    "combining flood": "J" + "\u0301\u0330\u0489" * 200 + "o",
    "emoji": "🩻👩🏽‍⚕️👨‍👩‍👧‍👦🏴󠁧󠁢󠁷󠁬󠁳󠁿🇯🇪",
    "astral": "𝕵𝖔 𐐷 𠜎 \U0010fffd",
    "width and ligatures": "ﬁﬂ ＪＯ ǆ ß ẞ ſ K ﷺ",
    "Turkish i": "İıIi",
    "grows when folded": "ΐ" * 300,
    "digits of elsewhere": "٠١٢ १२३ ²³ ⅷ",
    "long word": "a" * 3_000,
    "long line": "my back hurts " * 600,
    "lines of each kind": "\r\n\n\tone\rtwo\ntwo\r\nthree\x0bfour\u2028five",
    "quotes": "'\"`´“”‘’«»",
    "backslashes": "\\ \\\\ \\' \\0 \\x00 \\u0000 \\ud800",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "end of an attribute": "\" autofocus onfocus=alert(1) x='",
    "end of a text box": "</textarea></title></script><!--",
    "entities": "&lt;&#0;&#xd800;&#1114112;&amp;amp;",
    "template": "${7*7}<%= 7*7 %>{{ 7|add:7 }}{% csrf_token %}{{ request.user.password }}{# x #}",
    "format": "%s%n%x%d%(name)s{0}{}{name.__class__.__mro__}",
    "percent": "%00%0d%0a%2e%2e%2f%ff%u0041%",
    "SQL": "'; DROP TABLE enquiries_enquiry; --",
    "SQL that waits": "1' AND (SELECT pg_sleep(60))::text='1",
    "full text and wildcards": "%%%___%\\%& | ! ( ) <-> :* <2> 'a':1A",
    "regular expression": "(a+)+$" + "a" * 60 + "!",
    "brackets": "[" * 2_000 + "]" * 2_000,
    "JSON": '{"__proto__": {"a": 1}, "a": NaN, "b": 1e999}',
    "shell": "`sleep 5`; $(sleep 5) | sleep 5 && sleep 5 #",
    "mail header": "Jo\r\nBcc: all@larkspur.example\r\n\r\nBuy now",
    "answer header": "x\r\nSet-Cookie: staff=1\r\nLocation: //evil.example",
    "encoded header": "=?utf-8?B?Sm8=?= =?x?q?=0d=0aBcc:a@b.example?=",
    "path": "../../../../etc/passwd\\..\\..\\CON\0.png",
    "encoded path": "..%2f..%2f..%c0%af..%252fetc/passwd",
    "scripts": "javascript:alert(1)//",
    "address": "https://evil.example/?next=//evil.example",
    "address of our own": "http://127.0.0.1:9/ http://169.254.169.254/latest/meta-data/",
    "formula": "=1+1|cmd|HYPERLINK(\"https://evil.example\")",
    "nothing": "",
    "a space": " ",
    "a minus": "-1",
    "a huge number": "9" * 400,
    "more than a number": "1e400 NaN Infinity 0x1F 1_000 1,000.5",
    "a day that is none": "2026-02-30",
    "truth": "null",
}  # fmt: skip
STRINGS = list(NAUGHTY.values())

# Any text, that of the list among it. UTF-8 has no halves of characters, so nobody can send one.
NASTY = some.sampled_from(STRINGS) | some.text(some.characters(exclude_categories=["Cs"]), max_size=300)


def bounded(examples: int) -> settings:
    """A property that is tried so many times, and under a longer profile so many times more."""
    longer = settings().max_examples // 100
    return settings(
        max_examples=examples * longer,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def backend() -> int:
    """The process of the database that answers here, on this machine for every test."""
    connection.ensure_connection()
    number: int = connection.connection.get_backend_pid()
    return number


def worked() -> float:
    """Seconds of processor that this process and the database's have spent so far."""
    stat = Path(f"/proc/{backend()}/stat").read_text()
    name, _, figures = stat.rpartition(")")
    assert name.endswith("postgres")
    user, system = figures.split()[11:13]
    return process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def in_time() -> Iterator[None]:
    """What is done within hangs nobody: neither in what it works, here and in the database, nor by the clock.

    A machine that stands still works nothing: so the tighter bound is on the work. What earlier tests left is not
    collected meanwhile, since that alone can take two seconds; what this one leaves behind is, and counts.
    """
    began, before, asked = perf_counter(), worked(), backend()
    gc.disable()
    try:
        yield
        gc.collect(1)
    finally:
        gc.enable()
    assert backend() == asked
    assert worked() - before < LONGEST_ANSWER
    assert perf_counter() - began < STUCK


def met(ask: Callable[..., Any], *what: Any, **how: Any) -> Any:
    """The answer to a request, which is no fault of ours and came in time. If not, what was asked is told."""
    try:
        with in_time():
            response = ask(*what, **how)
        assert response.status_code < 500
    except BaseException as error:
        error.add_note(f"Asked: {what!r:.2000} {how!r:.2000}")
        raise
    return response
