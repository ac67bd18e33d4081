"use strict";

// Apps may share an address, so the data is kept under this app's own path.
const KEPT_AS = "calculator:" + new URL(".", location.href).pathname;
const HISTORY_LENGTH = 20;
const LONGEST_SUM = 80;

const KEYS = [
  ["C", "Clear", "operator"],
  ["(", "Open bracket", "operator"],
  [")", "Close bracket", "operator"],
  ["÷", "Divide", "operator"],
  ["7"], ["8"], ["9"], ["×", "Multiply", "operator"],
  ["4"], ["5"], ["6"], ["−", "Minus", "operator"],
  ["1"], ["2"], ["3"], ["+", "Plus", "operator"],
  ["0"], [".", "Point"], ["⌫", "Delete the last character"], ["=", "Equals", "primary"],
];
const TYPED = { "*": "×", x: "×", "/": "÷", "-": "−", ",": ".", Enter: "=", Backspace: "⌫", Delete: "C", Escape: "C" };
const STEPS = {
  "+": { rank: 1, act: (a, b) => a + b },
  "−": { rank: 1, act: (a, b) => a - b },
  "×": { rank: 2, act: (a, b) => a * b },
  "÷": { rank: 2, act: (a, b) => a / b },
};

const element = (id) => document.getElementById(id);

let sum = "";
let isFinished = false;
let history = load();

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT_AS));
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

function keep(changed) {
  history = changed;
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(history));
  } catch {
    // The history then lives as long as the page.
  }
  renderHistory();
}

/** Works a sum out by precedence; returns null while it is incomplete. */
function workOut(text) {
  const parts = text.match(/\d+\.?\d*|\.\d+|[+−×÷()]/g) ?? [];
  const state = { parts, next: 0 };
  const value = readSum(state, 0);
  return state.next === parts.length ? value : null;
}

function readSum(state, rank) {
  let left = readNumber(state);
  while (left !== null) {
    const step = STEPS[state.parts[state.next]];
    if (!step || step.rank <= rank) return left;
    state.next += 1;
    const right = readSum(state, step.rank);
    if (right === null) return null;
    left = step.act(left, right);
  }
  return null;
}

function readNumber(state) {
  const part = state.parts[state.next];
  if (part === undefined) return null;
  state.next += 1;
  if (part === "−") {
    const value = readNumber(state);
    return value === null ? null : -value;
  }
  if (part !== "(") {
    const value = Number.parseFloat(part);
    return Number.isNaN(value) ? null : value;
  }
  const value = readSum(state, 0);
  if (state.parts[state.next] !== ")") return null;
  state.next += 1;
  return value;
}

function readable(value) {
  if (!Number.isFinite(value)) return "Can't divide by zero";
  const rounded = Number(value.toPrecision(12)); // 0.1 + 0.2 is 0.3 here
  return Math.abs(rounded) >= 1e15 ? rounded.toExponential(6) : String(rounded).replace("-", "−");
}

function press(key) {
  if (key === "C") start("");
  else if (key === "⌫") start(isFinished ? "" : sum.slice(0, -1));
  else if (key === "=") finish();
  else add(key);
}

function start(text) {
  sum = text;
  isFinished = false;
  render();
}

function add(key) {
  const isDigit = /[\d.]/.test(key);
  let text = isFinished && (isDigit || key === "(") ? "" : sum;
  const last = text.at(-1) ?? "";
  if (key === "." && /\.\d*$/.test(text)) return;
  if (key === ")" && (!/[\d)]/.test(last) || count(text, "(") <= count(text, ")"))) return;
  if ("+×÷".includes(key) && (last === "" || last === "(")) return;
  if (key in STEPS && last in STEPS && !(key === "−" && last !== "−" && last !== "+")) {
    text = text.replace(/[+−×÷]+$/, "");
    if (key !== "−" && (text === "" || text.endsWith("("))) return;
  }
  if ((isDigit && last === ")") || (key === "(" && /[\d.)]/.test(last))) text += "×";
  if (text.length < LONGEST_SUM) start(text + key);
}

function count(text, character) {
  return text.split(character).length - 1;
}

function finish() {
  const whole = sum + ")".repeat(Math.max(0, count(sum, "(") - count(sum, ")")));
  const value = workOut(whole);
  if (value === null || isFinished) return;
  const result = readable(value);
  element("sum").textContent = `${whole} =`;
  showResult(result, !Number.isFinite(value));
  isFinished = true;
  sum = Number.isFinite(value) && !result.includes("e") ? result : "";
  if (Number.isFinite(value)) keep([{ sum: whole, result }, ...history].slice(0, HISTORY_LENGTH));
}

function render() {
  element("sum").textContent = "";
  showResult(sum || "0", false);
  const value = /[+−×÷]/.test(sum.slice(1)) ? workOut(sum) : null;
  if (value !== null && Number.isFinite(value)) element("sum").textContent = `= ${readable(value)}`;
}

function showResult(text, isWrong) {
  const result = element("result");
  result.textContent = text;
  result.classList.toggle("wrong", isWrong);
  result.classList.toggle("long", !isWrong && text.length > 11);
  result.scrollLeft = result.scrollWidth;
}

function renderHistory() {
  element("past").hidden = history.length === 0;
  element("history").replaceChildren(
    ...history.map((entry) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      const asked = document.createElement("span");
      const got = document.createElement("strong");
      asked.textContent = `${entry.sum} =`;
      got.textContent = entry.result;
      button.type = "button";
      button.append(asked, got);
      button.addEventListener("click", () => start(entry.result.includes("e") ? "" : entry.result));
      row.append(button);
      return row;
    }),
  );
}

for (const [key, name, look] of KEYS) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = key;
  if (name) button.setAttribute("aria-label", name);
  if (look) button.className = look;
  button.addEventListener("click", () => press(key));
  element("keys").append(button);
}

// A clicked key does not take the focus, so that Enter goes on to mean "equals".
element("keys").addEventListener("mousedown", (event) => event.preventDefault());

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // Enter and space on a focused button press that button.
  if (event.key === "Enter" && event.target instanceof HTMLButtonElement) return;
  const key = TYPED[event.key] ?? event.key;
  if (!KEYS.some(([known]) => known === key)) return;
  event.preventDefault();
  press(key);
});

element("forget").addEventListener("click", () => keep([]));

render();
renderHistory();
