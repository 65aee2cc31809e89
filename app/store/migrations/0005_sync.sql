-- What synchronisation keeps: how far each stream was followed, what waits, what others may not see yet.

-- The journal's key names the stream too: another device may have used a number of its own in two of them, and such
-- nonsense must not stop us. `position` is the place of the step's batch in its stream's order, NULL while it has none.
CREATE TABLE journal_of_streams (
    device INTEGER NOT NULL,
    step INTEGER NOT NULL,
    book INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    state INTEGER NOT NULL,
    receipt INTEGER,
    position INTEGER,
    body BLOB NOT NULL,
    PRIMARY KEY (device, step, book, tier)
) WITHOUT ROWID;
INSERT INTO journal_of_streams (device, step, book, tier, state, receipt, body)
    SELECT device, step, book, tier, state, receipt, body FROM journal;
DROP TABLE journal;
ALTER TABLE journal_of_streams RENAME TO journal;
-- What waits: never sealed, not yet at the server, or not yet seen there at its place.
CREATE INDEX journal_waiting ON journal (book, tier, state, step) WHERE position IS NULL;

-- How far a stream was followed, and what the server has last signed of it.
CREATE TABLE stream (
    book INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    position INTEGER NOT NULL,
    head BLOB NOT NULL,
    receipt INTEGER NOT NULL,
    said BLOB,
    PRIMARY KEY (book, tier)
) WITHOUT ROWID;
-- Where each device's own chain ends in it; `step` is the number of its last step there.
CREATE TABLE stream_end (
    book INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    device INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    roster_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    step INTEGER NOT NULL,
    PRIMARY KEY (book, tier, device)
) WITHOUT ROWID;
CREATE TABLE stream_head (
    book INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    position INTEGER NOT NULL,
    head BLOB NOT NULL,
    PRIMARY KEY (book, tier, position)
) WITHOUT ROWID;
CREATE TABLE stream_key (
    book INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    key BLOB NOT NULL,
    PRIMARY KEY (book, tier, epoch)
) WITHOUT ROWID;

-- Our own batches: sent byte for byte until accepted (position 0 until then), kept until the server has a backup.
CREATE TABLE sealed (
    number INTEGER PRIMARY KEY,
    book INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    receipt INTEGER NOT NULL DEFAULT 0,
    steps BLOB NOT NULL,
    header BLOB NOT NULL,
    signature BLOB NOT NULL,
    keys BLOB NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (book, tier, sequence)
);

-- Rows with changes of ours that are not confirmed yet: their confirmed version (NULL where there is none), and the
-- steps that are to be replayed over it. A row that one waiting step has made and none has touched since has no entry.
CREATE TABLE aside (
    book INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id BLOB NOT NULL,
    steps BLOB NOT NULL,
    body BLOB,
    PRIMARY KEY (book, tier, kind, id)
) WITHOUT ROWID;
CREATE INDEX aside_of_kind ON aside (kind, tier, id);

-- Records of kinds that this program does not know yet, as they travel; an update makes rows of them.
CREATE TABLE unknown_record (
    book INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id BLOB NOT NULL,
    key BLOB,
    body BLOB NOT NULL,
    PRIMARY KEY (book, tier, kind, id)
) WITHOUT ROWID;

-- Steps without effect, at their place in the order. `reason` void: their author's program made nonsense.
CREATE TABLE quarantine (
    book INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    position INTEGER NOT NULL,
    device INTEGER NOT NULL,
    step INTEGER NOT NULL,
    receipt INTEGER NOT NULL,
    reason TEXT NOT NULL,
    kind TEXT NOT NULL,
    field TEXT NOT NULL,
    action TEXT NOT NULL,
    PRIMARY KEY (book, tier, position, device, step)
) WITHOUT ROWID;

-- Why a stream stands still, with the evidence; `over` once somebody let it go on.
CREATE TABLE halt (
    number INTEGER PRIMARY KEY,
    book INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    fault TEXT NOT NULL,
    position INTEGER NOT NULL,
    at INTEGER NOT NULL,
    evidence BLOB NOT NULL,
    over INTEGER NOT NULL DEFAULT 0
);

-- What the server handed out of others, as it was, until it says that it has a backup: for a server that is restored.
CREATE TABLE handed (
    book INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    position INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (book, tier, position)
);
