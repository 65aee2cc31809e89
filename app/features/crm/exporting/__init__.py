"""Export to files that other programs read, and that an import reads back without a change."""
