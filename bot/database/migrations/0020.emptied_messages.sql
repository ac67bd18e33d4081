-- What retention has emptied so far was still owed to its recipient, or kept its choices.
UPDATE outbox SET is_owed = false WHERE is_owed AND body = '' AND state = 'failed';
UPDATE outbox SET choices = NULL WHERE choices IS NOT NULL AND body = '';
