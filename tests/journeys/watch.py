"""What a browser may not do here: go elsewhere, fail, or complain."""

from dataclasses import dataclass

from playwright.sync_api import BrowserContext, ConsoleMessage, Response, Route


@dataclass(frozen=True)
class Document:
    """A page as it was sent."""

    url: str
    status: int
    html: str


class Watch:
    """Stops every request that leaves this machine, and notes it with every error a page shows or is sent."""

    def __init__(self, context: BrowserContext, origin: str, expected: int = 200) -> None:
        self.expected = expected
        self.wrong: list[str] = []
        self.responses: list[Response] = []
        context.route(lambda url: not url.startswith(f"{origin}/"), self._stop)
        context.on("response", self._note_response)
        context.on("console", self._note_message)
        context.on("weberror", lambda error: self.wrong.append(f"script error: {error.error}"))

    @property
    def documents(self) -> list[Document]:
        """The pages shown, in order, as they were sent."""
        shown = [
            one
            for one in self.responses
            if one.request.is_navigation_request() and one.status not in range(300, 400)
        ]
        return [Document(one.url, one.status, one.text()) for one in shown[-1:]]

    def start_again(self, expected: int) -> None:
        """Forget what was seen; one status that is otherwise an error is expected now."""
        self.expected = expected
        self.wrong.clear()
        self.responses.clear()

    def assert_nothing_wrong(self) -> None:
        assert self.wrong == []

    def _stop(self, route: Route) -> None:
        self.wrong.append(f"asked for {route.request.url}")
        route.abort()

    def _note_response(self, response: Response) -> None:
        self.responses.append(response)
        if response.status >= 400 and response.status != self.expected:
            self.wrong.append(f"{response.status} for {response.url}")

    def _note_message(self, message: ConsoleMessage) -> None:
        is_a_status = message.text.startswith("Failed to load resource: the server responded")
        if message.type in ("error", "warning") and not is_a_status:
            self.wrong.append(f"console: {message.text}")
