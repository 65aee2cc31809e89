"""The encrypted database: tables, journal, search, audit rows; the only home of SQL in `app`."""
