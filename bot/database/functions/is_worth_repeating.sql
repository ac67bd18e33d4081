-- Whether a message that was not delivered is worth repeating: what was mere news is not.
CREATE OR REPLACE FUNCTION is_worth_repeating(_message outbox) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM outbox
        WHERE (id = _message.id OR carried_by = _message.id)
          AND kind IN ('published', 'picture', 'question', 'budget', 'failed', 'design', 'reply',
                       'unsure', 'not_heard', 'what_next'))
$$;
