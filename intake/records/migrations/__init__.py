"""Alembic's migrations of the records: env.py runs them, versions/ holds them."""
