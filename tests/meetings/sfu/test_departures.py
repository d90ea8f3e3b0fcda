"""What is left in a worker of those who have gone: nothing."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from tests.meetings.sfu.world import running_town, speak, until


@pytest.fixture
def without_collector() -> Iterator[None]:
    """Nothing is freed but what nobody refers to any more."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_collector")
async def test_who_leaves_is_forgotten_without_waiting_for_the_garbage_collector() -> None:
    async with running_town() as town:
        anna, _berta = await town.join("anna"), await town.join("berta")
        await speak(anna)
        await until(lambda: "microphone" in town.worker.rooms["council"].state().peers[0].publishing, "anna is heard")
        left = weakref.ref(town.worker.rooms["council"].peers["anna"].connection)

        await town.client.leave("council", "anna")

        await until(lambda: left() is None, "her connection is freed")
