"""Commands that count once: a form sent twice, a socket message repeated after a lost line.

The browser makes an id for what it asks; the answer is kept under (who, id) in the transaction that carried it out,
and a repetition is given the same answer without doing it again.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import JSON, String, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.errors import InvalidInput

Answer = dict[str, str | int | bool | None]

COMMAND_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class CommandReceipt(Base):
    """The answer that a command was given. Kept for a week (`portal.retention`)."""

    __tablename__ = "command_receipt"

    actor_id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    command_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    answer: Mapped[Answer] = mapped_column(JSON)


async def once(
    db: AsyncSession,
    *,
    actor_id: str,
    command_id: str,
    kind: str,
    at: datetime,
    do: Callable[[], Awaitable[Answer]],
) -> Answer:
    """Carry out `do` in this transaction unless the same person sent the same command before.

    Two copies that race meet at the receipt's row: the second waits for the first's commit and finds its answer.
    Raises `InvalidInput` for a malformed id or one used for another kind of command.
    """
    if not COMMAND_ID.fullmatch(command_id):
        raise InvalidInput(fields={"command_id": "malformed"})
    key = {"actor_id": actor_id, "command_id": command_id}
    insert = postgresql_insert if db.get_bind().dialect.name == "postgresql" else sqlite_insert
    claim = insert(CommandReceipt).values(**key, kind=kind, at=at, answer={}).on_conflict_do_nothing()
    claimed = (await db.execute(claim.returning(CommandReceipt.command_id))).first() is not None
    receipt = (await db.scalars(select(CommandReceipt).filter_by(**key))).one()
    if receipt.kind != kind:
        raise InvalidInput(fields={"command_id": "used for another command"})
    if claimed:
        receipt.answer = await do()
    return receipt.answer
