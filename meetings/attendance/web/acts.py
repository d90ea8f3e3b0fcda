"""What is posted from the screens about presence, proxies and the quorum."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from quart import Blueprint

from meetings.attendance import service
from meetings.attendance.model.presence import Ground, Place
from meetings.sittings.panels import Screen
from meetings.sittings.service.held import Held
from meetings.sittings.web.conduct import ActForm, Conduct, Form
from portal.pages import Answer


class _Member(ActForm):
    member: str = ""


class _Arrival(_Member):
    place: Place = Place.HALL


class _Means(_Member):
    means: str = ""


class _Interest(_Member):
    item: str = ""
    ground: Ground = Ground.INTEREST


class _Proxy(ActForm):
    giver: str = ""
    holder: str = ""
    illness: bool = False


class _ProxyId(ActForm):
    proxy: str = ""


class _Opening(ActForm):
    chair: str = ""


class _Item(ActForm):
    item: str = ""


class _Resumption(ActForm):
    choice: str = ""


class _Choice(_Item):
    choice: str = ""


class AttendanceActs:
    """The routes below ``/sittings/<id>/attendance``. Whose screen is shown afterwards, the form says."""

    def __init__(self, conduct: Conduct) -> None:
        """Act through this."""
        self._conduct = conduct

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses below /sittings."""
        for path, act in (
            ("arrive", self.arrive),
            ("confirm", self.confirm),
            ("leave", self.leave),
            ("interest", self.declare_interest),
            ("interest/withdraw", self.withdraw_interest),
            ("proxy", self.record_proxy),
            ("proxy/revoke", self.revoke_proxy),
            ("decide", self.decide),
            ("room", self.open_room),
            ("open", self.open),
            ("fail", self.fail),
            ("call", self.call),
            ("resume", self.resume),
        ):
            pages.post(f"/<sitting_id>/attendance/{path}")(act)

    async def arrive(self, sitting_id: str) -> Answer:
        """Somebody is there."""
        return await self._on(sitting_id, _Arrival, lambda held, form: service.arrive(held, form.member, form.place))

    async def confirm(self, sitting_id: str) -> Answer:
        """It is them."""
        return await self._on(sitting_id, _Means, lambda held, form: service.confirm(held, form.member, form.means))

    async def leave(self, sitting_id: str) -> Answer:
        """Somebody goes."""
        return await self._on(sitting_id, _Member, lambda held, form: service.leave(held, form.member))

    async def declare_interest(self, sitting_id: str) -> Answer:
        """Somebody takes no part in an item."""
        return await self._on(
            sitting_id,
            _Interest,
            lambda held, form: service.declare_interest(held, form.member, form.item, form.ground),
        )

    async def withdraw_interest(self, sitting_id: str) -> Answer:
        """They do after all."""
        return await self._on(
            sitting_id, _Interest, lambda held, form: service.withdraw_interest(held, form.member, form.item)
        )

    async def record_proxy(self, sitting_id: str) -> Answer:
        """Somebody votes for somebody else from now on."""

        async def record(held: Held, form: _Proxy) -> dict[str, str]:
            return {"proxy": await service.record_proxy(held, form.giver, form.holder, illness=form.illness)}

        return await self._on(sitting_id, _Proxy, record)

    async def revoke_proxy(self, sitting_id: str) -> Answer:
        """Not any more."""
        return await self._on(sitting_id, _ProxyId, lambda held, form: service.revoke_proxy(held, form.proxy))

    async def decide(self, sitting_id: str) -> Answer:
        """The chair settles what the rules leave open about the quorum."""
        return await self._on(
            sitting_id, _Choice, lambda held, form: service.decide_quorum(held, form.choice, form.item or None)
        )

    async def open_room(self, sitting_id: str) -> Answer:
        """Sound and picture for a sitting in the hall."""
        return await self._on(sitting_id, ActForm, lambda held, _form: service.open_room(held))

    async def open(self, sitting_id: str) -> Answer:
        """The sitting begins."""
        return await self._on(sitting_id, _Opening, lambda held, form: service.open_sitting(held, form.chair))

    async def fail(self, sitting_id: str) -> Answer:
        """It cannot be held."""
        return await self._on(sitting_id, ActForm, lambda held, _form: service.fail_sitting(held))

    async def call(self, sitting_id: str) -> Answer:
        """An item is taken up."""
        return await self._on(sitting_id, _Item, lambda held, form: service.call_item(held, form.item))

    async def resume(self, sitting_id: str) -> Answer:
        """A suspended sitting goes on, or the chair says that it does not."""
        return await self._on(sitting_id, _Resumption, lambda held, form: service.resume(held, form.choice))

    async def _on(self, sitting_id: str, model: type[Form], do: Callable[[Held, Form], Awaitable[object]]) -> Answer:
        return await self._conduct.act_on(sitting_id, model, do, screen=Screen.CLERK)
