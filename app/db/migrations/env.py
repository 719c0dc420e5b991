"""Alembic's entry: runs on the connection that `earnest.db.engine.upgrade` hands over."""

from alembic import context

from earnest.db.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
