-- Who is expected to join, for the members who decide.

CREATE TABLE invitation (
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
    "email" TEXT NOT NULL DEFAULT '',
    "role" TEXT NOT NULL DEFAULT '',
    "member" TEXT NOT NULL DEFAULT '',
    "books" TEXT NOT NULL DEFAULT '',
    "offices" TEXT NOT NULL DEFAULT '',
    "until" INTEGER,
    "check" TEXT NOT NULL DEFAULT ''
);
