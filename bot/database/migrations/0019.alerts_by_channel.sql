-- An alert that fires now, and a channel by which operators were told so. All channels that were set
-- have told what was noted so far; one that was not is forgotten with the alert's recovery.
CREATE TABLE alert_told_by (
    name    text NOT NULL,
    channel text NOT NULL,                       -- 'webhook', 'whatsapp'
    PRIMARY KEY (name, channel)
);
INSERT INTO alert_told_by (name, channel)
SELECT name, channel FROM alert_told CROSS JOIN unnest(ARRAY['webhook', 'whatsapp']) AS channel;
