-- The search index: what each record is found by, in the order in which they were last touched.

-- `touch` only grows; the newest number is the record that was touched last. `texts` are the searched
-- texts, each led by its kind, so that a match can be shown and false ones dropped.
CREATE TABLE search_entry (
    touch INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    row INTEGER NOT NULL,
    book INTEGER NOT NULL,
    title TEXT NOT NULL,
    texts TEXT NOT NULL,
    UNIQUE (kind, row)
);

-- Terms are made by app.model.terms, one space between; its rowid is `touch`, so that a query that runs
-- backwards gives what was touched last without sorting.
CREATE VIRTUAL TABLE search_term USING fts5(
    terms, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '^=#'"
);
-- A leaf of the index then fits one encrypted page of 4,096 bytes.
INSERT INTO search_term(search_term, rank) VALUES ('pgsz', 3950);
-- What a transaction gathers before it writes: an import of 100,000 is half again as fast as with 1 MB.
INSERT INTO search_term(search_term, rank) VALUES ('hashsize', 33554432);
-- Saving never merges: with what an import has written, that would take half a second for 100,000 records.
-- `search.tidy` merges in idle moments, eight at a time; the crisis is for books that are never idle.
INSERT INTO search_term(search_term, rank) VALUES ('automerge', 0);
INSERT INTO search_term(search_term, rank) VALUES ('usermerge', 8);
INSERT INTO search_term(search_term, rank) VALUES ('crisismerge', 200);
