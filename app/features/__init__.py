"""What the program can do: one file per record kind or ability, and the list of those that declare something."""

from app.features import history, records, review
from app.features.crm import activities, contacts, custom_fields, customers, duplicates, finding, sites, views
from app.features.trust import (
    audit,
    backups,
    books,
    devices,
    founding,
    invitations,
    members,
    moving,
    people,
)

FEATURES = (
    members,
    founding,
    customers,
    duplicates,
    sites,
    contacts,
    activities,
    custom_fields,
    views,
    records,
    history,
    review,
    finding,
    audit,
    backups,
    books,
    invitations,
    devices,
    moving,
    people,
)
