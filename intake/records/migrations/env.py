"""Run migrations over the connection of `Records.migrate`, or over INTAKE_DATABASE_URL from the command line."""

import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from intake.records.database import database_url, make_engine
from intake.records.models import Base
from intake.records.models.base import UtcTime


def _render(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Write a UtcTime column as the plain type that it is in the database."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcTime) else False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_render,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with make_engine(database_url(os.environ["INTAKE_DATABASE_URL"])).begin() as own:
        _run(own)
