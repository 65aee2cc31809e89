-- Every table's primary key is led by the company; those of the operator, admission and fact, are the exception.

CREATE TABLE fact (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE admission (
    code BLOB PRIMARY KEY,
    until_ms INTEGER NOT NULL,
    company BLOB NOT NULL DEFAULT x''
) STRICT, WITHOUT ROWID;

CREATE TABLE company (
    company BLOB PRIMARY KEY,
    admitted_ms INTEGER NOT NULL,
    suspended INTEGER NOT NULL DEFAULT 0,
    length INTEGER NOT NULL DEFAULT 0,
    head BLOB NOT NULL DEFAULT x'',
    restored_ms INTEGER NOT NULL DEFAULT 0,
    quota_bytes INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE statement (
    company BLOB NOT NULL,
    at INTEGER NOT NULL,
    hash BLOB NOT NULL,
    data BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (company, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE stream (
    company BLOB NOT NULL,
    book BLOB NOT NULL,
    tier INTEGER NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    head BLOB NOT NULL,
    receipt_ms INTEGER NOT NULL DEFAULT 0,
    kept INTEGER NOT NULL DEFAULT 0,
    whole_from INTEGER NOT NULL DEFAULT 1,
    size_bytes INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (company, book, tier)
) STRICT, WITHOUT ROWID;

-- Where each device's own chain in a stream ends.
CREATE TABLE device_end (
    company BLOB NOT NULL,
    book BLOB NOT NULL,
    tier INTEGER NOT NULL,
    device BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    roster_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (company, book, tier, device)
) STRICT, WITHOUT ROWID;

-- With row numbers: rows of some KiB without them would fill their last overflow page by half on average.
CREATE TABLE batch (
    company BLOB NOT NULL,
    book BLOB NOT NULL,
    tier INTEGER NOT NULL,
    position INTEGER NOT NULL,
    device BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    header BLOB NOT NULL,
    signature BLOB NOT NULL,
    receipt_ms INTEGER NOT NULL,
    head BLOB NOT NULL,
    key_count INTEGER NOT NULL,
    body BLOB,
    PRIMARY KEY (company, book, tier, position)
) STRICT;

CREATE UNIQUE INDEX batch_of ON batch (company, book, tier, device, sequence);

CREATE TABLE subject_key (
    company BLOB NOT NULL,
    book BLOB NOT NULL,
    tier INTEGER NOT NULL,
    position INTEGER NOT NULL,
    nth INTEGER NOT NULL,
    record BLOB NOT NULL,
    hash BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (company, book, tier, position, nth)
) STRICT, WITHOUT ROWID;

CREATE INDEX subject_key_of ON subject_key (company, record);

CREATE TABLE nonce (
    company BLOB NOT NULL,
    nonce BLOB NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (company, nonce)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    company BLOB NOT NULL,
    code BLOB NOT NULL,
    device BLOB NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (company, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE invite (
    company BLOB NOT NULL,
    invite BLOB NOT NULL,
    code BLOB NOT NULL,
    author BLOB NOT NULL,
    until_ms INTEGER NOT NULL,
    device BLOB NOT NULL DEFAULT x'',
    signing BLOB NOT NULL DEFAULT x'',
    sealing BLOB NOT NULL DEFAULT x'',
    sealed BLOB NOT NULL DEFAULT x'',
    at_ms INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (company, invite)
) STRICT, WITHOUT ROWID;

CREATE TABLE object (
    company BLOB NOT NULL,
    object BLOB NOT NULL,
    book BLOB NOT NULL,
    tier INTEGER NOT NULL,
    chunk_count INTEGER NOT NULL,
    author BLOB NOT NULL,
    made_ms INTEGER NOT NULL,
    PRIMARY KEY (company, object)
) STRICT, WITHOUT ROWID;

CREATE TABLE chunk (
    company BLOB NOT NULL,
    object BLOB NOT NULL,
    nth INTEGER NOT NULL,
    hash BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (company, object, nth)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
    company BLOB NOT NULL,
    book BLOB NOT NULL,
    tier INTEGER NOT NULL,
    position INTEGER NOT NULL,
    object BLOB NOT NULL,
    manifest BLOB NOT NULL,
    signature BLOB NOT NULL,
    device BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    counted_ms INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (company, book, tier, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (
    company BLOB NOT NULL,
    book BLOB NOT NULL,
    tier INTEGER NOT NULL,
    position INTEGER NOT NULL,
    device BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (company, book, tier, position, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact (
    company BLOB NOT NULL,
    device BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (company, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE beat (
    company BLOB NOT NULL,
    book BLOB NOT NULL,
    tier INTEGER NOT NULL,
    device BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    position INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (company, book, tier, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE deposit (
    company BLOB NOT NULL,
    book BLOB NOT NULL,
    tier INTEGER NOT NULL,
    device BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    header BLOB NOT NULL,
    signature BLOB NOT NULL,
    body BLOB NOT NULL,
    keys BLOB NOT NULL,
    PRIMARY KEY (company, book, tier, device, sequence)
) STRICT, WITHOUT ROWID;
