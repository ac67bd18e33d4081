// Puts photos that came together into one: WhatsApp sends each as a message and shows an album.

const TOGETHER_MILLISECONDS = 10_000;
const RANKS = ["failed", "undelivered", "waiting", "sending", "sent", "delivered", "read"];

// The messages in order, those of an album as one with the `sids` and the media of all.
export function withAlbums(messages) {
  const shown = [];
  for (const message of messages) {
    const last = shown.at(-1);
    if (last && continues(last, message)) shown[shown.length - 1] = joined(last, message);
    else shown.push({ ...message, sids: [message.sid] });
  }
  return shown;
}

function continues(album, { message_type: type, direction, body, at }) {
  return (
    type === "image" &&
    album.message_type === "image" &&
    direction === album.direction &&
    body === "" &&
    new Date(at) - new Date(album.at) < TOGETHER_MILLISECONDS
  );
}

function joined(album, { sid, media, status, error_message: reason }) {
  const isWorse = RANKS.indexOf(status) < RANKS.indexOf(album.status);
  return {
    ...album,
    sids: [...album.sids, sid],
    media: [...album.media, ...media],
    status: isWorse ? status : album.status,
    error_message: album.error_message ?? reason,
  };
}
