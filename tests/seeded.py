"""The seeded site, read once from the first page to the last: what the tests of content and of every page ask."""

from dataclasses import dataclass, field
from io import StringIO
from typing import Self
from xml.etree import ElementTree

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from consultants.models import Consultant
from enquiries.models import Enquiry
from procedures.models import Block, Edition, Figure, Hospital, Illustration
from tests import factories
from tests.enquiries.pages import Page

BESIDE = ("changes", "visit-sheet", "for-your-gp")
ANSWERS = {
    "name": "Jo Larkspur",
    "phone": "07700 900123",
    "question": "When?",
    "consent": "1",
    "hospital": "spire-harpenden",
}


# What a patient may do on the private page of a request.
CHANGES = ("phone", "time", "withdraw", "erase")


@dataclass
class SeededSite:
    """Every page by its address, and the rows they were made from."""

    pages: dict[str, Page] = field(default_factory=dict)
    editions: list[Edition] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    consultants: list[Consultant] = field(default_factory=list)
    hospitals: list[Hospital] = field(default_factory=list)
    drawings: set[str] = field(default_factory=set)
    unused_figures: set[str] = field(default_factory=set)
    refused: dict[str, list[str]] = field(default_factory=dict)
    sitemap: set[str] = field(default_factory=set)

    @classmethod
    def read(cls) -> Self:
        """Load the seed, then open every page in every state that shows the red flags."""
        call_command("seed_content", stdout=StringIO())
        found = cls(
            editions=list(Edition.objects.current().with_blocks()),
            consultants=list(Consultant.objects.listed().with_practices()),
            hospitals=list(Hospital.objects.all()),
            drawings=set(Illustration.objects.exclude(drawing="").values_list("drawing", flat=True)),
            unused_figures=set(Figure.objects.filter(blocks=None).values_list("key", flat=True)),
            refused=refused_rows(),
        )
        found.blocks = [block for edition in found.editions for block in edition.blocks.all()]
        client = Client()
        found.sitemap = set(sitemap(client))
        for address in found.addresses:
            found.pages[address] = Page(client.get(address))
        for address in ("/enquiry/", "/call-back/"):
            found.pages[f"{address} check"] = Page(client.post(address, ANSWERS))
            found.pages[f"{address} errors"] = Page(client.post(address, {}))
        for kind in Enquiry.Kind:
            request = factories.stored_enquiry(found.hospitals[0], kind=kind)
            address = request.get_absolute_url()
            found.pages[f"{kind} thanks"] = Page(client.get(address))
            for change in CHANGES:
                found.pages[f"{kind} {change}"] = Page(client.get(f"{address}{change}/"))
        return found

    @property
    def addresses(self) -> list[str]:
        """Every address a reader may open."""
        return [
            "/",
            "/procedures/",
            "/hospitals/",
            "/consultants/",
            "/glossary/",
            "/enquiry/",
            "/call-back/",
            "/privacy/",
            "/accessibility/",
            *self.explainers,
            *(f"{address}{page}/" for address in self.explainers for page in BESIDE),
            *(consultant.get_absolute_url() for consultant in self.consultants),
            *(hospital.get_absolute_url() for hospital in self.hospitals),
        ]

    @property
    def explainers(self) -> list[str]:
        """The address of each procedure's page."""
        return [edition.procedure.get_absolute_url() for edition in self.editions]

    def opened(self) -> dict[str, Page]:
        """The pages a reader opens, without the states of a form."""
        return {address: self.pages[address] for address in self.addresses}


def sitemap(client: Client) -> list[str]:
    """Every address that search engines are told of, through the list of lists."""
    return [address for part in _places(client, "/sitemap.xml") for address in _places(client, part)]


def _places(client: Client, address: str) -> list[str]:
    tree = ElementTree.fromstring(client.get(address).content)
    return [str(place.text) for place in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


def refused_rows() -> dict[str, list[str]]:
    """Rows of the seed that their own rules refuse, and what is said of each."""
    refused = {}
    for label in ("procedures", "consultants", "enquiries"):
        for model in apps.get_app_config(label).get_models():
            if hasattr(model, "instance_type"):  # a copy that history keeps
                continue
            for row in model._default_manager.all():
                try:
                    row.full_clean()
                except ValidationError as error:
                    refused[f"{model.__name__} {row}"] = error.messages
    return refused


def seen(page: Page, where: str = "//body") -> str:
    """The words that a reader sees there, without what only search engines read, and meanings that are still closed."""
    texts = page.tree.xpath(f"{where}//text()[not(ancestor::script or ancestor::*[@popover])]")
    return " ".join("".join(texts).split())
