-- Who writes: how they are reached, what they are known by, and what is kept in mind about them.

CREATE TABLE contact (
    user_id             text PRIMARY KEY,        -- keyed hash, 32 hex characters
    conversation_id     uuid NOT NULL DEFAULT gen_random_uuid(),
    platform            text NOT NULL,           -- 'whatsapp'
    address_encrypted   bytea NOT NULL,          -- the only copy that replies are sent to
    address_key         text,                    -- keyed hash of the address alone
    first_inbound_at    timestamptz NOT NULL DEFAULT now(),
    last_inbound_at     timestamptz NOT NULL DEFAULT now(),
    last_attempt_at     timestamptz,             -- for the least interval between two messages
    window_closed_at    timestamptz,             -- Twilio said so; NULL again when they write
    suppressed_at       timestamptz,             -- nothing is sent to them from then on
    -- 'moved': somebody else has their number now. It ends when they write from another one.
    suppressed_reason   text CHECK (suppressed_reason IN ('opted_out', 'blocked', 'moved')),
    -- What they write in, unless they asked for another.
    language            text,                    -- ISO 639-1; NULL until they wrote
    language_is_requested  boolean NOT NULL DEFAULT false,
    language_is_sure    boolean NOT NULL DEFAULT false,  -- they wrote it more than a word or once
    language_heard      text,                    -- another one, in which they wrote last
    -- "Forget me": asked, confirmed, and done in two steps, because the goodbye needs an address.
    forget_asked_at     timestamptz,             -- they may confirm for a while
    forgotten_request_id uuid                    -- all but this request is deleted already
    -- current_project_id comes with the projects.
);
CREATE INDEX contact_by_address ON contact (address_key);

-- One user, whatever they come with. The first id that a user was known by stays theirs: what
-- they are known as later, an ExternalUserId or another address, leads to it.

-- Twilio's ExternalUserIds.
CREATE TABLE known_as (
    external_id text PRIMARY KEY,                -- keyed hash of an ExternalUserId
    user_id     text NOT NULL REFERENCES contact ON DELETE CASCADE
);
CREATE INDEX known_as_by_user ON known_as (user_id);

-- The addresses that users wrote from. A number may change hands: it is whose who took it last.
CREATE TABLE user_address (
    address_key text NOT NULL,                   -- as in contact
    user_id     text NOT NULL REFERENCES contact ON DELETE CASCADE,
    is_number   boolean,                         -- false: a username; NULL: it is not known
    held_since  timestamptz NOT NULL,
    PRIMARY KEY (address_key, user_id)
);
CREATE INDEX user_address_by_user ON user_address (user_id);

-- That a user was forgotten, so that catching up with Twilio's list takes in nothing which they
-- sent before that: no more than a keyed hash of the address, and when.
CREATE TABLE forgotten_user (
    address_key  text PRIMARY KEY,               -- as in contact
    forgotten_at timestamptz NOT NULL DEFAULT now()
);

-- What is known of a user over time.
CREATE TABLE remembered (
    remembered_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       text NOT NULL REFERENCES contact ON DELETE CASCADE,
    fact          text NOT NULL,                 -- in the user's words, or nearly
    said_at       timestamptz NOT NULL DEFAULT now(),
    words         tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', fact)) STORED
);
CREATE UNIQUE INDEX remembered_once ON remembered (user_id, md5(lower(fact)));
CREATE INDEX remembered_by_words ON remembered USING gin (words);
