"""One file per screen; SCREENS lists them."""
