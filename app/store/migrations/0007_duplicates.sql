-- Customers that are the same as another one: shown there, and parted again when somebody says so.

ALTER TABLE customer ADD COLUMN "same_as" BLOB;
CREATE INDEX customer_same_as ON customer (same_as) WHERE same_as IS NOT NULL AND gone = 0;
