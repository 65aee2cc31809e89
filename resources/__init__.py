"""Everything the program carries that is not code: words, pictures, policies, manuals."""
