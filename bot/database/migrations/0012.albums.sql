-- Until when what follows belongs to what a message brought, so that they are one message; NULL of
-- one that brought nothing, was acted upon, or belongs to another by now.
ALTER TABLE inbound_message ADD COLUMN awaits_more_until timestamptz;
