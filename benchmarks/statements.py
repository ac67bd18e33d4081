"""How many statements a plain build takes, by what they belong to.

    python -m benchmarks.statements

The running product builds an app. Counted is what its spans say of `db.statements`: all that the
request's trace holds, for each turn of an agent and, to the routing call, for its message.
"""

import psycopg

from benchmarks.ground import build_app, own_server, running_stack
from telemetry.named_sql import statements

SQL = statements("benchmarks", "statements.sql")


def main() -> None:
    with own_server() as server:
        with running_stack(server) as stack:
            build_app(stack)
        with psycopg.connect(stack.database_url) as connection:
            rows = connection.execute(SQL["count_by_span"]).fetchall()
            ((turns,),) = connection.execute(SQL["count_turns"]).fetchall()
    print(f"{'statements of a plain build, by span':44}{'spans':>7}{'statements':>12}")
    for name, spans, count in rows:
        print(f"{name:44}{spans:7}{count:12}")
    total = sum(count for _, _, count in rows)
    print(f"{'all':51}{total:12}\n{f'for each of {turns} turns of agents':51}{total / turns:12.1f}")


if __name__ == "__main__":
    main()
