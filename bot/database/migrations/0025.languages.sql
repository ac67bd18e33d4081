-- The language that a person is spoken to in: what they write in, unless they asked for another.

ALTER TABLE contact
    ADD COLUMN language text,                              -- ISO 639-1; NULL until they wrote
    ADD COLUMN language_is_wished boolean NOT NULL DEFAULT false;
