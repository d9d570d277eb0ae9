"""`intake staff …` and `intake apikey …`: who may read handoffs."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from intake.cli.common import opened
from intake.records import ROLES, Actor, Records, password_hash

staff = typer.Typer(no_args_is_help=True, help="Members of staff who may log in.")
apikey = typer.Typer(no_args_is_help=True, help="Keys for programs that read handoffs.")
CONSOLE = Actor("console")
Role = Annotated[str, typer.Option(help=f"One of: {', '.join(ROLES)}.")]


def one_time_password() -> str:
    """A password that is typed once and then changed: 20 letters and digits in groups."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def first_admin(records: Records) -> str | None:
    """Make the first admin when there is nobody yet; returns the line that says how to log in, else None."""
    with records.begin() as tx:
        if tx.staff_users.list():
            return None
        password = one_time_password()
        user = tx.staff_users.create(
            "admin@localhost", "First admin", "admin", hashed=password_hash(password), must_change_password=True
        )
        tx.audit.record("staff.add", CONSOLE, "staff_user", user.id)
    return f"  First log-in admin@localhost with the one-time password {password}  (shown only now)"


@staff.command(
    "add",
    help="Add somebody and show a one-time password.\n\nExample: intake staff add jo@clinic.example 'Jo Lee' --role reception",
)
def add_staff(email: str, name: str, role: Role = "reception") -> None:
    """Add a member of staff."""
    password = one_time_password()
    with opened() as records, records.begin() as tx:
        user = tx.staff_users.create(email, name, role, hashed=password_hash(password), must_change_password=True)
        tx.audit.record("staff.add", CONSOLE, "staff_user", user.id)
    typer.echo(f"Added {email} as {role}. One-time password, shown only now: {password}")


@staff.command("list", help="Show everybody.\n\nExample: intake staff list")
def list_staff() -> None:
    """Show all members of staff."""
    with opened() as records, records.read() as tx:
        for user in tx.staff_users.list():
            state = "disabled" if user.disabled_at else "second factor" if user.has_totp else "no second factor yet"
            typer.echo(f"{user.email}\t{user.role}\t{user.name}\t{state}")


@staff.command(
    "disable", help="Let somebody in no longer; ends their sessions.\n\nExample: intake staff disable jo@clinic.example"
)
def disable_staff(email: str) -> None:
    """Disable a member of staff."""
    with opened() as records, records.begin() as tx:
        user = tx.staff_users.by_email(email)
        if user is None:
            typer.echo("There is nobody with this address. See: intake staff list", err=True)
            raise typer.Exit(1)
        tx.staff_users.disable(user.id)
        tx.staff_users.close_sessions(user.id)
        tx.audit.record("staff.disable", CONSOLE, "staff_user", user.id)
    typer.echo(f"{email} can no longer log in.")


@apikey.command(
    "add",
    help="Make a key for a program; it is shown once.\n\nExample: intake apikey add 'practice software' --role physiotherapist",
)
def add_key(name: str, role: Role = "physiotherapist") -> None:
    """Make an API key."""
    with opened() as records, records.begin() as tx:
        key, secret = tx.api_keys.add(name, role)
        tx.audit.record("apikey.add", CONSOLE, "api_key", key.id)
    typer.echo(f"{secret}\t{key.id}\t{role}\t(the key is shown only now)")


@apikey.command("list", help="Show all keys, without their secrets.\n\nExample: intake apikey list")
def list_keys() -> None:
    """Show all API keys."""
    with opened() as records, records.read() as tx:
        for key in tx.api_keys.list():
            typer.echo(f"{key.id}\t{key.role}\t{key.name}\t{'revoked' if key.revoked_at else 'in use'}")


@apikey.command("revoke", help="End a key.\n\nExample: intake apikey revoke ak_…")
def revoke_key(key_id: str) -> None:
    """Revoke an API key."""
    with opened() as records, records.begin() as tx:
        tx.api_keys.revoke(key_id)
        tx.audit.record("apikey.revoke", CONSOLE, "api_key", key_id)
    typer.echo(f"{key_id} is revoked.")
