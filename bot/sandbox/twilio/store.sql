-- name: create_message_table
-- Keeps every message in both directions; `position` is the order of arrival.
create table if not exists message (
    position integer primary key autoincrement,
    revision integer not null,
    sid text not null unique,
    direction text not null,
    sender text not null,
    recipient text not null,
    user text generated always as (case direction when 'inbound' then sender else recipient end),
    body text not null,
    media text not null,
    status text not null,
    error_code integer,
    error_message text,
    status_callback text,
    profile_name text,
    created_at text not null,
    updated_at text not null,
    sent_at text
);

-- name: create_revision_index
-- Finds what has changed since a page last looked.
create index if not exists message_revision on message (user, revision);

-- name: create_latest_index
-- Finds the latest revision, which the next change exceeds.
create index if not exists message_latest on message (revision);

-- name: create_epoch_table
-- Holds one random name for this history, so that pages notice when another one begins.
create table if not exists epoch (name text not null);

-- name: create_interaction_table
-- Holds what a message has beyond its text: the choices that it offers, or the one that it makes.
create table if not exists interaction (sid text primary key, details text not null);

-- name: create_content_table
-- Holds the Contents that the bot made.
create table if not exists content (sid text primary key, resource text not null);

-- name: create_attachment_table
-- Holds the files that users sent.
create table if not exists attachment (
    sid text primary key, message_sid text not null, content_type text not null,
    content blob not null);

-- name: create_extra_table
-- Holds what the webhook of a user's message says beside its words and files.
create table if not exists extra (sid text primary key, fields text not null);

-- name: clear_messages
-- Forgets all messages.
delete from message;

-- name: clear_interactions
-- Forgets all choices.
delete from interaction;

-- name: clear_extras
-- Forgets what webhooks said beside words and files.
delete from extra;

-- name: clear_contents
-- Forgets the Contents.
delete from content;

-- name: clear_attachments
-- Forgets the files.
delete from attachment;

-- name: insert_attachment
-- Stores a file.
insert into attachment (sid, message_sid, content_type, content)
values (:sid, :message_sid, :content_type, :content);

-- name: list_attachments
-- Reads the files of a message.
select sid, content_type, content from attachment where message_sid = :message_sid order by rowid;

-- name: find_attachment
-- Reads a file.
select sid, content_type, content from attachment where sid = :sid;

-- name: insert_interaction
-- Stores it once.
insert into interaction (sid, details) values (:sid, :details) on conflict (sid) do nothing;

-- name: insert_fields
-- Stores them once.
insert into extra (sid, fields) values (:sid, :fields) on conflict (sid) do nothing;

-- name: insert_content
-- Stores a Content.
insert into content (sid, resource) values (:sid, :resource);

-- name: find_content
-- Reads a Content.
select resource from content where sid = :sid;

-- name: begin_epoch
-- Names the history once.
insert into epoch (name) select :name where not exists (select 1 from epoch);

-- name: read_epoch
-- Reads the name of the history.
select name from epoch;

-- name: insert_message
-- Stores a message once; a repeated sid changes nothing.
insert into message (
    revision, sid, direction, sender, recipient, body, media, status, status_callback,
    profile_name, created_at, updated_at
) values (
    (select coalesce(max(revision), 0) + 1 from message), :sid, :direction, :sender, :recipient,
    :body, :media, :status, :status_callback, :profile_name, :now, :now
)
on conflict (sid) do nothing;

-- name: set_status
-- Moves a message to another status; what has been read stays read, and what the bot has taken
-- stays taken when a repetition of it fails.
update message set
    status = :status,
    error_code = :error_code,
    error_message = :error_message,
    sent_at = case when :status = 'sent' then coalesce(sent_at, :now) else sent_at end,
    updated_at = :now,
    revision = (select max(revision) + 1 from message)
where sid = :sid
    and status <> 'read'
    and not (direction = 'inbound' and status = 'delivered' and :status = 'failed');

-- name: find_message
-- Reads one message.
select message.*, details, fields from message
left join interaction using (sid) left join extra using (sid)
where sid = :sid;

-- name: list_changes
-- Reads what has changed in one user's conversation after a revision, oldest change first.
select message.*, details, fields from message
left join interaction using (sid) left join extra using (sid)
where user = :user and revision > :revision
order by revision;

-- name: list_conversation
-- Reads one user's whole conversation in order of arrival.
select message.*, details, fields from message
left join interaction using (sid) left join extra using (sid)
where user = :user
order by position;

-- name: list_page
-- Reads one page of Twilio's message list, newest first; dates are compared as far as given.
select message.*, details, fields from message
left join interaction using (sid) left join extra using (sid)
where (:recipient is null or recipient = :recipient)
    and (:sender is null or sender = :sender)
    and (
        :date_sent is null
        or substr(coalesce(sent_at, created_at), 1, length(:date_sent)) = :date_sent
    )
    and (
        :sent_after is null
        or substr(coalesce(sent_at, created_at), 1, length(:sent_after)) >= :sent_after
    )
    and (
        :sent_before is null
        or substr(coalesce(sent_at, created_at), 1, length(:sent_before)) <= :sent_before
    )
    and (
        :older_than is null
        or position < (select position from message where sid = :older_than)
    )
order by position desc
limit :page_size;

-- name: list_travelling
-- Finds messages to users whose delivery a stop of the stand-in interrupted.
select message.*, details, fields from message
left join interaction using (sid) left join extra using (sid)
where direction = 'outbound-api' and status in ('queued', 'sent', 'delivered')
order by position;

-- name: fail_interrupted
-- Marks users' messages whose webhook a stop of the stand-in interrupted: they can be sent again.
update message set
    status = 'failed',
    error_message = 'The stand-in was stopped before the bot answered.',
    updated_at = :now,
    revision = (select max(revision) + 1 from message)
where direction = 'inbound' and status = 'sending';
