"""Provender without its faces: no Qt, no HTTP. Each floor knows only the floors below it.

bootstrap      builds a Session; the window, the command line and the tests all use it
features/      what the program can do: crm, food, trust; one file per record kind or ability
reports/       documents without Qt
gateway/       the one door: commands, queries, transaction, undo, progress
access/        policy, scope of reads, the rule of ingest
vault/         key slots, unlock, rollback guard, profiles, OS keyring
store/         the encrypted database: tables, journal, search, audit rows, migrations
crypto/        the only importers of primitives
model/         records, fields, changes, merging, encoding; pure
settings       what a person may choose
errors i18n ids clock paths log      small, each what its name says

Read on in resources/docs/architecture.md.
"""
