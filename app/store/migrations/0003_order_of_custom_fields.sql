-- Where a custom field stands among the others of its kind; NULL: behind those that were arranged.
ALTER TABLE custom_field ADD COLUMN "place" TEXT;
ALTER TABLE custom_field ADD COLUMN "place_value" REAL;
