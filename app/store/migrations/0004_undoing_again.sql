-- What undo and redo have put back: by step of this device, for each change the dots that its value is from.
-- So a value that came back counts as the one that it was, and undo after undo goes on to the beginning.
CREATE TABLE stands_for (
    step INTEGER PRIMARY KEY,
    changes BLOB NOT NULL
);
