"use strict";

// The votes of all visitors; their form is in collections.json.
const VOTES = "api/collections/votes";
const CHOICES = ["Yes", "No", "Maybe"];

const element = (id) => document.getElementById(id);

async function ask(path, options) {
  const answer = await fetch(path, options);
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error);
  return value;
}

async function countVotes() {
  const counts = new Map(CHOICES.map((choice) => [choice, 0]));
  let after = "";
  do {
    const page = await ask(`${VOTES}?after=${after}`);
    for (const { data } of page.documents) counts.set(data.choice, counts.get(data.choice) + 1);
    after = page.next;
  } while (after);
  return counts;
}

async function vote(choice) {
  await attempt(async () => {
    await ask(VOTES, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ choice }),
    });
    element("told").textContent = `Your vote for ${choice} is counted.`;
  });
  await show();
}

async function show() {
  await attempt(async () => render(await countVotes()));
}

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    element("told").textContent = `That did not work: ${error.message}`;
  }
}

function render(counts) {
  const most = Math.max(1, ...counts.values());
  for (const row of element("choices").children) {
    const count = counts.get(row.dataset.choice);
    const votes = count === 1 ? "1 vote" : `${count} votes`;
    row.querySelector("output").textContent = `${row.dataset.choice}: ${votes}`;
    row.querySelector(".bar div").style.width = `${(100 * count) / most}%`;
  }
}

for (const choice of CHOICES) {
  const row = element("choice").content.firstElementChild.cloneNode(true);
  row.dataset.choice = choice;
  row.querySelector("button").textContent = `Vote for ${choice}`;
  row.querySelector("button").addEventListener("click", () => vote(choice));
  element("choices").append(row);
}

document.addEventListener("visibilitychange", () => document.hidden || show());
show();
