"""Parts of screens that know no record kind: timeline, chart, banner and the like."""
