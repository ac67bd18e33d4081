// Puts Opus packets from WebM, as Chromium records, into Ogg, as WhatsApp sends voice notes.
// WebM: RFC 8794 and webmproject.org/docs/container; Ogg: RFC 3533; Opus in it: RFC 7845 and 6716.

const CONTAINERS = new Set([0x18538067, 0x1654ae6b, 0xae, 0x1f43b675, 0xa0]); // entered, not skipped
const CODEC_PRIVATE = 0x63a2;
const BLOCKS = new Set([0xa3, 0xa1]);
const PACKETS_A_PAGE = 40; // of at most 6 segments each, of the 255 that a page has
const SERIAL = 1;
const [CONTINUES, BEGINS, ENDS] = [0, 2, 4];

// The recording as Ogg; throws a RangeError where it is not what Chromium makes.
export function oggOf(webm) {
  const { head, packets } = opusIn(new Uint8Array(webm));
  const pages = [page([head], { flags: BEGINS, granule: 0, number: 0 }), page([tags()], { flags: CONTINUES, granule: 0, number: 1 })];
  let granule = 0;
  for (let at = 0; at < packets.length; at += PACKETS_A_PAGE) {
    const some = packets.slice(at, at + PACKETS_A_PAGE);
    granule += some.reduce((sum, packet) => sum + samplesOf(packet), 0);
    const flags = at + PACKETS_A_PAGE >= packets.length ? ENDS : CONTINUES;
    pages.push(page(some, { flags, granule, number: pages.length }));
  }
  return new Blob(pages, { type: "audio/ogg; codecs=opus" });
}

function opusIn(bytes) {
  const packets = [];
  let head = null;
  for (let at = 0; at < bytes.length; ) {
    const [id, afterId] = number(bytes, at, { keepsMarker: true });
    const [size, begin] = number(bytes, afterId, { keepsMarker: false });
    if (CONTAINERS.has(id)) {
      at = begin;
      continue;
    }
    const content = bytes.subarray(begin, begin + size);
    if (id === CODEC_PRIVATE) head = content;
    // A block begins with its track (one byte), its time (two) and its flags (one).
    if (BLOCKS.has(id)) packets.push(content.subarray(4));
    at = begin + size;
  }
  if (!head || packets.length === 0) throw new RangeError("there is no Opus in the recording");
  return { head, packets };
}

// A number of EBML: as many leading zeros as bytes follow. Returns it and where it ends.
function number(bytes, at, { keepsMarker }) {
  const length = Math.clz32(bytes[at]) - 23;
  if (length > 8) throw new RangeError("the recording is no WebM");
  let value = keepsMarker ? bytes[at] : bytes[at] & (0xff >> length);
  for (let more = 1; more < length; more += 1) value = value * 256 + bytes[at + more];
  return [value, at + length];
}

// How long a packet sounds, in samples at 48 kHz, by its first byte.
function samplesOf(packet) {
  const kind = packet[0] >> 3;
  const milliseconds =
    kind < 12 ? [10, 20, 40, 60][kind % 4] : kind < 16 ? [10, 20][kind % 2] : [2.5, 5, 10, 20][kind % 4];
  const frames = [1, 2, 2, (packet[1] ?? 1) & 0x3f][packet[0] & 3];
  return milliseconds * 48 * frames;
}

function tags() {
  const vendor = new TextEncoder().encode("textcrew");
  const bytes = new Uint8Array(16 + vendor.length);
  bytes.set(new TextEncoder().encode("OpusTags"));
  new DataView(bytes.buffer).setUint32(8, vendor.length, true);
  bytes.set(vendor, 12);
  return bytes;
}

function page(packets, { flags, granule, number: sequence }) {
  const laces = packets.flatMap(({ length }) => [...Array(Math.floor(length / 255)).fill(255), length % 255]);
  const head = new Uint8Array(27 + laces.length);
  const view = new DataView(head.buffer);
  head.set(new TextEncoder().encode("OggS"));
  head[5] = flags;
  view.setBigUint64(6, BigInt(granule), true);
  view.setUint32(14, SERIAL, true);
  view.setUint32(18, sequence, true);
  head[26] = laces.length;
  head.set(laces, 27);
  const whole = new Uint8Array(head.length + packets.reduce((sum, { length }) => sum + length, 0));
  whole.set(head);
  let at = head.length;
  for (const packet of packets) {
    whole.set(packet, at);
    at += packet.length;
  }
  new DataView(whole.buffer).setUint32(22, checksum(whole), true);
  return whole;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value;
});

function checksum(bytes) {
  let sum = 0;
  for (const byte of bytes) sum = (sum << 8) ^ TABLE[(sum >>> 24) ^ byte];
  return sum >>> 0;
}
