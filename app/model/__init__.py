"""Pure data: records, fields, changes, how they merge and how they are encoded."""
