-- The records as Logfire shows them.
CREATE OR REPLACE VIEW records AS
SELECT * FROM records_all WHERE kind <> 'pending_span';
