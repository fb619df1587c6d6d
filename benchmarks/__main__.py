"""`python -m benchmarks [--items N]... [--latency MS] [--only NAME]`: run the benchmarks and print their figures."""

import argparse

from rich.console import Console
from rich.table import Table

from benchmarks import first_sync, passes, service, startup, texts
from benchmarks.figures import Figure


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Print pmsync's figures on this machine.")
    parser.add_argument("--items", type=int, action="append", help="how many items a pass has (more than once)")
    parser.add_argument("--cards", type=int, default=1000, help="how many cards the first sync has")
    parser.add_argument("--latency", type=float, default=50.0, help="of the sandboxes' answers, in milliseconds")
    parser.add_argument("--events", type=int, default=10_000, help="how many deliveries the service gets")
    parser.add_argument(
        "--postgresql", default="", help="the URL of an empty database, to measure the service on it too"
    )
    only = ["startup", "passes", "first-sync", "service", "workers", "texts"]
    parser.add_argument("--only", choices=only, help="only this one")
    asked = parser.parse_args()
    figures: list[Figure] = []
    if asked.only in (None, "startup"):
        figures += startup.run()
    if asked.only in (None, "passes"):
        figures += passes.run(asked.items or [1_000, 10_000])
    if asked.only in (None, "first-sync"):
        figures += first_sync.run(asked.cards, asked.latency / 1000)
    if asked.only in (None, "service"):
        figures += service.run(asked.events, 1_000)
        if asked.postgresql:
            figures += service.run(asked.events, 1_000, asked.postgresql)
    if asked.only in (None, "texts"):
        figures += texts.run()
    if asked.only == "workers":
        figures += service.workers(asked.events, 1_000, asked.postgresql)
    table = Table("what", "items", "wall s", "CPU s", "memory grown by, MiB", "requests", "note")
    for figure in figures:
        table.add_row(*figure.row())
    Console(width=140).print(table)


main()
