"""The checker: a separate program that judges foreign files, one short-lived and confined child for each.

`python -m workers.sandbox --socket PATH` listens for anybody who may open the socket, `--fd N` serves the one
process that started it. Start it with an empty environment: it needs no database, no store, no broker, and its
children must not find the address of any.

    server (connections, deadlines) -> spawn (fork, reap) -> child (walls, then work) -> work (check, plan)
"""
