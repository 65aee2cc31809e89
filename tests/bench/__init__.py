"""How quick the program is, as ratios against a peer or a floor that is measured in the same run."""
