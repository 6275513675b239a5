"""Writes requests from standard input into a session of wapiti, in place of what it would find by itself.

Run by Debian's own Python, which has wapiti's modules: `python3 wapiti_session.py FOLDER ADDRESS < requests.json`.
"""

import json
import sys

from wapitiCore.main.wapiti import Wapiti
from wapitiCore.net.web import Request


def main(folder: str, site: str) -> None:
    session = Wapiti(site, session_dir=folder)
    session.persister.set_root_url(site)
    for one in json.load(sys.stdin):
        sent = one["fields"]
        names = {"get_params": sent} if one["method"] == "GET" else {"post_params": sent}
        request = Request(one["address"], one["method"], referer=one["address"], link_depth=0, **names)
        request.status = 200
        request.set_headers({"content-type": "text/html"})  # it attacks only what it has an answer of
        session.persister.add_request(request)


if __name__ == "__main__":
    main(*sys.argv[1:])
