-- name: count_lost
-- How many answers to what a request sent to be transcribed were lost, or not waited for.
SELECT count(*) FROM model_call
WHERE request_id = %(request_id)s AND operation = %(operation)s
  AND outcome IN ('TranscriptLost', 'CancelledError');
