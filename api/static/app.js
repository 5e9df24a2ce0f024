// Progressive enhancement: everything here can be done without it, by forms and links.
"use strict";

const $ = (id) => document.getElementById(id);
const count = (number) => Math.round(number).toLocaleString("en-US");

function editor() {
  const text = $("spec"), gutter = $("gutter"), form = $("editor");
  let asked = 0, waiting = null, wrong = new Set();

  function number() {
    const lines = text.value.split("\n").length;
    gutter.replaceChildren();
    for (let line = 1; line <= lines; line++) {
      if (line > 1) gutter.append("\n");
      if (wrong.has(line)) {
        const mark = document.createElement("b");
        mark.textContent = line;
        gutter.append(mark);
      } else gutter.append(String(line));
    }
    gutter.scrollTop = text.scrollTop;
  }

  function goTo(line) {
    const start = text.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const end = text.value.indexOf("\n", start);
    text.focus();
    text.setSelectionRange(start, end < 0 ? text.value.length : end);
    text.scrollTop = Math.max(0, (line - 5) * 20);
  }

  function item(one) {
    const found = document.createElement("li"), link = document.createElement("a");
    const place = document.createElement("b"), code = document.createElement("code");
    link.href = "#spec";
    link.dataset.line = one.line || 1;
    place.textContent = one.line ? `line ${one.line}` : "spec";
    code.textContent = one.code;
    link.append(place);
    found.append(link, " ", code, ` ${one.message}`);
    if (one.hint) {
      const hint = document.createElement("span");
      hint.className = "soft";
      hint.textContent = `hint: ${one.hint}`;
      found.append(document.createElement("br"), hint);
    }
    return found;
  }

  function say(words, kind) {
    $("summary").textContent = words;
    $("summary").className = kind;
  }

  function show(found) {
    wrong = new Set(found.map((one) => one.line));
    $("findings").replaceChildren(...found.map(item));
    if (found.length) say(`${found.length} problem${found.length === 1 ? "" : "s"}`, "bad");
    else say("The spec is right.", "good");
    number();
  }

  async function validate() {
    const turn = ++asked;
    if (!text.value.trim()) {
      wrong = new Set();
      $("findings").replaceChildren();
      say("What is wrong with a spec is said here.", "soft");
      number();
      return;
    }
    const query = new URLSearchParams();
    for (const name of ["target", "seed", "now", "set"]) {
      const value = form.elements[name].value.trim();
      if (value) query.append(name, value);
    }
    try {
      const answer = await fetch(`/specs/validate?${query}`, {
        method: "POST", body: text.value, headers: { "Content-Type": "application/yaml" },
      });
      const told = await answer.json();
      if (turn !== asked) return;
      if (answer.ok) show(told.diagnostics);
      else if (told.diagnostics && told.diagnostics.length) show(told.diagnostics);
      else say(told.detail || told.title, "bad");
    } catch {
      if (turn === asked) say("The server does not answer.", "bad");
    }
  }

  function soon() {
    number();
    clearTimeout(waiting);
    waiting = setTimeout(validate, 350);
  }

  text.addEventListener("input", soon);
  text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.querySelector("[value=run]").click();
  });
  for (const name of ["target", "seed", "now", "set"]) form.elements[name].addEventListener("change", soon);
  $("findings").addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    goTo(Number(link.dataset.line));
  });
  $("file").addEventListener("change", async () => {
    const file = $("file").files[0];
    if (!file) return;
    text.value = await file.text();
    $("file").value = "";
    soon();
  });
  $("library").addEventListener("change", async () => {
    if (!$("library").value) return;
    const answer = await fetch(`/specs/${encodeURIComponent($("library").value)}`);
    if (answer.ok) text.value = await answer.text();
    soon();
  });
  $("preview").addEventListener("load", () => {
    if ($("preview").contentWindow.location.href !== "about:blank") $("preview").classList.add("shown");
  });
  $("show").addEventListener("click", () => { $("preview").classList.add("shown"); });
  number();
  if (text.value.trim()) validate();
}

