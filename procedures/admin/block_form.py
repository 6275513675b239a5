"""The form of a block: what its kind asks for, and what can be chosen in it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.html import strip_tags
from django.utils.text import slugify

from procedures import where_used
from procedures.admin.kinds import ASKS
from procedures.admin.picking import PickMany, PickPicture
from procedures.admin.places import Place
from procedures.admin.together import TogetherForm
from procedures.models import Block, BlockFigure, Figure, Illustration, Source


class FigureChoices(forms.ModelMultipleChoiceField):
    """Figures, each as readers see it, and where it comes from."""

    def __init__(self, **kwargs: Any) -> None:
        figures = Figure.objects.select_related("source").order_by("what", "key")
        super().__init__(figures, required=False, widget=PickMany("figures"), **kwargs)

    def label_from_instance(self, figure: Figure) -> str:
        return f"{figure.what.rstrip('.')}: {where_used.number(figure)} ({figure.source.publisher}; {figure.key})"


class IllustrationChoice(forms.ModelChoiceField):
    """A picture, by what it shows."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Illustration.objects.all(),
            required=False,
            blank=True,
            empty_label="No picture",
            widget=PickPicture("pictures"),
            **kwargs,
        )

    def label_from_instance(self, picture: Illustration) -> str:
        return f"{picture.alt or 'Decoration'} ({picture.key})"


class BlockForm(TogetherForm):
    """What the kind of block asks for. The figures stand lowest first, whatever order they were chosen in."""

    shown_figures = FigureChoices(
        label="Figures",
        help_text="Choose one figure; or two that clash, and readers see the lowest and the highest side by side. "
        "To correct a number, open the figure itself: it may stand on other pages too.",
    )
    sources = forms.ModelMultipleChoiceField(
        Source.objects.all(),
        required=False,
        widget=PickMany("sources"),
        label="Sources",
        help_text="Everything that this text stands on. Readers see it at the foot of the page.",
    )
    illustration = IllustrationChoice(label="Picture", help_text="Shown beside or under the text.")

    class Meta:
        model = Block
        fields = ["heading", "anchor", "body", "illustration", "video", "why_they_differ", "sources"]
        labels = {"body": "Text", "video": "Film"}

    place: Place  # where a new block will stand; given by the admin

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        block = kwargs.get("instance") or Block(edition=self.place.edition, kind=self.place.kind)
        figures = list(block.figures.values_list("pk", flat=True)) if block.pk else []
        initial = {"shown_figures": sorted(figures)} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs | {"instance": block, "initial": initial})

    def prepare(self) -> None:
        """Ask for what the kind needs and nothing else, in its own words."""
        asks = ASKS[self.instance.kind]
        for name in set(self.fields) - {*asks.fields, "opened"}:
            del self.fields[name]
        for name, field in self.fields.items():
            field.required = name in asks.required
            field.help_text = asks.helps.get(name, field.help_text)

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if strip_tags(body).strip():
            return body
        if self.fields["body"].required:
            raise forms.ValidationError("Write the text.")
        return ""

    def clean_anchor(self) -> str:
        """As given; for a section that has none, made from its heading."""
        given: str = self.cleaned_data["anchor"]
        if given or self.instance.kind != Block.Kind.SECTION:
            return given
        made = slugify(self.cleaned_data.get("heading", ""))[:40] or "part"
        taken = set(
            Block.objects.filter(edition_id=self.instance.edition_id).values_list("anchor", flat=True)
        )
        return made if made not in taken else f"{made}-{len(taken)}"

    def _get_validation_exclusions(self) -> set[str]:
        """Edition and kind are settled before anything is typed, so the rules that name them are asked too."""
        return super()._get_validation_exclusions() - {"edition", "kind"}  # type: ignore[misc]


def show_figures(block: Block, figures: QuerySet[Figure]) -> None:
    """Put the figures into the block, the lowest first."""
    chosen = [figure.pk for figure in sorted(figures, key=_size)]
    standing = BlockFigure.objects.filter(block=block)
    if chosen == [shown.figure_id for shown in standing]:
        return
    standing.delete()
    BlockFigure.objects.bulk_create(
        BlockFigure(block=block, figure_id=pk, position=place) for place, pk in enumerate(chosen)
    )


def _size(figure: Figure) -> Decimal:
    return figure.share or figure.score or Decimal(figure.count or 0)
