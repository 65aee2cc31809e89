-- The book: what every vault holds from its first day.

-- Local numbers of devices and books, so that versions stay small.
CREATE TABLE device_number (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE
);
CREATE TABLE book_number (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE
);

-- Facts of this vault: company, member, device, counters. `private` holds key material.
CREATE TABLE fact (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- What this person's screens remember on this device only; never travels.
CREATE TABLE memory (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;

-- Every step, ours and theirs. state: 0 unsent, 1 sealed, 2 acknowledged or received, 3 quarantined.
CREATE TABLE journal (
    device INTEGER NOT NULL,
    step INTEGER NOT NULL,
    book INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    state INTEGER NOT NULL,
    receipt INTEGER,
    body BLOB NOT NULL,
    PRIMARY KEY (device, step)
) WITHOUT ROWID;
CREATE INDEX journal_unsent ON journal (state, step) WHERE state < 2;

-- What can be undone: the steps of one command. state: 0 done, 1 undone.
CREATE TABLE undo (
    number INTEGER PRIMARY KEY,
    label TEXT NOT NULL,
    at INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    state INTEGER NOT NULL
);

-- One row per command, chained by hash.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    member BLOB NOT NULL,
    command TEXT NOT NULL,
    outcome TEXT NOT NULL,
    body BLOB NOT NULL,
    hash BLOB NOT NULL
);

-- The signed log of who may do what.
CREATE TABLE roster (
    number INTEGER PRIMARY KEY,
    statement BLOB NOT NULL,
    signature BLOB NOT NULL
);

CREATE TABLE company (
    "row" INTEGER PRIMARY KEY,
    "id" BLOB NOT NULL UNIQUE,
    "book" INTEGER NOT NULL,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "marks" INTEGER NOT NULL DEFAULT 0,
    "touched" INTEGER NOT NULL,
    "subject" BLOB,
    "versions" BLOB NOT NULL,
    "extra" TEXT NOT NULL DEFAULT '',
    "name" TEXT NOT NULL DEFAULT '',
    "demo" INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE member (
    "row" INTEGER PRIMARY KEY,
    "id" BLOB NOT NULL UNIQUE,
    "book" INTEGER NOT NULL,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "marks" INTEGER NOT NULL DEFAULT 0,
    "touched" INTEGER NOT NULL,
    "subject" BLOB,
    "versions" BLOB NOT NULL,
    "extra" TEXT NOT NULL DEFAULT '',
    "name" TEXT NOT NULL DEFAULT '',
    "email" TEXT NOT NULL DEFAULT ''
);

CREATE TABLE book (
    "row" INTEGER PRIMARY KEY,
    "id" BLOB NOT NULL UNIQUE,
    "book" INTEGER NOT NULL,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "marks" INTEGER NOT NULL DEFAULT 0,
    "touched" INTEGER NOT NULL,
    "subject" BLOB,
    "versions" BLOB NOT NULL,
    "extra" TEXT NOT NULL DEFAULT '',
    "name" TEXT NOT NULL DEFAULT ''
);

CREATE TABLE device (
    "row" INTEGER PRIMARY KEY,
    "id" BLOB NOT NULL UNIQUE,
    "book" INTEGER NOT NULL,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "marks" INTEGER NOT NULL DEFAULT 0,
    "touched" INTEGER NOT NULL,
    "subject" BLOB,
    "versions" BLOB NOT NULL,
    "extra" TEXT NOT NULL DEFAULT '',
    "name" TEXT NOT NULL DEFAULT ''
);

CREATE TABLE customer (
    "row" INTEGER PRIMARY KEY,
    "id" BLOB NOT NULL UNIQUE,
    "book" INTEGER NOT NULL,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "marks" INTEGER NOT NULL DEFAULT 0,
    "touched" INTEGER NOT NULL,
    "subject" BLOB,
    "versions" BLOB NOT NULL,
    "extra" TEXT NOT NULL DEFAULT '',
    "name" TEXT NOT NULL DEFAULT '',
    "name_sort" TEXT NOT NULL DEFAULT '',
    "legal_name" TEXT NOT NULL DEFAULT '',
    "kind" TEXT NOT NULL DEFAULT '',
    "stage" TEXT NOT NULL DEFAULT '',
    "code" TEXT NOT NULL DEFAULT '',
    "address_street" TEXT NOT NULL DEFAULT '',
    "address_postcode" TEXT NOT NULL DEFAULT '',
    "address_city" TEXT NOT NULL DEFAULT '',
    "address_region" TEXT NOT NULL DEFAULT '',
    "address_country" TEXT NOT NULL DEFAULT '',
    "position_lat" INTEGER,
    "position_lon" INTEGER,
    "windows" TEXT NOT NULL DEFAULT '',
    "access" TEXT NOT NULL DEFAULT '',
    "phone" TEXT NOT NULL DEFAULT '',
    "email" TEXT NOT NULL DEFAULT '',
    "web" TEXT NOT NULL DEFAULT '',
    "assigned_to" TEXT NOT NULL DEFAULT '',
    "assigned_to_sort" TEXT NOT NULL DEFAULT '',
    "payment_terms" TEXT NOT NULL DEFAULT '',
    "price_list" TEXT NOT NULL DEFAULT '',
    "tags" TEXT NOT NULL DEFAULT '',
    "notes" TEXT NOT NULL DEFAULT ''
);
CREATE TABLE customer_office (
    "row" INTEGER PRIMARY KEY,
    "id" BLOB NOT NULL UNIQUE,
    "book" INTEGER NOT NULL,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "marks" INTEGER NOT NULL DEFAULT 0,
    "touched" INTEGER NOT NULL,
    "subject" BLOB,
    "versions" BLOB NOT NULL,
    "extra" TEXT NOT NULL DEFAULT '',
    "credit_limit" INTEGER,
    "credit_limit_currency" TEXT
);
CREATE INDEX customer_by_name ON customer (name_sort) WHERE gone = 0;
CREATE INDEX customer_by_assigned_to ON customer (assigned_to_sort) WHERE gone = 0;

CREATE TABLE site (
    "row" INTEGER PRIMARY KEY,
    "id" BLOB NOT NULL UNIQUE,
    "book" INTEGER NOT NULL,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "marks" INTEGER NOT NULL DEFAULT 0,
    "touched" INTEGER NOT NULL,
    "subject" BLOB,
    "versions" BLOB NOT NULL,
    "extra" TEXT NOT NULL DEFAULT '',
    "name" TEXT NOT NULL DEFAULT '',
    "name_sort" TEXT NOT NULL DEFAULT '',
    "customer" BLOB,
    "address_street" TEXT NOT NULL DEFAULT '',
    "address_postcode" TEXT NOT NULL DEFAULT '',
    "address_city" TEXT NOT NULL DEFAULT '',
    "address_region" TEXT NOT NULL DEFAULT '',
    "address_country" TEXT NOT NULL DEFAULT '',
    "position_lat" INTEGER,
    "position_lon" INTEGER,
    "windows" TEXT NOT NULL DEFAULT '',
    "access" TEXT NOT NULL DEFAULT ''
);
CREATE INDEX site_by_customer ON site ("customer") WHERE gone = 0;
CREATE INDEX site_by_name ON site (name_sort) WHERE gone = 0;

CREATE TABLE contact (
    "row" INTEGER PRIMARY KEY,
    "id" BLOB NOT NULL UNIQUE,
    "book" INTEGER NOT NULL,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "marks" INTEGER NOT NULL DEFAULT 0,
    "touched" INTEGER NOT NULL,
    "subject" BLOB,
    "versions" BLOB NOT NULL,
    "extra" TEXT NOT NULL DEFAULT '',
    "name" TEXT NOT NULL DEFAULT '',
    "name_sort" TEXT NOT NULL DEFAULT '',
    "customer" BLOB,
    "role" TEXT NOT NULL DEFAULT '',
    "phone" TEXT NOT NULL DEFAULT '',
    "mobile" TEXT NOT NULL DEFAULT '',
    "email" TEXT NOT NULL DEFAULT '',
    "wechat" TEXT NOT NULL DEFAULT '',
    "language" TEXT NOT NULL DEFAULT '',
    "birthday" TEXT,
    "source" TEXT NOT NULL DEFAULT '',
    "notes" TEXT NOT NULL DEFAULT ''
);
CREATE INDEX contact_by_customer ON contact ("customer") WHERE gone = 0;
CREATE INDEX contact_by_name ON contact (name_sort) WHERE gone = 0;

CREATE TABLE activity (
    "row" INTEGER PRIMARY KEY,
    "id" BLOB NOT NULL UNIQUE,
    "book" INTEGER NOT NULL,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "marks" INTEGER NOT NULL DEFAULT 0,
    "touched" INTEGER NOT NULL,
    "subject" BLOB,
    "versions" BLOB NOT NULL,
    "extra" TEXT NOT NULL DEFAULT '',
    "kind" TEXT NOT NULL DEFAULT '',
    "customer" BLOB,
    "contact" BLOB,
    "at" INTEGER,
    "text" TEXT NOT NULL DEFAULT '',
    "by" TEXT NOT NULL DEFAULT ''
);
CREATE INDEX activity_by_customer ON activity ("customer") WHERE gone = 0;

CREATE TABLE custom_field (
    "row" INTEGER PRIMARY KEY,
    "id" BLOB NOT NULL UNIQUE,
    "book" INTEGER NOT NULL,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "marks" INTEGER NOT NULL DEFAULT 0,
    "touched" INTEGER NOT NULL,
    "subject" BLOB,
    "versions" BLOB NOT NULL,
    "extra" TEXT NOT NULL DEFAULT '',
    "label" TEXT NOT NULL DEFAULT '',
    "of" TEXT NOT NULL DEFAULT '',
    "kind" TEXT NOT NULL DEFAULT '',
    "options" TEXT NOT NULL DEFAULT '',
    "unit" TEXT NOT NULL DEFAULT ''
);

CREATE TABLE saved_view (
    "row" INTEGER PRIMARY KEY,
    "id" BLOB NOT NULL UNIQUE,
    "book" INTEGER NOT NULL,
    "gone" INTEGER NOT NULL DEFAULT 0,
    "marks" INTEGER NOT NULL DEFAULT 0,
    "touched" INTEGER NOT NULL,
    "subject" BLOB,
    "versions" BLOB NOT NULL,
    "extra" TEXT NOT NULL DEFAULT '',
    "name" TEXT NOT NULL DEFAULT '',
    "of" TEXT NOT NULL DEFAULT '',
    "definition" TEXT NOT NULL DEFAULT '',
    "owner" TEXT NOT NULL DEFAULT ''
);
