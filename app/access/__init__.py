"""Who may do, read and write what: policy, scope and the rule of ingest."""
