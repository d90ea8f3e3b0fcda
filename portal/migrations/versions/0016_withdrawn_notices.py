"""That somebody who was to come cannot is a kind of notice by itself: an answer that is taken away must not take it along."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.execute("UPDATE notice SET kind = 'help.withdrawn' WHERE kind = 'help.answers' AND why = 'withdrawn'")
    # Whoever chose how they are told of answers has chosen for this too: it was said in the same words.
    op.execute(
        "INSERT INTO notice_choice (person_id, kind, how) "
        "SELECT person_id, 'help.withdrawn', how FROM notice_choice WHERE kind = 'help.answers'"
    )


def downgrade() -> None:
    """Take the schema back."""
    op.execute("DELETE FROM notice_choice WHERE kind = 'help.withdrawn'")
    op.execute("DELETE FROM notice WHERE kind = 'help.withdrawn'")
