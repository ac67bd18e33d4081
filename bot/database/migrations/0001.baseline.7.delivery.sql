-- Delivery as WhatsApp really is: windows that close, users who opt out, limits of the sender,
-- accounts that are refused, choices to tap, and media.

-- Pictures and documents for users, fetched by Twilio over links that expire.
CREATE TABLE media (
    media_id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id      text NOT NULL REFERENCES contact ON DELETE CASCADE,
    file_name    text NOT NULL,
    content_type text NOT NULL,
    content      bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX media_by_user ON media (user_id);
CREATE INDEX media_by_time ON media (created_at);

-- Whatever a user is to read is first a row here, written with the change that it reports.
CREATE TABLE outbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       text NOT NULL REFERENCES contact ON DELETE CASCADE,
    request_id    uuid NOT NULL REFERENCES request ON DELETE CASCADE,
    kind          text NOT NULL,                 -- understood, built, published, reply …
    dedupe_key    text NOT NULL,                 -- the same news is said once
    part          int NOT NULL,
    parts         int NOT NULL,
    body          text NOT NULL,
    choices       jsonb,                         -- [{id, title, description}]
    media_id      uuid REFERENCES media ON DELETE SET NULL,
    state         text NOT NULL DEFAULT 'queued'
                  CHECK (state IN ('queued', 'sending', 'uncertain', 'sent', 'delivered', 'read',
                                   'failed', 'suppressed', 'waiting_for_window')),
    attempts      int NOT NULL DEFAULT 0,        -- also the fence: only the last claim may write
    attempted_at  timestamptz,                   -- when the last claim was made
    as_template   boolean NOT NULL DEFAULT false,  -- of the last attempt
    carries       boolean NOT NULL DEFAULT false,  -- the texts of others too
    carried_by    bigint REFERENCES outbox ON DELETE SET NULL,
    not_before    timestamptz,                   -- it waits until then
    -- What matters and was not delivered for a reason that may pass is owed to its recipient: it is
    -- sent again with growing waits, and at the latest when they have written again.
    is_owed       boolean NOT NULL DEFAULT false,
    provider_sid  text UNIQUE,
    provider_status text,                        -- Twilio's own word; ours is 'sent' from its sid on
    error_code    int,
    error_message text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    sent_at       timestamptz,
    finished_at   timestamptz,                   -- delivered, read, failed or suppressed
    UNIQUE (dedupe_key, part)
);
CREATE INDEX outbox_pending ON outbox (user_id, id)
    WHERE state IN ('queued', 'sending', 'uncertain', 'waiting_for_window');
CREATE INDEX outbox_on_its_way ON outbox (user_id, sent_at) WHERE state = 'sent';
CREATE INDEX outbox_owed ON outbox (user_id) WHERE is_owed;
CREATE INDEX outbox_by_user ON outbox (user_id, created_at);
CREATE INDEX outbox_by_request ON outbox (request_id);
CREATE INDEX outbox_by_media ON outbox (media_id) WHERE media_id IS NOT NULL;
CREATE INDEX outbox_carried ON outbox (carried_by) WHERE carried_by IS NOT NULL;
-- Retention empties the text; what is emptied leaves this index, so that no step meets it again.
CREATE INDEX outbox_with_text ON outbox (created_at) WHERE body <> '';

-- What Twilio said of a message before we knew that it is ours: its answer was still under way.
CREATE TABLE early_status (
    provider_sid  text PRIMARY KEY,
    status        text NOT NULL,
    error_code    int,
    error_message text,
    recovery      jsonb,                         -- as recover_message takes it
    received_at   timestamptz NOT NULL DEFAULT now()
);

-- Ids of attempts that Twilio took in and gave up, while the message itself goes out once more.
CREATE TABLE former_sid (
    provider_sid text PRIMARY KEY,
    outbox_id    bigint NOT NULL REFERENCES outbox ON DELETE CASCADE
);
CREATE INDEX former_sid_by_message ON former_sid (outbox_id);

-- Buttons and lists at Twilio, made once for each set of choices.
CREATE TABLE twilio_content (
    content_hash text PRIMARY KEY,               -- SHA-256 of what was asked for, and the account
    content_sid  text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);

-- There while Twilio does not accept our credentials: nobody sends anything.
CREATE TABLE sending_halt (
    the_only_row boolean PRIMARY KEY DEFAULT true CHECK (the_only_row),
    since        timestamptz NOT NULL DEFAULT now(),
    error_code   int,
    reason       text NOT NULL
);

-- When our number may send its next message, over all processes.
CREATE TABLE sender_pace (
    the_only_row boolean PRIMARY KEY DEFAULT true CHECK (the_only_row),
    next_at      timestamptz NOT NULL DEFAULT now()
);
INSERT INTO sender_pace DEFAULT VALUES;
