"""Procrastinate's own tables, and what we keep beside them."""

from procrastinate.schema import SchemaManager
from yoyo import step

OURS = """
-- What a job's last failure was: Procrastinate keeps that it failed, but not why.
CREATE TABLE job_failure (
    job_id    bigint PRIMARY KEY REFERENCES procrastinate_jobs ON DELETE CASCADE,
    error     text NOT NULL,                     -- the exception's class
    failed_at timestamptz NOT NULL DEFAULT now()
);

-- How retention finds what is old: most jobs succeeded.
CREATE INDEX procrastinate_jobs_without_success ON procrastinate_jobs (id)
    WHERE status IN ('failed', 'cancelled', 'aborted');
"""

# yoyo runs statements through a cursor with parameters switched off, so percent signs are safe.
steps = [step(SchemaManager.get_schema()), step(OURS)]
