"""Commands that count once: a form sent twice, a socket message repeated after a lost line.

The browser makes an id for what it asks; the answer is kept under (who, id) in the transaction that carried it out,
and a repetition is given the same answer without doing it again.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy import JSON, Index, String, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn, digest
from portal.errors import Conflict, InvalidInput
from portal.i18n import lazy

Answer = dict[str, str | int | bool | None]

COMMAND_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class SentBefore(Conflict):
    """The form was sent before with other content; that first one stands."""

    code = "sent-before"
    text = lazy("You have sent this form already, and what you sent then stands. To send something else, begin anew.")


class CommandReceipt(Base):
    """The answer that a command was given, kept as long as a browser may send it again (`portal.retention`)."""

    __tablename__ = "command_receipt"
    __table_args__ = (Index("ix_command_receipt_at", "at"),)

    actor_id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    command_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    asked: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what was asked: another content under the same id is another command, not a repetition."""
    at: Mapped[datetime]
    answer: Mapped[Answer] = mapped_column(JSON)


async def once(
    db: AsyncSession,
    *,
    actor_id: str,
    command_id: str,
    asked: str,
    at: datetime,
    do: Callable[[], Awaitable[Answer]],
) -> Answer:
    """Carry out `do` in this transaction unless the same person sent the same command before.

    `asked` is the command's name and content, in one text that is the same for a repetition.

    Two copies that race meet at the receipt's row: the second waits for the first's commit and finds its answer.
    Raises `InvalidInput` for a malformed id, `SentBefore` for one that was used to ask for something else.
    """
    if not COMMAND_ID.fullmatch(command_id):
        raise InvalidInput(fields={"command_id": "malformed"})
    # What is logged from here on bears the id that the browser made; a page's request begins anew with none.
    structlog.contextvars.bind_contextvars(command_id=command_id)
    key = {"actor_id": actor_id, "command_id": command_id}
    insert = postgresql_insert if db.get_bind().dialect.name == "postgresql" else sqlite_insert
    claim = insert(CommandReceipt).values(**key, asked=digest(asked), at=at, answer={}).on_conflict_do_nothing()
    claimed = (await db.execute(claim.returning(CommandReceipt.command_id))).first() is not None
    if claimed:
        answer = await do()
        keep = update(CommandReceipt).filter_by(**key).values(answer=answer)
        await db.execute(keep.execution_options(synchronize_session=False))
        return answer
    receipt = (await db.scalars(select(CommandReceipt).filter_by(**key))).one()
    if receipt.asked != digest(asked):
        raise SentBefore
    return receipt.answer