function live() {
  const section = $("live"), run = section.dataset.run;
  const ENDED = ["succeeded", "failed", "cancelled", "interrupted"];
  const rates = [];
  let lines = -1, before = null;

  async function readLog() {
    const answer = await fetch(`/runs/${run}/log`);
    if (!answer.ok) return;
    const shown = (await answer.text()).split("\n").filter(Boolean);
    $("log").textContent = shown.map((line) => `${line.slice(11, 19)}  ${line.slice(30)}`).join("\n");
    $("log").scrollTop = $("log").scrollHeight;
  }

  function bar(entity, rows, expected) {
    let row = [...$("bars").rows].find((one) => one.dataset.entity === entity);
    if (!row) {
      row = $("bars").tBodies[0].insertRow();
      row.dataset.entity = entity;
      const head = document.createElement("th"), drawn = document.createElement("progress");
      head.scope = "row";
      head.textContent = entity;
      drawn.setAttribute("aria-label", entity);
      row.append(head);
      row.insertCell().append(drawn);
      row.insertCell().className = "number";
    }
    const drawn = row.querySelector("progress");
    drawn.max = Math.max(expected, rows, 1);
    drawn.value = rows;
    row.lastElementChild.textContent = count(rows);
  }

  function draw(seconds, rows) {
    if (before && seconds > before.seconds) rates.push([seconds, (rows - before.rows) / (seconds - before.seconds)]);
    before = { seconds, rows };
    if (rates.length < 2) return;
    const most = Math.max(...rates.map((rate) => rate[1]), 1), last = rates[rates.length - 1][0];
    const points = rates.map(([at, rate]) => `${(600 * at / last).toFixed(1)},${(116 - 110 * Math.max(rate, 0) / most).toFixed(1)}`);
    $("line").setAttribute("points", points.join(" "));
    $("peak").textContent = `at most ${count(most)}`;
    $("chart").hidden = false;
  }

  function show(told) {
    const progress = told.progress, ended = ENDED.includes(told.status);
    const rows = Object.values(progress.rows || {}).reduce((sum, one) => sum + one, 0);
    const expected = Object.values(progress.expected || {}).reduce((sum, one) => sum + one, 0);
    const word = told.stopping && told.status === "running" ? "stopping" : told.status;
    const status = document.createElement("span");
    status.className = `status ${told.status}`;
    status.textContent = word;
    $("status").replaceChildren(status);
    $("stage").textContent = ended ? "ended" : progress.stage || "waits";
    $("rows").textContent = count(rows);
    $("expected").textContent = count(expected);
    $("rate").textContent = count(progress.rows_per_second || 0);
    $("left").textContent = ended || progress.seconds_left == null ? "–" : `${count(progress.seconds_left)} s`;
    $("all").max = Math.max(ended && told.status === "succeeded" ? rows : expected, rows, 1);
    $("all").value = rows;
    for (const entity of progress.order || []) {
      const planned = progress.expected[entity];
      const made = (progress.rows || {})[entity] || 0;
      bar(entity, made, ended && told.status === "succeeded" ? made : planned);
    }
    draw(progress.seconds || 0, rows);
    $("cancel").hidden = ended;
    $("resume").hidden = !["failed", "cancelled", "interrupted"].includes(told.status);
    $("report").hidden = $("results").hidden = !told.has_report;
    $("error").hidden = !told.error;
    $("error").textContent = told.error || "";
    document.title = `${word} – scenario engine`;
    if ((progress.lines ?? 0) !== lines || ended) {
      lines = progress.lines ?? 0;
      readLog();
    }
  }

  if (section.dataset.ended) return;
  const stream = new EventSource(`/runs/${run}/events`);
  stream.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  stream.addEventListener("end", (event) => {
    stream.close();
    show(JSON.parse(event.data));
  });
}

if ($("editor")) editor();
if ($("live")) live();
