"""The device's side: what to ask next, and what to do with the reply."""
