"""The one door for every intention: rights, transaction, audit and undo."""
