"""Import of customers and contacts from any other program's files: read, map, draft, match, report.

source encodings delimited sheets cards people objects    files of every kind → rows
reading        opens any of them: inspect(path), rows(path)
headings mapping paths                                    columns → fields
conversions parsers composing mending draft drafts        rows → drafts
keys matching                                             drafts ↔ records
outcome        what came of it: counts, warnings, rejected rows as a file
"""
