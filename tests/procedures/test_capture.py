"""A page says its title once, and its head says it in several places."""

from django.template import Context, Template


def test_what_is_captured_is_escaped_once() -> None:
    page = Template(
        "{% load procedures %}{% capture title %} {{ name }} {% endcapture %}<title>{{ title }}</title>"
    )

    assert page.render(Context({"name": "O'Neil & <Co>"})) == "<title>O&#x27;Neil &amp; &lt;Co&gt;</title>"
