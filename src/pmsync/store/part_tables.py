"""The tables of what hangs on items: parts, their mirrors, the lists that they are read in, writes under way, and the
links that lead to twins."""

from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from pmsync.model.part import PartKind
from pmsync.reconcile.part_state import MirrorState, PartDeed, PartState
from pmsync.reconcile.pointing import LinkState
from pmsync.store.columns import Instant, JsonText, Words, word_column
from pmsync.store.tables import metadata


def _name(column: str, **options: Any) -> Column[str]:
    return Column(column, String(255), **{"nullable": False, **options})


parts = Table(
    "parts",
    metadata,
    _name("id", primary_key=True),
    _name("item"),
    _name("sync"),
    _name("connection"),
    Column("kind", word_column(PartKind), nullable=False),
    _name("native_id"),
    Column("value", JsonText),
    Column("digest", Text, nullable=False),
    _name("author", nullable=True),
    Column("author_name", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("old", Boolean, nullable=False),
    Column("state", word_column(PartState), nullable=False),
    Column("missing_pass", Integer),
    _name("twin", nullable=True),
    Index(None, "item"),
    Index(None, "sync", "state"),
)

mirrors = Table(
    "mirrors",
    metadata,
    _name("part", primary_key=True),
    _name("connection", primary_key=True),
    _name("item"),
    _name("sync"),
    Column("kind", word_column(PartKind), nullable=False),
    _name("native_id", nullable=True),
    Column("base", JsonText),
    Column("shown", JsonText),
    Column("rev", Integer, nullable=False),
    Column("state", word_column(MirrorState), nullable=False),
    Column("note", Words, nullable=False),
    Index(None, "item"),
)

part_lists = Table(
    "part_lists",
    metadata,
    _name("item", primary_key=True),
    _name("connection", primary_key=True),
    _name("sync"),
    _name("remote_id"),
    Column("updated_at", Instant, nullable=False),
    Column("since", Instant, nullable=False),
    Column("due", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),
    Index(None, "sync", "open"),
)

part_intents = Table(
    "part_intents",
    metadata,
    _name("part", primary_key=True),
    _name("connection", primary_key=True),
    _name("item"),
    _name("sync"),
    Column("kind", word_column(PartDeed), nullable=False),
    _name("native_id", nullable=True),
    Column("body", JsonText),
    Column("rev", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    _name("run"),
    Index(None, "item"),
)

twin_links = Table(
    "twin_links",
    metadata,
    _name("item", primary_key=True),
    _name("connection", primary_key=True),
    _name("twin", primary_key=True),
    _name("sync"),
    _name("remote_id"),
    Column("url", Words, nullable=False),
    Column("state", word_column(LinkState), nullable=False),
    Index(None, "sync", "state"),
)
