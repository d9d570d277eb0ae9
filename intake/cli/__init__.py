"""The command `intake`: run the service, look after its staff, keys and data, and read texts."""

from __future__ import annotations

import typer

from intake.cli import data, deliveries, people, person, reading, service

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False, rich_markup_mode=None,
    help="IMS Intake: run the service, look after staff, keys and data, read texts.",
)  # fmt: skip
service.register(app)
reading.register(app)
data.register(app)
person.register(app)
app.add_typer(people.staff, name="staff")
app.add_typer(people.apikey, name="apikey")
app.add_typer(data.keys, name="keys")
app.add_typer(data.handoff, name="handoff")
app.add_typer(deliveries.deliveries, name="deliveries")
