-- Every table's primary key is led by the company, so that the tables shard on it; those of the operator, admission
-- and fact, are the exception. Rows that are rewritten often have room in their page, so that no index is touched.

CREATE TABLE fact (name text PRIMARY KEY, value bytea NOT NULL);

CREATE TABLE admission (
    code bytea PRIMARY KEY,
    until_ms bigint NOT NULL,
    company bytea NOT NULL DEFAULT ''
);

CREATE TABLE company (
    company bytea PRIMARY KEY,
    admitted_ms bigint NOT NULL,
    suspended smallint NOT NULL DEFAULT 0,
    length bigint NOT NULL DEFAULT 0,
    head bytea NOT NULL DEFAULT '',
    restored_ms bigint NOT NULL DEFAULT 0,
    quota_bytes bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE statement (
    company bytea NOT NULL,
    at bigint NOT NULL,
    hash bytea NOT NULL,
    data bytea NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (company, at)
);

CREATE TABLE stream (
    company bytea NOT NULL,
    book bytea NOT NULL,
    tier smallint NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    head bytea NOT NULL,
    receipt_ms bigint NOT NULL DEFAULT 0,
    kept bigint NOT NULL DEFAULT 0,
    whole_from bigint NOT NULL DEFAULT 1,
    size_bytes bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (company, book, tier)
) WITH (fillfactor = 50);

-- Where each device's own chain in a stream ends.
CREATE TABLE device_end (
    company bytea NOT NULL,
    book bytea NOT NULL,
    tier smallint NOT NULL,
    device bytea NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    roster_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    PRIMARY KEY (company, book, tier, device)
) WITH (fillfactor = 50);

CREATE TABLE batch (
    company bytea NOT NULL,
    book bytea NOT NULL,
    tier smallint NOT NULL,
    position bigint NOT NULL,
    device bytea NOT NULL,
    sequence bigint NOT NULL,
    header bytea NOT NULL,
    signature bytea NOT NULL,
    receipt_ms bigint NOT NULL,
    head bytea NOT NULL,
    key_count smallint NOT NULL,
    body bytea,
    PRIMARY KEY (company, book, tier, position)
);

CREATE UNIQUE INDEX batch_of ON batch (company, book, tier, device, sequence);

CREATE TABLE subject_key (
    company bytea NOT NULL,
    book bytea NOT NULL,
    tier smallint NOT NULL,
    position bigint NOT NULL,
    nth integer NOT NULL,
    record bytea NOT NULL,
    hash bytea NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (company, book, tier, position, nth)
);

CREATE INDEX subject_key_of ON subject_key (company, record);

CREATE TABLE nonce (
    company bytea NOT NULL,
    nonce bytea NOT NULL,
    until_ms bigint NOT NULL,
    PRIMARY KEY (company, nonce)
);

CREATE TABLE session (
    company bytea NOT NULL,
    code bytea NOT NULL,
    device bytea NOT NULL,
    until_ms bigint NOT NULL,
    PRIMARY KEY (company, code)
);

CREATE TABLE invite (
    company bytea NOT NULL,
    invite bytea NOT NULL,
    code bytea NOT NULL,
    author bytea NOT NULL,
    until_ms bigint NOT NULL,
    device bytea NOT NULL DEFAULT '',
    signing bytea NOT NULL DEFAULT '',
    sealing bytea NOT NULL DEFAULT '',
    sealed bytea NOT NULL DEFAULT '',
    at_ms bigint NOT NULL DEFAULT 0,
    refused smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (company, invite)
);

CREATE TABLE object (
    company bytea NOT NULL,
    object bytea NOT NULL,
    book bytea NOT NULL,
    tier smallint NOT NULL,
    chunk_count integer NOT NULL,
    author bytea NOT NULL,
    made_ms bigint NOT NULL,
    PRIMARY KEY (company, object)
);

CREATE TABLE chunk (
    company bytea NOT NULL,
    object bytea NOT NULL,
    nth integer NOT NULL,
    hash bytea NOT NULL,
    size_bytes bigint NOT NULL,
    PRIMARY KEY (company, object, nth)
);

CREATE TABLE snapshot (
    company bytea NOT NULL,
    book bytea NOT NULL,
    tier smallint NOT NULL,
    position bigint NOT NULL,
    object bytea NOT NULL,
    manifest bytea NOT NULL,
    signature bytea NOT NULL,
    device bytea NOT NULL,
    at_ms bigint NOT NULL,
    counted_ms bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (company, book, tier, position)
);

CREATE TABLE counter (
    company bytea NOT NULL,
    book bytea NOT NULL,
    tier smallint NOT NULL,
    position bigint NOT NULL,
    device bytea NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (company, book, tier, position, device)
);

CREATE TABLE contact (
    company bytea NOT NULL,
    device bytea NOT NULL,
    at_ms bigint NOT NULL,
    PRIMARY KEY (company, device)
) WITH (fillfactor = 50);

CREATE TABLE beat (
    company bytea NOT NULL,
    book bytea NOT NULL,
    tier smallint NOT NULL,
    device bytea NOT NULL,
    at_ms bigint NOT NULL,
    position bigint NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (company, book, tier, device)
) WITH (fillfactor = 50);

CREATE TABLE deposit (
    company bytea NOT NULL,
    book bytea NOT NULL,
    tier smallint NOT NULL,
    device bytea NOT NULL,
    sequence bigint NOT NULL,
    at_ms bigint NOT NULL,
    header bytea NOT NULL,
    signature bytea NOT NULL,
    body bytea NOT NULL,
    keys bytea NOT NULL,
    PRIMARY KEY (company, book, tier, device, sequence)
);

-- What is sealed cannot be compressed: keep the engine from trying.
ALTER TABLE statement ALTER COLUMN data SET STORAGE EXTERNAL;
ALTER TABLE batch ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE batch ALTER COLUMN header SET STORAGE EXTERNAL;
ALTER TABLE snapshot ALTER COLUMN manifest SET STORAGE EXTERNAL;
ALTER TABLE deposit ALTER COLUMN body SET STORAGE EXTERNAL;
