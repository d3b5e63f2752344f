"""The tables of a project file, and how files of older versions become files of this one."""

import sqlite3

APPLICATION_ID = 0x54415256
"""What tells a project from other SQLite files: "TARV", in the file's header."""

SCHEMA_VERSION = 4
"""Rises with every change of the tables or of what may stand in them; kept as `user_version` in
the file's header."""

SCHEMA = """
CREATE TABLE facts (            -- single facts about the project
    name TEXT PRIMARY KEY,      -- video, label_set, next_target_id
    value TEXT NOT NULL         -- JSON of the video, name of the label set, number
) STRICT;
CREATE TABLE categories (
    position INTEGER PRIMARY KEY,   -- place in the label set
    id INTEGER NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,             -- thing, stuff
    supercategory TEXT NOT NULL,
    colour TEXT                     -- JSON [red, green, blue]
) STRICT;
CREATE TABLE targets (
    id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,      -- place in the list: order of drawing, lowest first
    name TEXT NOT NULL,
    category INTEGER,
    kind TEXT NOT NULL,
    colour TEXT NOT NULL,           -- JSON [red, green, blue]
    is_visible INTEGER NOT NULL,
    is_locked INTEGER NOT NULL
) STRICT;
CREATE TABLE exemplars (
    target INTEGER NOT NULL REFERENCES targets DEFERRABLE INITIALLY DEFERRED,
    frame INTEGER NOT NULL,
    position INTEGER NOT NULL,      -- order in which they were given on the frame
    kind TEXT NOT NULL,             -- point, box, mask, shown_mask
    value TEXT NOT NULL,            -- JSON
    PRIMARY KEY (target, frame, position)
) STRICT;
CREATE TABLE masks (
    frame INTEGER NOT NULL,
    target INTEGER NOT NULL REFERENCES targets DEFERRABLE INITIALLY DEFERRED,
    state TEXT NOT NULL,            -- keyframe, predicted, absent, verified
    score REAL NOT NULL,
    disagreement REAL,              -- 1 - IoU of two clips that both predicted the frame
    x_min INTEGER NOT NULL,         -- tightest box in pixels, far edges exclusive
    y_min INTEGER NOT NULL,
    x_max INTEGER NOT NULL,
    y_max INTEGER NOT NULL,
    area INTEGER NOT NULL,          -- pixels inside
    counts BLOB NOT NULL,           -- COCO's compressed run-length code of the box's pixels
    tool TEXT,                      -- what made the mask; NULL where nobody noted it
    weights TEXT,                   -- the network's weights, if one was involved
    made_at REAL,                   -- seconds since 1970, UTC
    sharing TEXT,                   -- JSON: to whose clicks it gives way, whose answers took of it
    PRIMARY KEY (frame, target)
) STRICT;
-- everything but the pixels, so that opening a project reads no pixels
CREATE INDEX mask_summaries
    ON masks (target, frame, state, score, disagreement, x_min, y_min, x_max, y_max, area, made_at);
CREATE TABLE view_settings (
    name TEXT PRIMARY KEY,          -- what the window shows: not part of the annotation
    value TEXT NOT NULL             -- JSON
) STRICT;
"""

_MIGRATIONS = {  # from this version to the next
    1: """
ALTER TABLE masks ADD COLUMN disagreement REAL;
ALTER TABLE masks ADD COLUMN tool TEXT;
ALTER TABLE masks ADD COLUMN weights TEXT;
ALTER TABLE masks ADD COLUMN made_at REAL;
DROP INDEX mask_summaries;
CREATE INDEX mask_summaries
    ON masks (target, frame, state, score, disagreement, x_min, y_min, x_max, y_max, area, made_at);
CREATE TABLE view_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
""",
    2: "",  # exemplars may be shown masks, which no earlier program reads
    3: "ALTER TABLE masks ADD COLUMN sharing TEXT;",
}


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of this version, within the caller's transaction."""
    for statement in _statements(SCHEMA):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Make the tables of an older version those of this one, within the caller's transaction."""
    for older in range(version, SCHEMA_VERSION):
        for statement in _statements(_MIGRATIONS[older]):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _statements(script: str) -> list[str]:
    """The statements of a script; `executescript` would commit the caller's transaction."""
    without_comments = "\n".join(line.split("--")[0] for line in script.splitlines())
    return [part.strip() for part in without_comments.split(";") if part.strip()]
