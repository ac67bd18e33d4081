-- title: Intake or sending is paused
-- threshold: 15 minutes
-- window: 5 minutes
-- remedy: see who paused it and why (textcrew status), then let it go on (textcrew resume)
-- reads: tables
-- An operator has paused it, and it is as it was for longer than that.
SELECT what AS subject, (extract(epoch FROM now() - since) / 60)::float AS value
FROM pause
WHERE since < now() - %(threshold)s * interval '1 minute'
ORDER BY value DESC;
