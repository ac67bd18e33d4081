-- A query for texts that have at least one of the words.
CREATE OR REPLACE FUNCTION any_word(_text text) RETURNS tsquery LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(string_agg(quote_literal(lexeme), ' | '), '')::tsquery
    FROM unnest(tsvector_to_array(to_tsvector('simple', _text))) AS lexeme
    WHERE length(lexeme) > 2
$$;
