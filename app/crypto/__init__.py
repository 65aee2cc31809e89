"""The only importers of cryptographic primitives inside `app`."""
