"""What keeps data safe and lawful: vault, members, audit, backups, privacy."""
