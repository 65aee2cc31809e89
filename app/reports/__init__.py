"""Documents made without Qt: PDF and spreadsheets."""
