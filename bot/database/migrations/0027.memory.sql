-- What is known of a person over time, and the question whether something is to be built at all.

CREATE TABLE remembered (
    remembered_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       text NOT NULL REFERENCES contact ON DELETE CASCADE,
    fact          text NOT NULL,                 -- in the person's words, or nearly
    said_at       timestamptz NOT NULL DEFAULT now(),
    words         tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', fact)) STORED
);
CREATE UNIQUE INDEX remembered_once ON remembered (user_id, md5(lower(fact)));
CREATE INDEX remembered_by_words ON remembered USING gin (words);

-- Past wishes are found by their words, in whatever language they are.
ALTER TABLE build
    ADD COLUMN words tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', wish)) STORED;
CREATE INDEX build_by_project ON build (project_id, created_at DESC);
CREATE INDEX build_by_words ON build USING gin (words);

CREATE TABLE doubt (
    user_id    text PRIMARY KEY REFERENCES contact ON DELETE CASCADE,
    request_id uuid NOT NULL,                    -- the message that may be a wish, or only talk
    body       text NOT NULL,
    project    int,                              -- the project it may be about, by its number
    kind       text NOT NULL CHECK (kind IN ('new_build', 'change')),
    asked_at   timestamptz NOT NULL DEFAULT now()
);

-- A query for texts that have at least one of the words.
CREATE FUNCTION any_word(_text text) RETURNS tsquery LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(string_agg(quote_literal(lexeme), ' | '), '')::tsquery
    FROM unnest(tsvector_to_array(to_tsvector('simple', _text))) AS lexeme
    WHERE length(lexeme) > 2
$$;
