-- The name in an app's short link, as `bot.sites.short_links` makes it of a token; NULL for a token
-- of another form.
CREATE OR REPLACE FUNCTION short_name(_token text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN _token ~ '^[0-9a-f]{32}$'
                THEN translate(encode(decode(_token, 'hex'), 'base64'), '+/=', '-_') END
$$;
