"""A page as a reader meets it: its words, its fields, what its links and labels point to."""

from typing import Any, Protocol

from lxml import html


class Answer(Protocol):
    """What a client gets, whichever of its several types it has."""

    status_code: int
    content: bytes


class Page:
    """An answer of the site, read as HTML."""

    def __init__(self, response: Answer) -> None:
        self.status = response.status_code
        self.tree = html.fromstring(response.content.decode())

    @property
    def text(self) -> str:
        """All its words, with single spaces."""
        return " ".join(self.tree.text_content().split())

    @property
    def title(self) -> str:
        return self.words("//title")[0]

    @property
    def heading(self) -> str:
        return self.words("//h1")[0]

    @property
    def problems(self) -> list[str]:
        """What the summary at the top asks to put right."""
        return self.words("//*[contains(@class, 'oops')]//li")

    @property
    def ids(self) -> list[str]:
        return [str(value) for value in self.tree.xpath("//@id")]

    def words(self, path: str) -> list[str]:
        """The words of each element on the path."""
        return [" ".join(element.text_content().split()) for element in self.tree.xpath(path)]

    def value(self, name: str) -> str:
        """What the field of that name holds."""
        (field,) = self.tree.xpath(
            f"//main//*[self::input or self::textarea or self::select][@name='{name}']"
        )
        return str(field.value or "")

    def hidden(self) -> dict[str, Any]:
        """What pressing the page's own button would send."""
        form = self.tree.xpath("//main//form")[0]
        sent: dict[str, list[str]] = {}
        for name, value in form.form_values():
            sent.setdefault(name, []).append(value)
        sent.pop("csrfmiddlewaretoken", None)
        return {name: values if len(values) > 1 else values[0] for name, values in sent.items()}

    def folds(self) -> dict[str, bool]:
        """Each fold by its summary, and whether it stands open."""
        return {
            " ".join(fold.find("summary").text_content().split()): "open" in fold.attrib
            for fold in self.tree.xpath("//main//details")
        }

    def dangling(self) -> set[str]:
        """References inside the page that lead nowhere."""
        wanted = {str(target) for target in self.tree.xpath("//label/@for | //@aria-labelledby")}
        wanted |= {part for value in self.tree.xpath("//@aria-describedby") for part in str(value).split()}
        wanted |= {str(link)[1:] for link in self.tree.xpath("//a/@href[starts-with(., '#')]")}
        return wanted - set(self.ids)
