-- What somebody has to decide about is asked after every change; nearly no row is in these.
CREATE INDEX company_undecided ON company (row) WHERE marks > 0;
CREATE INDEX member_undecided ON member (row) WHERE marks > 0;
CREATE INDEX book_undecided ON book (row) WHERE marks > 0;
CREATE INDEX device_undecided ON device (row) WHERE marks > 0;
CREATE INDEX customer_undecided ON customer (row) WHERE marks > 0;
CREATE INDEX site_undecided ON site (row) WHERE marks > 0;
CREATE INDEX contact_undecided ON contact (row) WHERE marks > 0;
CREATE INDEX activity_undecided ON activity (row) WHERE marks > 0;
CREATE INDEX custom_field_undecided ON custom_field (row) WHERE marks > 0;
CREATE INDEX saved_view_undecided ON saved_view (row) WHERE marks > 0;
CREATE INDEX invitation_undecided ON invitation (row) WHERE marks > 0;
