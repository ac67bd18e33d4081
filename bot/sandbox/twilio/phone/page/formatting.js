// Turns a message's text into nodes: WhatsApp's marks and links. The text never becomes HTML.

const MARKS = { "*": "strong", _: "em", "~": "s" };
const LINK = /https?:\/\/[^\s<>"]+/y;
const LINK_ENDS_BEFORE = /[.,;:!?'"*_~`\]}]+$/;
const WORD = /[\p{L}\p{N}]/u;

export function formatted(text) {
  const fragment = document.createDocumentFragment();
  appendTo(fragment, text);
  return fragment;
}

// The first link in a text; empty where there is none.
export function firstLink(text) {
  for (let at = text.indexOf("http"); at >= 0; at = text.indexOf("http", at + 1)) {
    const found = link(text, at);
    if (found) return text.slice(at, found.end);
  }
  return "";
}

function appendTo(parent, text) {
  let plainFrom = 0;
  let at = 0;
  while (at < text.length) {
    const piece = code(text, at) ?? link(text, at) ?? span(text, at);
    if (piece) {
      parent.append(text.slice(plainFrom, at), piece.make());
      plainFrom = piece.end;
    }
    at = piece ? piece.end : at + 1;
  }
  parent.append(text.slice(plainFrom));
}

function code(text, at) {
  const fence = text.startsWith("```", at) ? "```" : "`";
  if (!text.startsWith(fence, at)) return null;
  const from = at + fence.length;
  const to = text.indexOf(fence, from);
  if (to <= from || (fence === "`" && text.slice(from, to).includes("\n"))) return null;
  return {
    end: to + fence.length,
    make: () => {
      const element = document.createElement("code");
      element.textContent = text.slice(from, to).replace(/^\n|\n$/g, "");
      element.classList.toggle("block", text.slice(from, to).includes("\n"));
      return element;
    },
  };
}

function link(text, at) {
  if (at > 0 && WORD.test(text[at - 1])) return null;
  LINK.lastIndex = at;
  const found = LINK.exec(text)?.[0];
  if (!found) return null;
  const whole = found.replace(LINK_ENDS_BEFORE, "");
  const url = whole.includes("(") ? whole : whole.replace(/\)+.*$/, "");
  return {
    end: at + url.length,
    make: () => {
      const element = document.createElement("a");
      element.href = url;
      element.textContent = url;
      element.target = "_blank";
      element.rel = "noopener noreferrer";
      return element;
    },
  };
}

function span(text, at) {
  const mark = text[at];
  if (!(mark in MARKS) || (at > 0 && WORD.test(text[at - 1]))) return null;
  const end = closing(text, at, mark);
  if (end < 0) return null;
  return {
    end: end + 1,
    make: () => {
      const element = document.createElement(MARKS[mark]);
      appendTo(element, text.slice(at + 1, end));
      return element;
    },
  };
}

// Finds the mark that ends the span on the same line; a mark inside a link or code does not.
function closing(text, from, mark) {
  if (/[\s]/.test(text[from + 1] ?? " ")) return -1;
  for (let at = from + 1; at < text.length && text[at] !== "\n"; ) {
    const skipped = code(text, at) ?? link(text, at);
    if (skipped) {
      at = skipped.end;
      continue;
    }
    const ends = text[at] === mark && at > from + 1 && !/\s/.test(text[at - 1]);
    if (ends && !WORD.test(text[at + 1] ?? " ")) return at;
    at += 1;
  }
  return -1;
}
