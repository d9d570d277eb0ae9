"""First schema: every table, and the triggers that keep the audit and the answers append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make an empty database ready."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("secret_hash", name="uq_api_keys_secret_hash"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String()),
        sa.Column("subject_kind", sa.String()),
        sa.Column("subject_id", sa.String()),
        sa.Column("detail", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_action", "audit", ["action", "at"])
    op.create_index("ix_audit_actor", "audit", ["actor_id", "at"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_subject", "audit", ["subject_id", "at"])

    op.create_table(
        "conversations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String()),
        sa.Column("reference", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_before_takeover", sa.String()),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address_index", sa.String()),
        sa.Column("sealed_address", sa.LargeBinary()),
        sa.Column("language", sa.String(), server_default="en", nullable=False),
        sa.Column("question", sa.String()),
        sa.Column("ask_style", sa.String()),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("unreadable", sa.Integer(), server_default="0", nullable=False),
        sa.Column("consent", sa.String(), server_default="none", nullable=False),
        sa.Column("consent_version", sa.String()),
        sa.Column("consent_at", sa.DateTime(timezone=True)),
        sa.Column("for_whom", sa.String(), server_default="self", nullable=False),
        sa.Column("has_contact", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("protocol_version", sa.String()),
        sa.Column("rules_version", sa.String()),
        sa.Column("sealed_memory", sa.LargeBinary()),
        sa.Column("next_seq", sa.Integer(), server_default="1", nullable=False),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("taken_over_by", sa.String()),
        sa.Column("taken_over_at", sa.DateTime(timezone=True)),
        sa.Column("staff_active_at", sa.DateTime(timezone=True)),
        sa.Column("escalated_at", sa.DateTime(timezone=True)),
        sa.Column("legal_hold", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("erased_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.UniqueConstraint("reference", name="uq_conversations_reference"),
        sa.UniqueConstraint("token_hash", name="uq_conversations_token_hash"),
    )
    op.create_index("ix_conversations_activity", "conversations", ["state", "active_at"])
    op.create_index("ix_conversations_address", "conversations", ["channel", "address_index", "created_at"])

    op.create_table(
        "data_keys",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_data_keys"),
    )
    op.create_index("ix_data_keys_key_id", "data_keys", ["key_id"])

    op.create_table(
        "installation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key_fingerprint", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    op.create_table(
        "opt_outs",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address_index", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address_index", name="pk_opt_outs"),
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("receipt", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
    )
    op.create_index("ix_receipts_conversation_id", "receipts", ["conversation_id"])

    op.create_table(
        "staff_users",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String()),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("sealed_totp", sa.LargeBinary()),
        sa.Column("totp_confirmed", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("totp_last_step", sa.BigInteger()),
        sa.Column("failed_logins", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.Column("last_login_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_users"),
        sa.UniqueConstraint("email", name="uq_staff_users_email"),
    )
    op.create_table(
        "tallies",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), server_default="", nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("week", "channel", "measure", "detail", name="pk_tallies"),
    )
    op.create_table(
        "answers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String()),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_answers_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sa.UniqueConstraint("conversation_id", "seq", name="uq_answers_conversation_id_seq"),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("notice_version", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_consents_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_conversation_id", "consents", ["conversation_id"])

    op.create_table(
        "handoffs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("urgency", sa.String()),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("has_contact", sa.Boolean(), nullable=False),
        sa.Column("without_consent", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("hold", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("location", sa.String()),
        sa.Column("assignee", sa.String()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary()),
        sa.Column("close_reason", sa.String()),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("acknowledged_by", sa.String()),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.Column("booked_at", sa.DateTime(timezone=True)),
        sa.Column("copied_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("legal_hold", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("locked_reason", sa.String()),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_handoffs_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_handoffs"),
        sa.UniqueConstraint("conversation_id", name="uq_handoffs_conversation_id"),
        sa.UniqueConstraint("reference", name="uq_handoffs_reference"),
    )
    op.create_index("ix_handoffs_assignee", "handoffs", ["assignee", "rank", sa.literal_column("created_at DESC"), "id"])
    op.create_index("ix_handoffs_channel", "handoffs", ["channel", "rank", sa.literal_column("created_at DESC"), "id"])
    op.create_index("ix_handoffs_list", "handoffs", ["rank", sa.literal_column("created_at DESC"), "id"])
    op.create_index("ix_handoffs_location", "handoffs", ["location", "rank", sa.literal_column("created_at DESC"), "id"])
    op.create_index("ix_handoffs_status", "handoffs", ["status", "rank", sa.literal_column("created_at DESC"), "id"])
    op.create_index("ix_handoffs_unacknowledged", "handoffs", ["acknowledged_at", "rank", "due_at"])
    op.create_index("ix_handoffs_updated_at", "handoffs", ["updated_at"])

    op.create_table(
        "links",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String()),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("address_index", sa.String()),
        sa.Column("requester_index", sa.String()),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_links_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("secret_hash", name="uq_links_secret_hash"),
    )
    op.create_index("ix_links_address", "links", ["address_index", "at"])
    op.create_index("ix_links_conversation", "links", ["conversation_id", "purpose", "at"])
    op.create_index("ix_links_expires_at", "links", ["expires_at"])
    op.create_index("ix_links_requester", "links", ["requester_index", "at"])

    op.create_table(
        "messages",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("sender_id", sa.String()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("question", sa.String()),
        sa.Column("multiple", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("client_message_id", sa.String()),
        sa.Column("body_digest", sa.String()),
        sa.Column("status", sa.String()),
        sa.Column("reply_to", sa.String()),
        sa.Column("before_consent", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_messages_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("conversation_id", "client_message_id", name="uq_messages_conversation_id_client_message_id"),
        sa.UniqueConstraint("conversation_id", "seq", name="uq_messages_conversation_id_seq"),
    )
    op.create_index("ix_messages_client_message_id", "messages", ["client_message_id"])
    op.create_index("ix_messages_reply_to", "messages", ["reply_to"])
    op.create_index("ix_messages_unanswered", "messages", ["status", "at"])

    op.create_table(
        "red_flags",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True)),
        sa.Column("denied_at", sa.DateTime(timezone=True)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_red_flags_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_red_flags"),
    )
    op.create_index("ix_red_flags_conversation_id", "red_flags", ["conversation_id"])

    op.create_table(
        "staff_links",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["staff_users.id"], name="fk_staff_links_user_id_staff_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_links"),
        sa.UniqueConstraint("secret_hash", name="uq_staff_links_secret_hash"),
    )
    op.create_index("ix_staff_links_user_id", "staff_links", ["user_id"])

    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("second_factor", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_users.id"], name="fk_staff_sessions_user_id_staff_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_staff_sessions"),
        sa.UniqueConstraint("secret_hash", name="uq_staff_sessions_secret_hash"),
    )
    op.create_index("ix_staff_sessions_expires_at", "staff_sessions", ["expires_at"])
    op.create_index("ix_staff_sessions_user_id", "staff_sessions", ["user_id"])

    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("idempotency_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String()),
        sa.Column("handoff_id", sa.String()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("leased_by", sa.String()),
        sa.Column("remote_id", sa.String()),
        sa.Column("remote_status", sa.String()),
        sa.Column("last_error", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_deliveries_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name="fk_deliveries_handoff_id_handoffs", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("idempotency_id", name="uq_deliveries_idempotency_id"),
        sa.UniqueConstraint("stream", "seq", name="uq_deliveries_stream_seq"),
    )
    op.create_index("ix_deliveries_conversation_id", "deliveries", ["conversation_id"])
    op.create_index("ix_deliveries_due", "deliveries", ["state", "next_attempt_at"])
    op.create_index("ix_deliveries_handoff_id", "deliveries", ["handoff_id"])
    op.create_index("ix_deliveries_remote_id", "deliveries", ["remote_id"])

    op.create_table(
        "jobs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String()),
        sa.Column("handoff_id", sa.String()),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("leased_by", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_jobs_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name="fk_jobs_handoff_id_handoffs", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("key", name="uq_jobs_key"),
    )
    op.create_index("ix_jobs_conversation_id", "jobs", ["conversation_id"])
    op.create_index("ix_jobs_due", "jobs", ["run_at"])
    op.create_index("ix_jobs_handoff_id", "jobs", ["handoff_id"])

    op.create_table(
        "notes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("handoff_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name="fk_notes_handoff_id_handoffs", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_handoff_id", "notes", ["handoff_id"])

    op.create_table(
        "search_terms",
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("handoff_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name="fk_search_terms_handoff_id_handoffs", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("term", "handoff_id", name="pk_search_terms"),
    )
    op.create_index("ix_search_terms_handoff_id", "search_terms", ["handoff_id"])
    _append_only()


def _append_only() -> None:
    """Let the database itself refuse what the store never does: the store is not the only way in."""
    if op.get_bind().dialect.name == "sqlite":
        for name, event, table in (
            ("audit_no_update", "UPDATE", "audit"),
            ("audit_no_delete", "DELETE", "audit"),
            ("answers_no_update", "UPDATE", "answers"),
        ):
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        # INSERT OR REPLACE deletes without firing the trigger above.
        op.execute(
            "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "
            "WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for name, events, table in (
        ("audit_append_only", "UPDATE OR DELETE OR TRUNCATE", "audit"),
        ("answers_append_only", "UPDATE", "answers"),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")


def downgrade() -> None:
    """Refuse: taking the first schema back would drop every record."""
    raise NotImplementedError("restore a backup instead of going below the first schema")
