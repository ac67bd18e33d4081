// What is known of a file: its type, its size, its content. It is at the stand-in, or still here as
// a `data:` address.

const NAMES = {
  "application/pdf": "PDF",
  "application/msword": "Word",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
  "application/vnd.ms-excel": "Excel",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
  "application/vnd.ms-powerpoint": "PowerPoint",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
  "text/plain": "Text",
  "text/csv": "Table",
  "application/zip": "Zip",
};

const size = (unit, digits = 0) =>
  new Intl.NumberFormat([], { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits });
const SIZES = [[1024 ** 2, size("megabyte", 1)], [1024, size("kilobyte")], [1, size("byte")]];

// Read a chosen file, or a recording, as what the stand-in takes.
export function attachmentOf(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("error", () => reject(reader.error));
    reader.addEventListener("load", () => {
      const data = reader.result.slice(reader.result.indexOf(",") + 1);
      resolve({ content_type: blob.type || "application/octet-stream", data });
    });
    reader.readAsDataURL(blob);
  });
}

export function addressOf({ content_type: type, data }) {
  return `data:${type.replaceAll(" ", "")};base64,${data}`;
}

// The content type, and the size in bytes; null where it cannot be known from here.
export async function describe(url) {
  if (url.startsWith("data:")) {
    const [head, data] = url.split(",", 2);
    return { type: head.slice(5).split(";")[0], bytes: Math.floor((data.replace(/=+$/, "").length * 3) / 4) };
  }
  if (new URL(url, location).origin !== location.origin) return null;
  const answer = await fetch(url, { method: "HEAD" });
  if (!answer.ok) return null;
  return { type: answer.headers.get("Content-Type").split(";")[0], bytes: Number(answer.headers.get("Content-Length")) };
}

// The text in a file; empty where it cannot be read from here.
export async function textOf(url) {
  if (url.startsWith("data:")) {
    const bytes = Uint8Array.from(atob(url.split(",", 2)[1]), (letter) => letter.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  }
  const answer = await fetch(url);
  return answer.ok ? answer.text() : "";
}

export function typeName(type, name) {
  const ending = /\.(\w{1,5})$/.exec(name)?.[1];
  return NAMES[type] ?? ending?.toUpperCase() ?? "File";
}

export function sizeName(bytes) {
  const [unit, format] = SIZES.find(([least]) => bytes >= least) ?? SIZES.at(-1);
  return format.format(bytes / unit);
}
