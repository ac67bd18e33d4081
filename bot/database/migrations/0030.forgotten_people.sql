-- That a person was forgotten, so that catching up with Twilio's list takes in nothing which they
-- sent before that: no more than a keyed hash of the address, and when.

CREATE TABLE forgotten_person (
    address_key  text PRIMARY KEY,               -- as in contact
    forgotten_at timestamptz NOT NULL DEFAULT now()
);
