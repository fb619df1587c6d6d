"""The command line: the one place that wires everything. Commands import what is heavy when they run, not before."""


def main() -> None:
    """Run `pmsync`."""
    from pmsync.cli.app import app

    app()
