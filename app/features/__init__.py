"""What the program can do, one file per record kind or ability; FEATURES lists them."""
