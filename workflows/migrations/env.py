"""Alembic's entry: run by ``workflows.migrations.upgrade``, never by a configuration file."""

from alembic import context

from workflows.stages import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
