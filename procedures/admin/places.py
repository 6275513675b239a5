"""Where a block stands among those of its edition, or will stand."""

from dataclasses import dataclass

from django.db.models import F, Max
from django.http import HttpRequest

from procedures.admin.keys import row_key
from procedures.admin.kinds import ASKS
from procedures.models import Block, Edition


def draft_asked_for(request: HttpRequest) -> Edition | None:
    """The draft that the address names as ?edition=."""
    key = row_key(request.GET.get("edition", "")) or 0
    return Edition.objects.drafts().select_related("procedure").filter(pk=key).first()


@dataclass(frozen=True)
class Place:
    """Where a new block will stand, and what it will be."""

    edition: Edition
    kind: str
    after: Block | None

    @classmethod
    def asked_for(cls, request: HttpRequest) -> "Place | None":
        """As the address says: ?edition=, &kind= and, unless it goes last, &after=. None while it says too little."""
        edition = draft_asked_for(request)
        if edition is None or request.GET.get("kind") not in ASKS:
            return None
        after = row_key(request.GET.get("after", "")) or 0
        return cls(edition, request.GET["kind"], edition.blocks.filter(pk=after).first())

    def open_up(self) -> int:
        """Make room for the block, and say which number it takes. Needs the edition locked."""
        blocks = self.edition.blocks
        last = self.after.position if self.after else blocks.aggregate(last=Max("position"))["last"] or 0
        blocks.filter(position__gt=last).update(position=F("position") + 1)
        return last + 1


@dataclass(frozen=True)
class Neighbours:
    """What stands around a block in its edition. With no position, it goes last."""

    blocks: list[Block]
    position: int | None

    @property
    def _before(self) -> list[Block]:
        return [block for block in self.blocks if self.position is None or block.position < self.position]

    @property
    def section(self) -> Block | None:
        """The section that it belongs to."""
        return next((block for block in reversed(self._before) if block.kind == Block.Kind.SECTION), None)

    @property
    def previous(self) -> Block | None:
        """The block before it."""
        return self._before[-1] if self._before else None

    @property
    def next(self) -> Block | None:
        """The block after it."""
        later = (
            block for block in self.blocks if self.position is not None and block.position > self.position
        )
        return next(later, None)
