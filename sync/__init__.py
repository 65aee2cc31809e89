"""Bringing devices together; the server comes with a later version."""
