"""The vault on one device: key slots, unlocking, rollback guard, profiles, OS keyring."""
