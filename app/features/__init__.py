"""What the program can do: one file per record kind or ability, and the list of those that declare something."""

from app.features.crm import activities, contacts, custom_fields, customers, sites, views
from app.features.trust import members

FEATURES = (members, customers, sites, contacts, activities, custom_fields, views)
