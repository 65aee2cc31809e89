"""What both sides of the wire agree on: messages, batches, numbered refusals."""
