"""The command `demo`: one showing, to a person or as one JSON document."""

import threading
import time
from typing import TYPE_CHECKING, Annotated

import typer

from pmsync.cli.options import AsJson
from pmsync.cli.session import Exit, ending, print_json

if TYPE_CHECKING:
    from pmsync.cli.demo.play import Play
    from pmsync.cli.demo.stage import Stage


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the three tools running, to play with.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring three tools together on this machine: sync, edit in all three at once, sync again."""
    from pmsync.cli.demo.play import Play
    from pmsync.cli.demo.stage import raised
    from pmsync.config import load
    from pmsync.store import open_store

    began = time.monotonic()
    with ending(as_json=as_json), raised() as stage:
        config = load(stage.config, {})
        with open_store(config.state) as store:
            play = Play(stage, config, store)
            if as_json:
                _document(play, stage, began)
            else:
                _tell(play, stage, began, keep=keep)
        if keep:
            _wait()
    raise typer.Exit(Exit.OK if play.right else Exit.FAILED)


def _tell(play: "Play", stage: "Stage", began: float, *, keep: bool) -> None:
    from pmsync.cli.demo import show
    from pmsync.cli.demo.story import CONTESTED

    show.opening(stage.bases)
    show.plan(*play.plan())
    show.first(play.first())
    show.edits(play.edit(), CONTESTED)
    second, third = play.second(), play.third()
    show.second(play, second)
    show.conflicts(play.conflicts(second), play.edits)
    show.board(play.sync.name, list(play.sync.members), play.board())
    show.third(third, time.monotonic() - began)
    show.farewell(stage.config, keep=keep)


def _document(play: "Play", stage: "Stage", began: float) -> None:
    play.first()
    play.edit()
    play.second()
    play.third()
    seconds = round(time.monotonic() - began, 2)
    print_json({**play.as_json(), "seconds": seconds, "config": str(stage.config), "bases": dict(stage.bases)})


def _wait() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        typer.echo("", err=True)
