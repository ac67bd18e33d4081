"""Makes a database older than it is, since what is kept is counted by the database's own clock."""

from psycopg import Connection, sql

TIMES = """
SELECT table_name, array_agg(column_name::text)
FROM information_schema.columns JOIN pg_class ON pg_class.oid = to_regclass(table_name)
WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'
  AND relkind = 'r' AND NOT relispartition AND table_name NOT LIKE '\\_yoyo%'
  AND (table_name NOT LIKE 'procrastinate%' OR table_name = 'procrastinate_events')
GROUP BY table_name
"""

# By way of names that no other day has.
DAYS = """
UPDATE budget_account
SET account = '!' || left(account, -10)
    || to_char(right(account, 10)::date - {days}, 'YYYY-MM-DD')
WHERE account LIKE 'user:%' OR account LIKE 'total:%';
UPDATE budget_account SET account = substr(account, 2) WHERE account LIKE '!%';
UPDATE calls_of_day SET day = day - {days};
UPDATE document SET share_day = share_day - {days};
"""


def make_older(connection: Connection, days: int) -> None:
    """Let all that has happened be so many days earlier."""
    earlier = sql.SQL("{0} = {0} - {1} * interval '1 day'")
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for table, columns in connection.execute(TIMES).fetchall():
            changes = [earlier.format(sql.Identifier(name), sql.Literal(days)) for name in columns]
            connection.execute(
                sql.SQL("UPDATE {} SET {}").format(
                    sql.Identifier(table), sql.SQL(", ").join(changes)
                )
            )
        connection.execute(sql.SQL(DAYS).format(days=sql.Literal(days)))
