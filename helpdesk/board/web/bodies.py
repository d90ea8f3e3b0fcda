"""What the API takes and gives, as OpenAPI describes it; the forms of a posting's page send some of the same."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from helpdesk.board.model import CivilDate, Draft, Revision
from helpdesk.board.place import DrawnPlace
from helpdesk.board.service.cards import Card, Kind
from helpdesk.board.service.clusters import NEAREST, Cluster
from helpdesk.board.service.listing import PAGE
from realtime.messages import CommandId

_Word = Annotated[str, Field(max_length=60)]


class FilterQuery(BaseModel):
    """Which open postings are wanted."""

    model_config = ConfigDict(extra="ignore")

    category: _Word = ""
    district: _Word = ""
    cell: _Word = ""
    by: CivilDate | None = None
    """Requests needed by this day."""
    since: CivilDate | None = None
    """Posted, or written anew by their author, on this day or later."""
    near: _Word = ""
    """A cell: postings of it and of those around it."""
    within: Literal["area", "300", "1000"] = "1000"
    """How far around `near`, metres between the middles of cells; ``area``: of that cell alone."""


class ListQuery(FilterQuery):
    """Which page of the list."""

    after: Annotated[str, Field(pattern=r"^([0-9]{1,16}-[0-9a-z]{1,26})?$")] = ""
    """`next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=100)] = PAGE


class CellsQuery(FilterQuery):
    """Which open postings are counted."""

    kind: Kind | None = None
    window: Annotated[str, Field(max_length=80)] = ""
    """``west,south,east,north`` in degrees: cells whose middle the map shows; empty for the whole town."""
    zoom: Annotated[int, Field(ge=0, le=24)] = NEAREST
    """How near the map is looked at; the smaller, the coarser the groups of cells."""


class CardList(BaseModel):
    """One page of open postings, newest first."""

    items: list[Card]
    next: str | None
    """Ask for the next page with it; none: this is the last."""
    head: int
    """Follow the stream ``board`` from this number and nothing is missed."""


class CellBody(DrawnPlace):
    """A cell and how many open postings it holds."""

    requests: int
    offers: int


class ClusterBody(BaseModel):
    """Several cells, and how many open postings they hold."""

    id: str
    centre: tuple[float, float]
    """Longitude and latitude of the mean of their middles, degrees."""
    box: tuple[float, float, float, float]
    """West, south, east, north of their outlines, degrees."""
    districts: list[str]
    """Ids of the districts that they belong to."""
    requests: int
    offers: int

    @classmethod
    def of(cls, cluster: Cluster) -> ClusterBody:
        """As it travels."""
        group = cluster.group
        return cls(
            id=group.id,
            centre=group.centre,
            box=group.box,
            districts=list(group.districts),
            requests=cluster.requests,
            offers=cluster.offers,
        )


ClusterList = TypeAdapter(list[ClusterBody])


class CellList(BaseModel):
    """Cells that hold an open posting, and groups of such where the map is looked at from afar."""

    cells: list[CellBody]
    clusters: list[ClusterBody]
    head: int


class PostBody(Draft):
    """A draft, and an id made by the caller: sent again with it, it counts once."""

    command_id: CommandId

    def draft(self) -> Draft:
        """The draft alone."""
        return Draft.model_construct(**{name: getattr(self, name) for name in Draft.model_fields})


class EditBody(Revision):
    """What it is to say from now on, all of it; the place stays."""

    command_id: CommandId
    version: int | None = None
    """The version that was read; another one by then is a conflict."""

    def revision(self) -> Revision:
        """The words and the days alone."""
        return Revision.model_construct(**{name: getattr(self, name) for name in Revision.model_fields})


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid")

    command_id: CommandId


class CommandBody(_Command):
    """Nothing but the command's id."""


class CloseBody(_Command):
    """How it ended."""

    outcome: _Word
    version: int | None = None
    """The version that was read; another one by then is a conflict."""


class CancelBody(_Command):
    """Taking it back."""

    version: int | None = None


class Created(BaseModel):
    """The id of what now exists."""

    id: str


class Done(BaseModel):
    """It is on disk."""

    ok: bool = True
