"use strict";

// Apps may share an address, so the data is kept under this app's own path.
const KEPT_AS = "quiz:" + new URL(".", location.href).pathname;

// The first answer is the right one; they are shuffled for each round.
const QUESTIONS = [
  ["Which planet is the largest in our solar system?", "Jupiter", "Saturn", "Neptune", "Earth"],
  ["What is the chemical symbol of gold?", "Au", "Ag", "Go", "Gd"],
  ["How many strings does a violin have?", "Four", "Five", "Six", "Three"],
  ["Which ocean is the largest?", "The Pacific", "The Atlantic", "The Indian", "The Arctic"],
  ["Who painted “The Starry Night”?", "Vincent van Gogh", "Claude Monet", "Edvard Munch", "Paul Klee"],
  ["What do bees collect from flowers?", "Nectar", "Honey", "Wax", "Sap"],
  ["In which country does the river Nile reach the sea?", "Egypt", "Sudan", "Libya", "Israel"],
  ["How many sides does a hexagon have?", "Six", "Five", "Seven", "Eight"],
];

const element = (id) => document.getElementById(id);

let kept = load();
let round = [];
let number = 0;
let right = 0;

function load() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT_AS));
    if (Array.isArray(found?.own)) return { own: found.own, best: Number(found.best) || 0 };
  } catch {
    // What cannot be read is started anew.
  }
  return { own: [], best: 0 };
}

function keep(changed) {
  kept = { ...kept, ...changed };
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(kept));
  } catch {
    // It then lives as long as the page.
  }
  render();
}

function shuffled(values) {
  const mixed = [...values];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other], mixed[last]];
  }
  return mixed;
}

function show(section) {
  for (const name of ["start", "round", "end"]) element(name).hidden = name !== section;
}

function render() {
  const questions = QUESTIONS.length + kept.own.length;
  element("best").textContent = kept.best ? `Your best: ${kept.best} %` : "How much do you know?";
  element("offer").textContent = `${questions} questions, in another order each time.`;
  element("own-count").textContent = kept.own.length ? `(${kept.own.length})` : "";
  element("own-list").replaceChildren(...kept.own.map(makeOwnRow));
}

function makeOwnRow(question) {
  const row = document.createElement("li");
  const text = document.createElement("span");
  const remove = document.createElement("button");
  text.textContent = question[0];
  remove.type = "button";
  remove.className = "quiet";
  remove.textContent = "Delete";
  remove.setAttribute("aria-label", `Delete ${question[0]}`);
  remove.addEventListener("click", () => keep({ own: kept.own.filter((own) => own !== question) }));
  row.append(text, remove);
  return row;
}

function begin() {
  round = shuffled([...QUESTIONS, ...kept.own]);
  number = 0;
  right = 0;
  show("round");
  ask();
}

function ask() {
  const [question, ...answers] = round[number];
  element("bar").style.width = `${(number / round.length) * 100}%`;
  element("step").textContent = `Question ${number + 1} of ${round.length}`;
  element("question").textContent = question;
  element("verdict").textContent = "";
  element("next").hidden = true;
  element("answers").replaceChildren(
    ...shuffled(answers).map((answer, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.letter = "ABCD"[place];
      button.textContent = answer;
      button.addEventListener("click", () => judge(button, answers[0]));
      return button;
    }),
  );
  element("question").focus();
}

function judge(chosen, answer) {
  const isRight = chosen.textContent === answer;
  if (isRight) right += 1;
  for (const button of element("answers").children) {
    button.disabled = true;
    if (button.textContent === answer) button.className = "right";
  }
  if (!isRight) chosen.className = "wrong";
  element("verdict").textContent = isRight ? "Right!" : `Not quite: it is ${answer}.`;
  element("bar").style.width = `${((number + 1) / round.length) * 100}%`;
  element("next").textContent = number + 1 < round.length ? "Next" : "See the result";
  element("next").hidden = false;
  element("next").focus();
}

function goOn() {
  number += 1;
  if (number < round.length) ask();
  else finish();
}

function finish() {
  const percent = Math.round((right / round.length) * 100);
  const isBest = percent > kept.best;
  element("score").textContent = `${right} / ${round.length}`;
  element("praise").textContent = isBest ? `${percent} %, your best so far!` : praise(percent);
  show("end");
  element("score").focus();
  if (isBest) keep({ best: percent });
}

function praise(percent) {
  if (percent === 100) return "Everything right. Wonderful!";
  return percent >= 50 ? `${percent} %. Well done!` : `${percent} %. The next round will be better.`;
}

element("begin").addEventListener("click", begin);
element("again").addEventListener("click", begin);
element("next").addEventListener("click", goOn);

element("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const wrong = [...form.querySelectorAll(".own-wrong")].map((input) => input.value.trim());
  const question = [
    element("own-question").value.trim(),
    element("own-right").value.trim(),
    ...wrong.filter(Boolean),
  ];
  if (question.length < 3 || question.includes("")) return;
  form.reset();
  keep({ own: [...kept.own, question] });
  element("own-question").focus();
});

render();
