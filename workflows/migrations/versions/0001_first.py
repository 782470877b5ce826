"""The first schema: all tables, then the walls around them."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROLES = ("tuntas_web", "tuntas_worker")


def upgrade() -> None:
    present = op.get_bind().scalars(sa.text("SELECT rolname FROM pg_roles WHERE rolname LIKE 'tuntas!_%' ESCAPE '!'")).all()
    if missing := set(ROLES) - set(present):
        raise LookupError(f"database roles are missing: {', '.join(sorted(missing))}")
    _tables()
    walls = Path(__file__).with_name("walls.sql").read_text("utf-8")
    # Straight to the driver: without parameters it takes several statements and leaves per cent signs alone.
    op.get_bind().connection.driver_connection.execute(walls)  # type: ignore[union-attr]


def _tables() -> None:
    op.create_table('audit_event',
    sa.Column('chain', sa.String(), nullable=False),
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=True),
    sa.Column('agency_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('subject_type', sa.String(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('body', sa.Text(), nullable=True),
    sa.Column('salt', sa.LargeBinary(), nullable=True),
    sa.Column('about', sa.String(), nullable=False),
    sa.Column('body_digest', sa.LargeBinary(), nullable=False),
    sa.Column('previous', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('chain', 'seq', name=op.f('pk_audit_event')),
    sa.UniqueConstraint('id', name=op.f('uq_audit_event_id'))
    )
    op.create_index('ix_audit_event_agency_at', 'audit_event', ['agency_id', 'at'], unique=False)
    op.create_index('ix_audit_event_person_kind', 'audit_event', ['person_id', 'kind'], unique=False)
    op.create_index('ix_audit_event_region_at', 'audit_event', ['region_id', 'at'], unique=False)
    op.create_index('ix_audit_event_subject', 'audit_event', ['subject_id', 'kind'], unique=False)
    op.create_table('audit_head',
    sa.Column('chain', sa.String(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('chain', name=op.f('pk_audit_head'))
    )
    op.create_table('idempotency_key',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('route', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('fingerprint', sa.String(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('response', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('account_id', 'route', 'key', name=op.f('pk_idempotency_key'))
    )
    op.create_index(op.f('ix_idempotency_key_created_at'), 'idempotency_key', ['created_at'], unique=False)
    op.create_table('job',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=True),
    sa.Column('agency_id', sa.Uuid(), nullable=True),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.Enum('queued', 'running', 'done', 'failed', name='jobstate', native_enum=False, length=40), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('lease_token', sa.Uuid(), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('run_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error_code', sa.String(), nullable=True),
    sa.Column('error_message', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job')),
    sa.UniqueConstraint('key', name=op.f('uq_job_key'))
    )
    op.create_index(op.f('ix_job_agency_id'), 'job', ['agency_id'], unique=False)
    op.create_index('ix_job_open', 'job', ['state', 'run_at'], unique=False, postgresql_where=sa.text("state IN ('queued', 'running')"))
    op.create_index(op.f('ix_job_subject_id'), 'job', ['subject_id'], unique=False)
    op.create_table('region',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('timezone', sa.String(), nullable=False),
    sa.Column('ink_policy', sa.Enum('confirm', 'accept', name='inkpolicy', native_enum=False, length=40), server_default='confirm', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_region')),
    sa.UniqueConstraint('code', name=op.f('uq_region_code'))
    )
    op.create_table('sign_in_failure',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('identity', sa.String(length=64), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_failure'))
    )
    op.create_index('ix_sign_in_failure_address_at', 'sign_in_failure', ['address', 'at'], unique=False)
    op.create_index('ix_sign_in_failure_identity_at', 'sign_in_failure', ['identity', 'at'], unique=False)
    op.create_table('agency',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('is_inspectorate', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_agency_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agency')),
    sa.UniqueConstraint('region_id', 'code', name=op.f('uq_agency_region_id_code'))
    )
    op.create_index(op.f('ix_agency_region_id'), 'agency', ['region_id'], unique=False)
    op.create_table('person',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('nip', sa.String(length=18), nullable=True),
    sa.Column('rank_name', sa.String(), nullable=True),
    sa.Column('rank_grade', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_person_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('nip', name=op.f('uq_person_nip'))
    )
    op.create_index(op.f('ix_person_region_id'), 'person', ['region_id'], unique=False)
    op.create_table('account',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('username', sa.String(), nullable=False),
    sa.Column('password', sa.String(), nullable=False),
    sa.Column('session_key', sa.String(length=64), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_account_person_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_account_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('person_id', name=op.f('uq_account_person_id')),
    sa.UniqueConstraint('session_key', name=op.f('uq_account_session_key'))
    )
    op.create_index('uq_account_email_lower', 'account', [sa.literal_column('lower(email)')], unique=True)
    op.create_index('uq_account_username_lower', 'account', [sa.literal_column('lower(username)')], unique=True)
    op.create_table('bundle',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('with_restricted', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=True),
    sa.Column('recommendation_ids', sa.ARRAY(sa.Uuid()), nullable=True),
    sa.Column('log_limited', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('ordered_by', sa.Uuid(), nullable=True),
    sa.Column('ordered_by_name', sa.String(), nullable=False),
    sa.Column('ordered_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('order_event_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('queued', 'building', 'ready', 'failed', name='bundlestate', native_enum=False, length=40), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=True),
    sa.Column('version_id', sa.String(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('tagmanifest_sha256', sa.String(length=64), nullable=True),
    sa.Column('fingerprint', sa.String(), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error_message', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_bundle_agency_id')),
    sa.ForeignKeyConstraint(['ordered_by'], ['person.id'], name=op.f('fk_bundle_ordered_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_bundle_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bundle'))
    )
    op.create_index(op.f('ix_bundle_agency_id'), 'bundle', ['agency_id'], unique=False)
    op.create_index(op.f('ix_bundle_region_id'), 'bundle', ['region_id'], unique=False)
    op.create_table('paper',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Enum('follow_up_matrix', 'action_plan', name='paperkind', native_enum=False, length=40), nullable=False),
    sa.Column('format', sa.Enum('pdf', 'xlsx', 'docx', name='paperformat', native_enum=False, length=40), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('ordered_by', sa.Uuid(), nullable=False),
    sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Enum('queued', 'making', 'ready', 'failed', name='paperstate', native_enum=False, length=40), nullable=False),
    sa.Column('key', sa.String(), nullable=True),
    sa.Column('version_id', sa.String(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error_message', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_paper_agency_id')),
    sa.ForeignKeyConstraint(['ordered_by'], ['person.id'], name=op.f('fk_paper_ordered_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_paper_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper'))
    )
    op.create_index(op.f('ix_paper_agency_id'), 'paper', ['agency_id'], unique=False)
    op.create_index(op.f('ix_paper_ordered_by'), 'paper', ['ordered_by'], unique=False)
    op.create_index(op.f('ix_paper_region_id'), 'paper', ['region_id'], unique=False)
    op.create_table('decision',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('proposed', 'decided', 'declined', 'withdrawn', name='decisionstate', native_enum=False, length=40), nullable=False),
    sa.Column('number', sa.String(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('official_status', sa.Enum('NOT_ASSESSED', 'COMPLIANT', 'PARTIAL', 'NOT_STARTED', 'NOT_ACTIONABLE', name='officialstatus', native_enum=False, length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('valid_reason', sa.Enum('force_majeure', 'in_court', 'not_worthwhile', name='validreason', native_enum=False, length=40), nullable=True),
    sa.Column('ground_id', sa.Uuid(), nullable=True),
    sa.Column('letter_id', sa.Uuid(), nullable=True),
    sa.Column('closed_by', sa.Uuid(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_decision_agency_id')),
    sa.ForeignKeyConstraint(['closed_by'], ['person.id'], name=op.f('fk_decision_closed_by')),
    sa.ForeignKeyConstraint(['decided_by'], ['person.id'], name=op.f('fk_decision_decided_by')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.id'], name=op.f('fk_decision_proposed_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_decision_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision'))
    )
    op.create_index(op.f('ix_decision_agency_id'), 'decision', ['agency_id'], unique=False)
    op.create_index(op.f('ix_decision_letter_id'), 'decision', ['letter_id'], unique=False)
    op.create_index(op.f('ix_decision_region_id'), 'decision', ['region_id'], unique=False)
    op.create_table('evaluation_report',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'issued', name='reportstate', native_enum=False, length=40), nullable=False),
    sa.Column('number', sa.String(), nullable=True),
    sa.Column('report_date', sa.Date(), nullable=True),
    sa.Column('source', sa.Enum('internal', 'province', 'national', name='reportsource', native_enum=False, length=40), server_default='internal', nullable=False),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.Column('received_by', sa.Uuid(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('plan_due_on', sa.Date(), nullable=True),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('evaluation_year', sa.Integer(), nullable=True),
    sa.Column('performance_year', sa.Integer(), nullable=True),
    sa.Column('score', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('results', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('figures', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('content_digest', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_by', sa.Uuid(), nullable=True),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('issued_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_evaluation_report_agency_id')),
    sa.ForeignKeyConstraint(['confirmed_by'], ['person.id'], name=op.f('fk_evaluation_report_confirmed_by')),
    sa.ForeignKeyConstraint(['issued_by'], ['person.id'], name=op.f('fk_evaluation_report_issued_by')),
    sa.ForeignKeyConstraint(['received_by'], ['person.id'], name=op.f('fk_evaluation_report_received_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_evaluation_report_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evaluation_report')),
    sa.UniqueConstraint('agency_id', 'year', name=op.f('uq_evaluation_report_agency_id_year'))
    )
    op.create_index(op.f('ix_evaluation_report_agency_id'), 'evaluation_report', ['agency_id'], unique=False)
    op.create_index(op.f('ix_evaluation_report_region_id'), 'evaluation_report', ['region_id'], unique=False)
    op.create_foreign_key(op.f('fk_bundle_report_id'), 'bundle', 'evaluation_report', ['report_id'], ['id'])
    op.create_table('follow_up_rule',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.Enum('internal', 'province', 'national', name='reportsource', native_enum=False, length=40), nullable=False),
    sa.Column('follow_up_days', sa.Integer(), nullable=False),
    sa.Column('plan_days', sa.Integer(), nullable=False),
    sa.CheckConstraint('follow_up_days > 0 AND plan_days > 0 AND plan_days <= follow_up_days', name=op.f('ck_follow_up_rule_days')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_follow_up_rule_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_follow_up_rule')),
    sa.UniqueConstraint('region_id', 'source', name=op.f('uq_follow_up_rule_region_id_source'))
    )
    op.create_index(op.f('ix_follow_up_rule_region_id'), 'follow_up_rule', ['region_id'], unique=False)
    op.create_table('unit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('is_secretariat', sa.Boolean(), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_unit_agency_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_unit_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit')),
    sa.UniqueConstraint('agency_id', 'code', name=op.f('uq_unit_agency_id_code'))
    )
    op.create_index(op.f('ix_unit_agency_id'), 'unit', ['agency_id'], unique=False)
    op.create_index(op.f('ix_unit_region_id'), 'unit', ['region_id'], unique=False)
    op.create_table('api_token',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('prefix', sa.String(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('scope', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_api_token_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
    sa.UniqueConstraint('digest', name=op.f('uq_api_token_digest'))
    )
    op.create_index(op.f('ix_api_token_account_id'), 'api_token', ['account_id'], unique=False)
    op.create_table('plan_import',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=True),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('filename', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('intake_key', sa.String(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'read', 'failed', 'confirmed', name='importstate', native_enum=False, length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('beside', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('corrected', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('error_code', sa.String(), nullable=True),
    sa.Column('error_message', sa.String(), nullable=True),
    sa.Column('requested_by', sa.Uuid(), nullable=True),
    sa.Column('requested_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_plan_import_agency_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_plan_import_region_id')),
    sa.ForeignKeyConstraint(['report_id'], ['evaluation_report.id'], name=op.f('fk_plan_import_report_id')),
    sa.ForeignKeyConstraint(['requested_by'], ['person.id'], name=op.f('fk_plan_import_requested_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_import'))
    )
    op.create_index(op.f('ix_plan_import_agency_id'), 'plan_import', ['agency_id'], unique=False)
    op.create_index(op.f('ix_plan_import_region_id'), 'plan_import', ['region_id'], unique=False)
    op.create_table('position',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('role', sa.Enum('agency_operator', 'unit_staff', 'unit_head', 'agency_head', 'evaluator', 'inspector', 'auditor', 'privacy_officer', 'admin', name='role', native_enum=False, length=40), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_position_agency_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_position_region_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_position_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_position'))
    )
    op.create_index(op.f('ix_position_agency_id'), 'position', ['agency_id'], unique=False)
    op.create_index(op.f('ix_position_region_id'), 'position', ['region_id'], unique=False)
    op.create_index(op.f('ix_position_unit_id'), 'position', ['unit_id'], unique=False)
    op.create_table('recommendation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('component', sa.Enum('A', 'B', 'C', 'D', name='component', native_enum=False, length=40), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('criterion', sa.String(), nullable=True),
    sa.Column('finding', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('drafted', 'evidence_uploaded', 'signed', 'acknowledged', 'verified', name='state', native_enum=False, length=40), nullable=False),
    sa.Column('state_since', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('official_status', sa.Enum('NOT_ASSESSED', 'COMPLIANT', 'PARTIAL', 'NOT_STARTED', 'NOT_ACTIONABLE', name='officialstatus', native_enum=False, length=40), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('overdue_on', sa.Date(), nullable=True),
    sa.Column('revision', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('reconsidered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_as', sa.Enum('moved', 'cancelled', name='ending', native_enum=False, length=40), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('ended_reason', sa.Text(), nullable=True),
    sa.Column('ended_letter', sa.String(), nullable=True),
    sa.Column('taken_over_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('moved_to', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('moved_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_recommendation_agency_id')),
    sa.ForeignKeyConstraint(['ended_by'], ['person.id'], name=op.f('fk_recommendation_ended_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_recommendation_region_id')),
    sa.ForeignKeyConstraint(['report_id'], ['evaluation_report.id'], name=op.f('fk_recommendation_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recommendation')),
    sa.UniqueConstraint('report_id', 'number', name=op.f('uq_recommendation_report_id_number'))
    )
    op.create_index(op.f('ix_recommendation_agency_id'), 'recommendation', ['agency_id'], unique=False)
    op.create_index(op.f('ix_recommendation_region_id'), 'recommendation', ['region_id'], unique=False)
    op.create_index(op.f('ix_recommendation_report_id'), 'recommendation', ['report_id'], unique=False)
    op.create_table('recommendation_version',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('recommendation_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('component', sa.Enum('A', 'B', 'C', 'D', name='component', native_enum=False, length=40), nullable=False),
    sa.Column('criterion', sa.String(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('letter', sa.String(), nullable=True),
    sa.Column('written_by', sa.Uuid(), nullable=True),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_recommendation_version_agency_id')),
    sa.ForeignKeyConstraint(['recommendation_id'], ['recommendation.id'], name=op.f('fk_recommendation_version_recommendation_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_recommendation_version_region_id')),
    sa.ForeignKeyConstraint(['written_by'], ['person.id'], name=op.f('fk_recommendation_version_written_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recommendation_version')),
    sa.UniqueConstraint('recommendation_id', 'revision', name=op.f('uq_recommendation_version_recommendation_id_revision'))
    )
    op.create_index(op.f('ix_recommendation_version_agency_id'), 'recommendation_version', ['agency_id'], unique=False)
    op.create_index(op.f('ix_recommendation_version_recommendation_id'), 'recommendation_version', ['recommendation_id'], unique=False)
    op.create_index(op.f('ix_recommendation_version_region_id'), 'recommendation_version', ['region_id'], unique=False)
    op.create_table('objection',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('recommendation_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('objected_by', sa.Uuid(), nullable=False),
    sa.Column('objected_as', sa.String(), nullable=False),
    sa.Column('objected_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('objected_on', sa.Date(), nullable=False),
    sa.Column('outcome', sa.Enum('corrected', 'cancelled', 'declined', name='outcome', native_enum=False, length=40), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('letter', sa.String(), nullable=True),
    sa.Column('answered_by', sa.Uuid(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('stopped_days', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_objection_agency_id')),
    sa.ForeignKeyConstraint(['answered_by'], ['person.id'], name=op.f('fk_objection_answered_by')),
    sa.ForeignKeyConstraint(['objected_by'], ['person.id'], name=op.f('fk_objection_objected_by')),
    sa.ForeignKeyConstraint(['recommendation_id'], ['recommendation.id'], name=op.f('fk_objection_recommendation_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_objection_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_objection')),
    sa.UniqueConstraint('recommendation_id', 'revision', name=op.f('uq_objection_recommendation_id_revision'))
    )
    op.create_index(op.f('ix_objection_agency_id'), 'objection', ['agency_id'], unique=False)
    op.create_index(op.f('ix_objection_recommendation_id'), 'objection', ['recommendation_id'], unique=False)
    op.create_index(op.f('ix_objection_region_id'), 'objection', ['region_id'], unique=False)
    op.create_table('action',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('recommendation_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('owner', sa.String(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('output', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_action_agency_id')),
    sa.ForeignKeyConstraint(['recommendation_id'], ['recommendation.id'], name=op.f('fk_action_recommendation_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_action_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_action')),
    sa.UniqueConstraint('recommendation_id', name=op.f('uq_action_recommendation_id'))
    )
    op.create_index(op.f('ix_action_agency_id'), 'action', ['agency_id'], unique=False)
    op.create_index(op.f('ix_action_region_id'), 'action', ['region_id'], unique=False)
    op.create_table('action_plan',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'accepted', 'returned', name='planstate', native_enum=False, length=40), nullable=False),
    sa.Column('state_since', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_action_plan_agency_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_action_plan_region_id')),
    sa.ForeignKeyConstraint(['report_id'], ['evaluation_report.id'], name=op.f('fk_action_plan_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_action_plan')),
    sa.UniqueConstraint('report_id', name=op.f('uq_action_plan_report_id'))
    )
    op.create_index(op.f('ix_action_plan_agency_id'), 'action_plan', ['agency_id'], unique=False)
    op.create_index(op.f('ix_action_plan_region_id'), 'action_plan', ['region_id'], unique=False)
    op.create_table('plan_submission',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('content', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('submitted_by', sa.Uuid(), nullable=False),
    sa.Column('submitted_as', sa.String(), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted', sa.Boolean(), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_as', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_plan_submission_agency_id')),
    sa.ForeignKeyConstraint(['decided_by'], ['person.id'], name=op.f('fk_plan_submission_decided_by')),
    sa.ForeignKeyConstraint(['plan_id'], ['action_plan.id'], name=op.f('fk_plan_submission_plan_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_plan_submission_region_id')),
    sa.ForeignKeyConstraint(['submitted_by'], ['person.id'], name=op.f('fk_plan_submission_submitted_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_submission')),
    sa.UniqueConstraint('plan_id', 'round', name=op.f('uq_plan_submission_plan_id_round'))
    )
    op.create_index(op.f('ix_plan_submission_agency_id'), 'plan_submission', ['agency_id'], unique=False)
    op.create_index(op.f('ix_plan_submission_region_id'), 'plan_submission', ['region_id'], unique=False)
    op.create_table('decision_recommendation',
    sa.Column('decision_id', sa.Uuid(), nullable=False),
    sa.Column('recommendation_id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_decision_recommendation_agency_id')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_decision_recommendation_decision_id')),
    sa.ForeignKeyConstraint(['recommendation_id'], ['recommendation.id'], name=op.f('fk_decision_recommendation_recommendation_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_decision_recommendation_region_id')),
    sa.PrimaryKeyConstraint('decision_id', 'recommendation_id', name=op.f('pk_decision_recommendation'))
    )
    op.create_index(op.f('ix_decision_recommendation_recommendation_id'), 'decision_recommendation', ['recommendation_id'], unique=False)
    _engagement()
    op.create_table('position_assignment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('position_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('definitive', 'acting_vacant', 'acting_daily', 'caretaker', name='assignmentkind', native_enum=False, length=40), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('letter_number', sa.String(), nullable=True),
    sa.Column('letter_date', sa.Date(), nullable=True),
    sa.Column('engagement_id', sa.Uuid(), nullable=True),
    sa.Column('replaces_id', sa.Uuid(), nullable=True),
    sa.Column('at_once', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=True),
    sa.Column('confirmed_by', sa.Uuid(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('end_reason', sa.Text(), nullable=True),
    sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_position_assignment_valid_range')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_position_assignment_agency_id')),
    sa.ForeignKeyConstraint(['confirmed_by'], ['person.id'], name=op.f('fk_position_assignment_confirmed_by')),
    sa.ForeignKeyConstraint(['ended_by'], ['person.id'], name=op.f('fk_position_assignment_ended_by')),
    sa.ForeignKeyConstraint(['engagement_id'], ['engagement.id'], name=op.f('fk_position_assignment_engagement_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_position_assignment_person_id')),
    sa.ForeignKeyConstraint(['position_id'], ['position.id'], name=op.f('fk_position_assignment_position_id')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.id'], name=op.f('fk_position_assignment_proposed_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_position_assignment_region_id')),
    sa.ForeignKeyConstraint(['replaces_id'], ['position_assignment.id'], name=op.f('fk_position_assignment_replaces_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_position_assignment'))
    )
    op.create_index(op.f('ix_position_assignment_agency_id'), 'position_assignment', ['agency_id'], unique=False)
    op.create_index(op.f('ix_position_assignment_person_id'), 'position_assignment', ['person_id'], unique=False)
    op.create_index(op.f('ix_position_assignment_position_id'), 'position_assignment', ['position_id'], unique=False)
    op.create_index(op.f('ix_position_assignment_region_id'), 'position_assignment', ['region_id'], unique=False)
    op.create_table('succession',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('successor_id', sa.Uuid(), nullable=False),
    sa.Column('successor_agency_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('letter_number', sa.String(), nullable=False),
    sa.Column('letter_date', sa.Date(), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by', sa.Uuid(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('declined_by', sa.Uuid(), nullable=True),
    sa.Column('declined_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decline_reason', sa.Text(), nullable=True),
    sa.CheckConstraint('unit_id <> successor_id', name=op.f('ck_succession_another_unit')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_succession_agency_id')),
    sa.ForeignKeyConstraint(['confirmed_by'], ['person.id'], name=op.f('fk_succession_confirmed_by')),
    sa.ForeignKeyConstraint(['declined_by'], ['person.id'], name=op.f('fk_succession_declined_by')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.id'], name=op.f('fk_succession_proposed_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_succession_region_id')),
    sa.ForeignKeyConstraint(['successor_id'], ['unit.id'], name=op.f('fk_succession_successor_id')),
    sa.ForeignKeyConstraint(['successor_agency_id'], ['agency.id'], name=op.f('fk_succession_successor_agency_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_succession_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_succession'))
    )
    op.create_index(op.f('ix_succession_agency_id'), 'succession', ['agency_id'], unique=False)
    op.create_index(op.f('ix_succession_region_id'), 'succession', ['region_id'], unique=False)
    op.create_index(op.f('ix_succession_successor_agency_id'), 'succession', ['successor_agency_id'], unique=False)
    op.create_index(op.f('ix_succession_successor_id'), 'succession', ['successor_id'], unique=False)
    op.create_index('uq_succession_unit', 'succession', ['unit_id'], unique=True, postgresql_where=sa.text('declined_at IS NULL'))
    op.create_table('letter_scan',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=True),
    sa.Column('assignment_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('original_name', sa.String(), nullable=False),
    sa.Column('received_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_letter_scan_agency_id')),
    sa.ForeignKeyConstraint(['assignment_id'], ['position_assignment.id'], name=op.f('fk_letter_scan_assignment_id')),
    sa.ForeignKeyConstraint(['received_by'], ['person.id'], name=op.f('fk_letter_scan_received_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_letter_scan_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_scan'))
    )
    op.create_index(op.f('ix_letter_scan_assignment_id'), 'letter_scan', ['assignment_id'], unique=False)
    op.create_index(op.f('ix_letter_scan_region_id'), 'letter_scan', ['region_id'], unique=False)
    op.create_table('outcome_finding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('recommendation_id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('repeated_by_id', sa.Uuid(), nullable=True),
    sa.Column('before', sa.Numeric(precision=5, scale=2), nullable=False),
    sa.Column('score', sa.Numeric(precision=5, scale=2), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_outcome_finding_agency_id')),
    sa.ForeignKeyConstraint(['recommendation_id'], ['recommendation.id'], name=op.f('fk_outcome_finding_recommendation_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_outcome_finding_region_id')),
    sa.ForeignKeyConstraint(['repeated_by_id'], ['recommendation.id'], name=op.f('fk_outcome_finding_repeated_by_id')),
    sa.ForeignKeyConstraint(['report_id'], ['evaluation_report.id'], name=op.f('fk_outcome_finding_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outcome_finding')),
    sa.UniqueConstraint('recommendation_id', 'report_id', name=op.f('uq_outcome_finding_recommendation_id_report_id'))
    )
    op.create_index(op.f('ix_outcome_finding_agency_id'), 'outcome_finding', ['agency_id'], unique=False)
    op.create_index(op.f('ix_outcome_finding_region_id'), 'outcome_finding', ['region_id'], unique=False)
    op.create_index(op.f('ix_outcome_finding_repeated_by_id'), 'outcome_finding', ['repeated_by_id'], unique=False)
    op.create_index(op.f('ix_outcome_finding_report_id'), 'outcome_finding', ['report_id'], unique=False)
    op.create_table('grid',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('quarterly_monitoring', 'performance_report', 'document', 'outcome', name='requirementkind', native_enum=False, length=40), nullable=False),
    sa.Column('title', sa.String(), nullable=True),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('quarters', sa.ARRAY(sa.Integer()), nullable=False),
    sa.Column('expects', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('signed_by', sa.Enum('unit_head', 'secretary', 'agency_head', name='who', native_enum=False, length=40), nullable=False),
    sa.Column('acknowledged_by', sa.Enum('unit_head', 'secretary', 'agency_head', name='who', native_enum=False, length=40), nullable=False),
    sa.Column('due_days', sa.Integer(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('left_out', sa.ARRAY(sa.Uuid()), nullable=False),
    sa.Column('pending_links', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_grid_agency_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_grid_region_id')),
    sa.ForeignKeyConstraint(['report_id'], ['evaluation_report.id'], name=op.f('fk_grid_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_grid'))
    )
    op.create_index(op.f('ix_grid_agency_id'), 'grid', ['agency_id'], unique=False)
    op.create_index(op.f('ix_grid_region_id'), 'grid', ['region_id'], unique=False)
    op.create_index(op.f('ix_grid_report_id'), 'grid', ['report_id'], unique=False)
    op.create_table('requirement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('heir_unit_id', sa.Uuid(), nullable=True),
    sa.Column('heir_agency_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Enum('quarterly_monitoring', 'performance_report', 'document', 'outcome', name='requirementkind', native_enum=False, length=40), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('quarter', sa.Integer(), nullable=True),
    sa.Column('signing_position_id', sa.Uuid(), nullable=True),
    sa.Column('acknowledging_position_id', sa.Uuid(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('opens_on', sa.Date(), nullable=True),
    sa.Column('expects', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.Enum('drafted', 'evidence_uploaded', 'signed', 'acknowledged', 'verified', name='state', native_enum=False, length=40), nullable=False),
    sa.Column('state_since', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('newest_evidence_id', sa.Uuid(), nullable=True),
    sa.Column('returned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('return_code', sa.String(), nullable=True),
    sa.Column('return_text', sa.Text(), nullable=True),
    sa.Column('waived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('waived_reason', sa.Text(), nullable=True),
    sa.Column('grid_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['grid_id'], ['grid.id'], name=op.f('fk_requirement_grid_id')),
    sa.ForeignKeyConstraint(['acknowledging_position_id'], ['position.id'], name=op.f('fk_requirement_acknowledging_position_id')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_requirement_agency_id')),
    sa.ForeignKeyConstraint(['heir_agency_id'], ['agency.id'], name=op.f('fk_requirement_heir_agency_id')),
    sa.ForeignKeyConstraint(['heir_unit_id'], ['unit.id'], name=op.f('fk_requirement_heir_unit_id')),
    sa.ForeignKeyConstraint(['newest_evidence_id'], ['evidence.id'], name=op.f('fk_requirement_newest_evidence_id'), use_alter=True),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_requirement_region_id')),
    sa.ForeignKeyConstraint(['report_id'], ['evaluation_report.id'], name=op.f('fk_requirement_report_id')),
    sa.ForeignKeyConstraint(['signing_position_id'], ['position.id'], name=op.f('fk_requirement_signing_position_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_requirement_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_requirement'))
    )
    op.create_index(op.f('ix_requirement_acknowledging_position_id'), 'requirement', ['acknowledging_position_id'], unique=False)
    op.create_index(op.f('ix_requirement_grid_id'), 'requirement', ['grid_id'], unique=False)
    op.create_index('ix_requirement_agency_year', 'requirement', ['agency_id', 'year', 'id'], unique=False)
    op.create_index(op.f('ix_requirement_heir_agency_id'), 'requirement', ['heir_agency_id'], unique=False)
    op.create_index(op.f('ix_requirement_heir_unit_id'), 'requirement', ['heir_unit_id'], unique=False)
    op.create_index(op.f('ix_requirement_newest_evidence_id'), 'requirement', ['newest_evidence_id'], unique=False)
    op.create_index('ix_requirement_open', 'requirement', ['agency_id', 'state', 'due_on'], unique=False)
    op.create_index('ix_requirement_in_review', 'requirement', ['region_id'], unique=False, postgresql_where=sa.text("return_code = 'IN_REVIEW'"))
    op.create_index('ix_requirement_region', 'requirement', ['region_id', 'id'], unique=False)
    op.create_index(op.f('ix_requirement_report_id'), 'requirement', ['report_id'], unique=False)
    op.create_index('ix_requirement_standing', 'requirement', ['region_id', 'year'], unique=False, postgresql_where=sa.text('waived_at IS NULL'), postgresql_include=['agency_id', 'kind', 'state', 'returned_at', 'opens_on'])
    op.create_index(op.f('ix_requirement_signing_position_id'), 'requirement', ['signing_position_id'], unique=False)
    op.create_index(op.f('ix_requirement_unit_id'), 'requirement', ['unit_id'], unique=False)
    op.create_table('evidence',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('original_name', sa.String(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('received_by', sa.Uuid(), nullable=False),
    sa.Column('received_event_id', sa.Uuid(), nullable=False),
    sa.Column('receipt_number', sa.String(), nullable=False),
    sa.Column('receipt_code', sa.String(length=26), nullable=False),
    sa.Column('evidence_date', sa.Date(), nullable=True),
    sa.Column('travels_with_id', sa.Uuid(), nullable=True),
    sa.Column('media_type', sa.String(), server_default='application/pdf', nullable=False),
    sa.Column('intake_key', sa.String(), nullable=False),
    sa.Column('intake_removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('check_state', sa.Enum('waiting', 'running', 'done', 'failed', name='checkstate', native_enum=False, length=40), nullable=False),
    sa.Column('check_since', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('check_why', sa.String(), nullable=True),
    sa.Column('verdict', sa.String(), nullable=True),
    sa.Column('sign_assignment_id', sa.Uuid(), nullable=True),
    sa.Column('brings_sign_offs', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_evidence_agency_id')),
    sa.ForeignKeyConstraint(['received_by'], ['person.id'], name=op.f('fk_evidence_received_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_evidence_region_id')),
    sa.ForeignKeyConstraint(['sign_assignment_id'], ['position_assignment.id'], name=op.f('fk_evidence_sign_assignment_id')),
    sa.ForeignKeyConstraint(['travels_with_id'], ['evidence.id'], name=op.f('fk_evidence_travels_with_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence')),
    sa.UniqueConstraint('receipt_number', name=op.f('uq_evidence_receipt_number'))
    )
    op.create_index(op.f('ix_evidence_agency_id'), 'evidence', ['agency_id'], unique=False)
    op.create_index('ix_evidence_in_intake', 'evidence', ['id'], unique=False, postgresql_where=sa.text('intake_removed_at IS NULL'))
    op.create_index(op.f('ix_evidence_region_id'), 'evidence', ['region_id'], unique=False)
    op.create_index(op.f('ix_evidence_sha256'), 'evidence', ['sha256'], unique=False)
    op.create_index(op.f('ix_evidence_travels_with_id'), 'evidence', ['travels_with_id'], unique=False)
    op.create_table('requirement_recommendation',
    sa.Column('requirement_id', sa.Uuid(), nullable=False),
    sa.Column('recommendation_id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_requirement_recommendation_agency_id')),
    sa.ForeignKeyConstraint(['recommendation_id'], ['recommendation.id'], name=op.f('fk_requirement_recommendation_recommendation_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_requirement_recommendation_region_id')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_requirement_recommendation_requirement_id')),
    sa.PrimaryKeyConstraint('requirement_id', 'recommendation_id', name=op.f('pk_requirement_recommendation'))
    )
    op.create_index(op.f('ix_requirement_recommendation_recommendation_id'), 'requirement_recommendation', ['recommendation_id'], unique=False)
    op.create_table('disposal',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('kind', sa.Enum('term_over', 'wrong_delivery', name='disposalkind', native_enum=False, length=40), nullable=False),
    sa.Column('state', sa.Enum('proposed', 'confirmed', 'done', 'withdrawn', name='disposalstate', native_enum=False, length=40), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('letter', sa.String(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by', sa.Uuid(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by_name', sa.String(), nullable=True),
    sa.CheckConstraint('confirmed_by <> proposed_by', name=op.f('ck_disposal_two_people')),
    sa.CheckConstraint("confirmed_by IS NOT NULL OR state IN ('proposed', 'withdrawn')", name=op.f('ck_disposal_confirmed_first')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_disposal_agency_id')),
    sa.ForeignKeyConstraint(['confirmed_by'], ['person.id'], name=op.f('fk_disposal_confirmed_by')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_disposal_evidence_id')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.id'], name=op.f('fk_disposal_proposed_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_disposal_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disposal')),
    sa.UniqueConstraint('number', name=op.f('uq_disposal_number'))
    )
    op.create_index(op.f('ix_disposal_agency_id'), 'disposal', ['agency_id'], unique=False)
    op.create_index(op.f('ix_disposal_region_id'), 'disposal', ['region_id'], unique=False)
    op.create_index('uq_disposal_open', 'disposal', ['evidence_id'], unique=True, postgresql_where=sa.text("state IN ('proposed', 'confirmed')"))
    op.create_table('legal_hold',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('letter', sa.String(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('opened_by', sa.Uuid(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_by', sa.Uuid(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closing_letter', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_legal_hold_agency_id')),
    sa.ForeignKeyConstraint(['closed_by'], ['person.id'], name=op.f('fk_legal_hold_closed_by')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_legal_hold_evidence_id')),
    sa.ForeignKeyConstraint(['opened_by'], ['person.id'], name=op.f('fk_legal_hold_opened_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_legal_hold_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_legal_hold'))
    )
    op.create_index(op.f('ix_legal_hold_agency_id'), 'legal_hold', ['agency_id'], unique=False)
    op.create_index(op.f('ix_legal_hold_evidence_id'), 'legal_hold', ['evidence_id'], unique=False)
    op.create_index(op.f('ix_legal_hold_region_id'), 'legal_hold', ['region_id'], unique=False)
    op.create_table('archived_object',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('bucket', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('version_id', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('retain_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lock_mode', sa.String(), nullable=False),
    sa.Column('archived_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('retention_rule', sa.String(), nullable=True),
    sa.Column('keep_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('examined_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('disposal_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['disposal_id'], ['disposal.id'], name=op.f('fk_archived_object_disposal_id')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_archived_object_agency_id')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_archived_object_evidence_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_archived_object_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_archived_object')),
    sa.UniqueConstraint('evidence_id', name=op.f('uq_archived_object_evidence_id'))
    )
    op.create_index(op.f('ix_archived_object_agency_id'), 'archived_object', ['agency_id'], unique=False)
    op.create_index(op.f('ix_archived_object_examined_at'), 'archived_object', ['examined_at'], unique=False)
    op.create_index(op.f('ix_archived_object_region_id'), 'archived_object', ['region_id'], unique=False)
    op.create_index(op.f('ix_archived_object_sha256'), 'archived_object', ['sha256'], unique=False)
    op.create_table('page_picture',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('page', sa.Integer(), nullable=False),
    sa.Column('size', sa.Enum('page', 'small', name='picturesize', native_enum=False, length=40), nullable=False),
    sa.Column('key', sa.String(), nullable=True),
    sa.Column('version_id', sa.String(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('bytes', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Enum('missing', 'unreadable', 'too_large', 'stopped', name='nopicture', native_enum=False, length=40), nullable=True),
    sa.Column('drawn_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('(key IS NULL) = (reason IS NOT NULL)', name=op.f('ck_page_picture_drawn_or_not')),
    sa.CheckConstraint('page >= 1', name=op.f('ck_page_picture_page')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_page_picture_agency_id')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_page_picture_evidence_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_page_picture_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_page_picture')),
    sa.UniqueConstraint('evidence_id', 'size', 'page', name=op.f('uq_page_picture_evidence_id_size_page'))
    )
    op.create_index(op.f('ix_page_picture_agency_id'), 'page_picture', ['agency_id'], unique=False)
    op.create_index(op.f('ix_page_picture_region_id'), 'page_picture', ['region_id'], unique=False)
    op.create_table('archive_finding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('archived_object_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_archive_finding_agency_id')),
    sa.ForeignKeyConstraint(['archived_object_id'], ['archived_object.id'], name=op.f('fk_archive_finding_archived_object_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_archive_finding_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_archive_finding'))
    )
    op.create_index(op.f('ix_archive_finding_agency_id'), 'archive_finding', ['agency_id'], unique=False)
    op.create_index(op.f('ix_archive_finding_region_id'), 'archive_finding', ['region_id'], unique=False)
    op.create_index('uq_archive_finding_open', 'archive_finding', ['archived_object_id', 'code'], unique=True, postgresql_where=sa.text('resolved_at IS NULL'))
    op.create_table('check_report',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('verdict', sa.String(), nullable=False),
    sa.Column('report', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_check_report_agency_id')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_check_report_evidence_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_check_report_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_report'))
    )
    op.create_index(op.f('ix_check_report_agency_id'), 'check_report', ['agency_id'], unique=False)
    op.create_index(op.f('ix_check_report_evidence_id'), 'check_report', ['evidence_id'], unique=False)
    op.create_index(op.f('ix_check_report_region_id'), 'check_report', ['region_id'], unique=False)
    op.create_table('evidence_use',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('requirement_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('page_from', sa.Integer(), nullable=True),
    sa.Column('page_to', sa.Integer(), nullable=True),
    sa.CheckConstraint('page_from >= 1 AND page_to >= page_from', name=op.f('ck_evidence_use_page_range')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_evidence_use_agency_id')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_evidence_use_evidence_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_evidence_use_region_id')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_evidence_use_requirement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence_use')),
    sa.UniqueConstraint('requirement_id', 'revision', name=op.f('uq_evidence_use_requirement_id_revision'))
    )
    op.create_index(op.f('ix_evidence_use_agency_id'), 'evidence_use', ['agency_id'], unique=False)
    op.create_index(op.f('ix_evidence_use_evidence_id'), 'evidence_use', ['evidence_id'], unique=False)
    op.create_index(op.f('ix_evidence_use_region_id'), 'evidence_use', ['region_id'], unique=False)
    op.create_index(op.f('ix_evidence_use_requirement_id'), 'evidence_use', ['requirement_id'], unique=False)
    op.create_table('evidence_review',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('requirement_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('accepted', sa.Boolean(), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_as', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_evidence_review_agency_id')),
    sa.ForeignKeyConstraint(['asked_by'], ['person.id'], name=op.f('fk_evidence_review_asked_by')),
    sa.ForeignKeyConstraint(['decided_by'], ['person.id'], name=op.f('fk_evidence_review_decided_by')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_evidence_review_evidence_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_evidence_review_region_id')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_evidence_review_requirement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence_review')),
    sa.UniqueConstraint('requirement_id', 'evidence_id', name=op.f('uq_evidence_review_requirement_id_evidence_id'))
    )
    op.create_index(op.f('ix_evidence_review_agency_id'), 'evidence_review', ['agency_id'], unique=False)
    op.create_index(op.f('ix_evidence_review_evidence_id'), 'evidence_review', ['evidence_id'], unique=False)
    op.create_index(op.f('ix_evidence_review_region_id'), 'evidence_review', ['region_id'], unique=False)
    op.create_table('message',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('requirement_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('position', sa.String(), nullable=False),
    sa.Column('of_inspectorate', sa.Boolean(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_message_agency_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_message_person_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_message_region_id')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_message_requirement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message'))
    )
    op.create_index(op.f('ix_message_agency_id'), 'message', ['agency_id'], unique=False)
    op.create_index(op.f('ix_message_region_id'), 'message', ['region_id'], unique=False)
    op.create_index('ix_message_requirement_id_at', 'message', ['requirement_id', 'at', 'id'], unique=False)
    op.create_table('messages_read',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('requirement_id', sa.Uuid(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_messages_read_agency_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_messages_read_person_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_messages_read_region_id')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_messages_read_requirement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_messages_read')),
    sa.UniqueConstraint('person_id', 'requirement_id', name=op.f('uq_messages_read_person_id_requirement_id'))
    )
    op.create_index(op.f('ix_messages_read_agency_id'), 'messages_read', ['agency_id'], unique=False)
    op.create_index(op.f('ix_messages_read_region_id'), 'messages_read', ['region_id'], unique=False)
    op.create_table('sign_off',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('requirement_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('role', sa.Enum('signed', 'acknowledged', name='signoffrole', native_enum=False, length=40), nullable=False),
    sa.Column('basis', sa.Enum('in_app', 'certificate', 'ink', name='basis', native_enum=False, length=40), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('assignment_id', sa.Uuid(), nullable=False),
    sa.Column('snapshot', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('proof', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('same_person', sa.Boolean(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('voided_reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_sign_off_agency_id')),
    sa.ForeignKeyConstraint(['assignment_id'], ['position_assignment.id'], name=op.f('fk_sign_off_assignment_id')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_sign_off_evidence_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_sign_off_person_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_sign_off_region_id')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_sign_off_requirement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_off'))
    )
    op.create_index(op.f('ix_sign_off_agency_id'), 'sign_off', ['agency_id'], unique=False)
    op.create_index(op.f('ix_sign_off_evidence_id'), 'sign_off', ['evidence_id'], unique=False)
    op.create_index(op.f('ix_sign_off_person_id'), 'sign_off', ['person_id'], unique=False)
    op.create_index(op.f('ix_sign_off_region_id'), 'sign_off', ['region_id'], unique=False)
    op.create_index(op.f('ix_sign_off_requirement_id'), 'sign_off', ['requirement_id'], unique=False)
    op.create_index('uq_sign_off_standing', 'sign_off', ['requirement_id', 'role'], unique=True, postgresql_where=sa.text('voided_at IS NULL'))
    op.create_table('sample_batch',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('seed', sa.String(length=32), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('drawn_by', sa.Uuid(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by', sa.Uuid(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_sample_batch_agency_id')),
    sa.ForeignKeyConstraint(['confirmed_by'], ['person.id'], name=op.f('fk_sample_batch_confirmed_by')),
    sa.ForeignKeyConstraint(['drawn_by'], ['person.id'], name=op.f('fk_sample_batch_drawn_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_sample_batch_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sample_batch'))
    )
    op.create_index(op.f('ix_sample_batch_agency_id'), 'sample_batch', ['agency_id'], unique=False)
    op.create_index(op.f('ix_sample_batch_region_id'), 'sample_batch', ['region_id'], unique=False)
    op.create_table('sample_item',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('requirement_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('sampled', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_sample_item_agency_id')),
    sa.ForeignKeyConstraint(['batch_id'], ['sample_batch.id'], name=op.f('fk_sample_item_batch_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_sample_item_region_id')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_sample_item_requirement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sample_item')),
    sa.UniqueConstraint('batch_id', 'requirement_id', name=op.f('uq_sample_item_batch_id_requirement_id'))
    )
    op.create_index(op.f('ix_sample_item_agency_id'), 'sample_item', ['agency_id'], unique=False)
    op.create_index(op.f('ix_sample_item_region_id'), 'sample_item', ['region_id'], unique=False)
    op.create_index(op.f('ix_sample_item_requirement_id'), 'sample_item', ['requirement_id'], unique=False)
    op.create_table('verification',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('requirement_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('assignment_id', sa.Uuid(), nullable=False),
    sa.Column('snapshot', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('method', sa.Enum('full', 'sample', name='method', native_enum=False, length=40), server_default='full', nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=True),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_verification_agency_id')),
    sa.ForeignKeyConstraint(['assignment_id'], ['position_assignment.id'], name=op.f('fk_verification_assignment_id')),
    sa.ForeignKeyConstraint(['batch_id'], ['sample_batch.id'], name=op.f('fk_verification_batch_id')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_verification_evidence_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_verification_person_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_verification_region_id')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_verification_requirement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification'))
    )
    op.create_index(op.f('ix_verification_agency_id'), 'verification', ['agency_id'], unique=False)
    op.create_index(op.f('ix_verification_evidence_id'), 'verification', ['evidence_id'], unique=False)
    op.create_index(op.f('ix_verification_person_id'), 'verification', ['person_id'], unique=False)
    op.create_index(op.f('ix_verification_region_id'), 'verification', ['region_id'], unique=False)
    op.create_index(op.f('ix_verification_requirement_id'), 'verification', ['requirement_id'], unique=False)
    op.create_table('certificate_binding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('holder', sa.String(), nullable=False),
    sa.Column('issuer', sa.String(), nullable=True),
    sa.Column('bound_by', sa.Uuid(), nullable=False),
    sa.Column('bound_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_by', sa.Uuid(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['bound_by'], ['person.id'], name=op.f('fk_certificate_binding_bound_by')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_certificate_binding_person_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_certificate_binding_region_id')),
    sa.ForeignKeyConstraint(['withdrawn_by'], ['person.id'], name=op.f('fk_certificate_binding_withdrawn_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate_binding'))
    )
    op.create_index(op.f('ix_certificate_binding_person_id'), 'certificate_binding', ['person_id'], unique=False)
    op.create_index(op.f('ix_certificate_binding_region_id'), 'certificate_binding', ['region_id'], unique=False)
    op.create_index('uq_certificate_binding_standing', 'certificate_binding', ['region_id', 'fingerprint'], unique=True, postgresql_where=sa.text('withdrawn_at IS NULL'))
    op.create_table('ink_claim',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('requirement_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Enum('signed', 'acknowledged', name='signoffrole', native_enum=False, length=40), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('page', sa.Integer(), nullable=True),
    sa.Column('signed_on', sa.Date(), nullable=True),
    sa.Column('claimed_by', sa.Uuid(), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Enum('claimed', 'accepted', 'confirmed', 'disputed', name='claimstate', native_enum=False, length=40), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('page >= 1', name=op.f('ck_ink_claim_page')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_ink_claim_agency_id')),
    sa.ForeignKeyConstraint(['claimed_by'], ['person.id'], name=op.f('fk_ink_claim_claimed_by')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_ink_claim_evidence_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_ink_claim_person_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_ink_claim_region_id')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_ink_claim_requirement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ink_claim')),
    sa.UniqueConstraint('requirement_id', 'evidence_id', 'role', name=op.f('uq_ink_claim_requirement_id_evidence_id_role'))
    )
    op.create_index(op.f('ix_ink_claim_agency_id'), 'ink_claim', ['agency_id'], unique=False)
    op.create_index(op.f('ix_ink_claim_evidence_id'), 'ink_claim', ['evidence_id'], unique=False)
    op.create_index('ix_ink_claim_open', 'ink_claim', ['person_id'], unique=False, postgresql_where=sa.text("state IN ('claimed', 'accepted')"))
    op.create_index(op.f('ix_ink_claim_region_id'), 'ink_claim', ['region_id'], unique=False)
    op.create_table('reading',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=True),
    sa.Column('looked_at', sa.Integer(), nullable=False),
    sa.Column('settled', sa.Integer(), nullable=False),
    sa.Column('scans', sa.Integer(), nullable=False),
    sa.Column('unread', sa.Integer(), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('why', sa.String(), nullable=True),
    sa.Column('figures', sa.String(length=64), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_reading_agency_id')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_reading_evidence_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_reading_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reading')),
    sa.UniqueConstraint('evidence_id', name=op.f('uq_reading_evidence_id'))
    )
    op.create_index(op.f('ix_reading_agency_id'), 'reading', ['agency_id'], unique=False)
    op.create_index('ix_reading_figures', 'reading', ['region_id', 'figures'], unique=False, postgresql_where=sa.text('figures IS NOT NULL'))
    op.create_index(op.f('ix_reading_region_id'), 'reading', ['region_id'], unique=False)
    op.create_table('page_text',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('page', sa.Integer(), nullable=False),
    sa.Column('source', sa.Enum('layer', 'ocr', 'none', name='textsource', native_enum=False, length=40), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_page_text_agency_id')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_page_text_evidence_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_page_text_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_page_text')),
    sa.UniqueConstraint('evidence_id', 'page', name=op.f('uq_page_text_evidence_id_page'))
    )
    op.create_index(op.f('ix_page_text_agency_id'), 'page_text', ['agency_id'], unique=False)
    op.create_index(op.f('ix_page_text_region_id'), 'page_text', ['region_id'], unique=False)
    op.create_table('sense_finding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('requirement_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('severity', sa.String(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('page', sa.Integer(), nullable=True),
    sa.Column('audience', sa.Enum('all', 'agency', 'inspectorate', name='audience', native_enum=False, length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_sense_finding_agency_id')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_sense_finding_evidence_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_sense_finding_region_id')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_sense_finding_requirement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sense_finding'))
    )
    op.create_index(op.f('ix_sense_finding_agency_id'), 'sense_finding', ['agency_id'], unique=False)
    op.create_index(op.f('ix_sense_finding_evidence_id'), 'sense_finding', ['evidence_id'], unique=False)
    op.create_index(op.f('ix_sense_finding_region_id'), 'sense_finding', ['region_id'], unique=False)
    op.create_index(op.f('ix_sense_finding_requirement_id'), 'sense_finding', ['requirement_id'], unique=False)
    # Requirement and evidence name each other, so this key comes when both are there.
    op.create_foreign_key("fk_requirement_newest_evidence_id", "requirement", "evidence", ["newest_evidence_id"], ["id"])
    _official_papers()
    _anchors()
    _access()
    _restorations()
    _handovers()


def _official_papers() -> None:
    op.create_table('official_paper',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('letter', 'ground', name='officialpaperkind', native_enum=False, length=40), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('dated_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_official_paper_agency_id')),
    sa.ForeignKeyConstraint(['id'], ['evidence.id'], name=op.f('fk_official_paper_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_official_paper_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_official_paper'))
    )
    op.create_index(op.f('ix_official_paper_agency_id'), 'official_paper', ['agency_id'], unique=False)
    op.create_index(op.f('ix_official_paper_region_id'), 'official_paper', ['region_id'], unique=False)
    # Papers are deliveries, which come after decisions.
    op.create_foreign_key(op.f('fk_decision_ground_id'), 'decision', 'official_paper', ['ground_id'], ['id'])
    op.create_foreign_key(op.f('fk_decision_letter_id'), 'decision', 'official_paper', ['letter_id'], ['id'])
    op.create_table('decision_requirement',
    sa.Column('decision_id', sa.Uuid(), nullable=False),
    sa.Column('requirement_id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_decision_requirement_agency_id')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_decision_requirement_decision_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_decision_requirement_region_id')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_decision_requirement_requirement_id')),
    sa.PrimaryKeyConstraint('decision_id', 'requirement_id', name=op.f('pk_decision_requirement'))
    )
    op.create_index(op.f('ix_decision_requirement_requirement_id'), 'decision_requirement', ['requirement_id'], unique=False)


def _anchors() -> None:
    op.create_table('anchor',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=True),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_anchor')),
    sa.UniqueConstraint('sha256', name=op.f('uq_anchor_sha256'))
    )
    op.create_table('anchor_sending',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('way', sa.Enum('time_stamp', 'mail', name='way', native_enum=False, length=40), nullable=False),
    sa.Column('target', sa.String(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'sent', 'failed', name='sendingstate', native_enum=False, length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('why', sa.String(), nullable=True),
    sa.Column('proof', sa.LargeBinary(), nullable=True),
    sa.Column('attested_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['number'], ['anchor.number'], name=op.f('fk_anchor_sending_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_anchor_sending'))
    )
    op.create_index(op.f('ix_anchor_sending_number'), 'anchor_sending', ['number'], unique=False)
    op.create_table('seal_key',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('document', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_seal_key')),
    sa.UniqueConstraint('fingerprint', name=op.f('uq_seal_key_fingerprint'))
    )


def _access() -> None:
    op.create_table('file_access',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('restricted', sa.Boolean(), nullable=False),
    sa.Column('changed_by', sa.Uuid(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_file_access_agency_id')),
    sa.ForeignKeyConstraint(['changed_by'], ['person.id'], name=op.f('fk_file_access_changed_by')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_file_access_evidence_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_file_access_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_file_access')),
    sa.UniqueConstraint('agency_id', 'sha256', name=op.f('uq_file_access_agency_id_sha256'))
    )
    op.create_index(op.f('ix_file_access_agency_id'), 'file_access', ['agency_id'], unique=False)
    op.create_index(op.f('ix_file_access_region_id'), 'file_access', ['region_id'], unique=False)
    op.create_index('ix_file_access_restricted', 'file_access', ['region_id', 'sha256'], unique=False, postgresql_where=sa.text('restricted'))
    op.create_table('access_ground',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_access_ground_agency_id')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_access_ground_evidence_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_access_ground_person_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_access_ground_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_ground'))
    )
    op.create_index(op.f('ix_access_ground_agency_id'), 'access_ground', ['agency_id'], unique=False)
    op.create_index('ix_access_ground_evidence_person', 'access_ground', ['evidence_id', 'person_id'], unique=False)
    op.create_index(op.f('ix_access_ground_region_id'), 'access_ground', ['region_id'], unique=False)
    op.create_table('bundle_file',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('bundle_id', sa.Uuid(), nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_bundle_file_agency_id')),
    sa.ForeignKeyConstraint(['bundle_id'], ['bundle.id'], name=op.f('fk_bundle_file_bundle_id')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_bundle_file_evidence_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_bundle_file_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bundle_file')),
    sa.UniqueConstraint('bundle_id', 'evidence_id', name=op.f('uq_bundle_file_bundle_id_evidence_id'))
    )
    op.create_index(op.f('ix_bundle_file_agency_id'), 'bundle_file', ['agency_id'], unique=False)
    op.create_index(op.f('ix_bundle_file_evidence_id'), 'bundle_file', ['evidence_id'], unique=False)
    op.create_index(op.f('ix_bundle_file_region_id'), 'bundle_file', ['region_id'], unique=False)


def _restorations() -> None:
    op.create_table('restoration',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('backup_id', sa.Uuid(), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_restoration'))
    )


def _engagement() -> None:
    op.create_table('engagement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Enum('agency_operator', 'unit_staff', 'unit_head', 'agency_head', 'evaluator', 'inspector', 'auditor', 'privacy_officer', 'admin', name='role', native_enum=False, length=40), nullable=False),
    sa.Column('duty', sa.Enum('responsible', 'supervisor', 'team_lead', 'member', name='duty', native_enum=False, length=40), nullable=True),
    sa.Column('home_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('institution', sa.String(), nullable=False),
    sa.Column('letter_number', sa.String(), nullable=False),
    sa.Column('letter_date', sa.Date(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=False),
    sa.Column('agency_ids', sa.ARRAY(sa.Uuid()), nullable=False),
    sa.Column('years', sa.ARRAY(sa.Integer()), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=True),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by', sa.Uuid(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('valid_to >= valid_from', name=op.f('ck_engagement_valid_range')),
    sa.CheckConstraint("role <> 'auditor' OR cardinality(years) > 0", name=op.f('ck_engagement_some_year')),
    sa.CheckConstraint("role IN ('auditor', 'evaluator') AND (role = 'evaluator') = (duty IS NOT NULL)", name=op.f('ck_engagement_some_duty')),
    sa.ForeignKeyConstraint(['home_id'], ['agency.id'], name=op.f('fk_engagement_home_id')),
    sa.ForeignKeyConstraint(['confirmed_by'], ['person.id'], name=op.f('fk_engagement_confirmed_by')),
    sa.ForeignKeyConstraint(['ended_by'], ['person.id'], name=op.f('fk_engagement_ended_by')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_engagement_person_id')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.id'], name=op.f('fk_engagement_proposed_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_engagement_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_engagement'))
    )
    op.create_index(op.f('ix_engagement_person_id'), 'engagement', ['person_id'], unique=False)
    op.create_index(op.f('ix_engagement_region_id'), 'engagement', ['region_id'], unique=False)


def _handovers() -> None:
    op.create_table('handover_link',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('bundle_id', sa.Uuid(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('receiver', sa.String(), nullable=False),
    sa.Column('institution', sa.String(), nullable=False),
    sa.Column('letter', sa.String(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_by', sa.Uuid(), nullable=True),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_handover_link_agency_id')),
    sa.ForeignKeyConstraint(['bundle_id'], ['bundle.id'], name=op.f('fk_handover_link_bundle_id')),
    sa.ForeignKeyConstraint(['made_by'], ['person.id'], name=op.f('fk_handover_link_made_by')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_handover_link_region_id')),
    sa.ForeignKeyConstraint(['revoked_by'], ['person.id'], name=op.f('fk_handover_link_revoked_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handover_link')),
    sa.UniqueConstraint('digest', name=op.f('uq_handover_link_digest'))
    )
    op.create_index(op.f('ix_handover_link_agency_id'), 'handover_link', ['agency_id'], unique=False)
    op.create_index(op.f('ix_handover_link_bundle_id'), 'handover_link', ['bundle_id'], unique=False)
    op.create_index(op.f('ix_handover_link_region_id'), 'handover_link', ['region_id'], unique=False)
    op.create_table('handover',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('region_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('bundle_id', sa.Uuid(), nullable=False),
    sa.Column('link_id', sa.Uuid(), nullable=True),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('handed_on', sa.Date(), nullable=False),
    sa.Column('giver', sa.String(), nullable=False),
    sa.Column('giver_position', sa.String(), nullable=False),
    sa.Column('giver_institution', sa.String(), nullable=False),
    sa.Column('receiver', sa.String(), nullable=False),
    sa.Column('receiver_position', sa.String(), nullable=False),
    sa.Column('receiver_institution', sa.String(), nullable=False),
    sa.Column('letter', sa.String(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('issued_by', sa.Uuid(), nullable=True),
    sa.Column('document', sa.LargeBinary(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_handover_agency_id')),
    sa.ForeignKeyConstraint(['bundle_id'], ['bundle.id'], name=op.f('fk_handover_bundle_id')),
    sa.ForeignKeyConstraint(['issued_by'], ['person.id'], name=op.f('fk_handover_issued_by')),
    sa.ForeignKeyConstraint(['link_id'], ['handover_link.id'], name=op.f('fk_handover_link_id')),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_handover_region_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handover')),
    sa.UniqueConstraint('number', name=op.f('uq_handover_number'))
    )
    op.create_index(op.f('ix_handover_agency_id'), 'handover', ['agency_id'], unique=False)
    op.create_index(op.f('ix_handover_bundle_id'), 'handover', ['bundle_id'], unique=False)
    op.create_index(op.f('ix_handover_region_id'), 'handover', ['region_id'], unique=False)
