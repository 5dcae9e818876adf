// The page at "/" until the dashboard is given: campaigns, their counts, and the last entries.
#include "foray/service/service.h"

namespace foray::service {

namespace {

constexpr const char* kHtml = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>foray</title>
<link rel="stylesheet" href="/status.css">
</head>
<body>
<h1>foray</h1>
<p id="state" role="status">connecting</p>
<table>
<caption>Campaigns</caption>
<thead><tr><th scope="col">campaign</th><th scope="col">state</th><th scope="col">measured</th>
<th scope="col">last entry</th></tr></thead>
<tbody id="campaigns"></tbody>
</table>
<h2>Entries</h2>
<ol id="entries" reversed></ol>
<script src="/status.js"></script>
</body>
</html>
)html";

constexpr const char* kCss =
    R"css(body { font: 16px/1.5 sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1a1a1a; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: bold; padding: .5rem 0; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #ccc; }
#entries { font: 14px/1.5 monospace; list-style: none; padding: 0; }
)css";

// Everything that comes from outside is put in as text, never as markup.
constexpr const char* kScript = R"js("use strict";
const $ = (id) => document.getElementById(id);
const rows = new Map();
const cursors = new Map();
let socket, next, waiting, delay = 500;

function call(method, params) {
  const id = next++;
  socket.send(JSON.stringify({jsonrpc: "2.0", id, method, params}));
  return new Promise((done, failed) => waiting.set(id, {done, failed}));
}

function row(campaign) {
  if (!rows.has(campaign)) {
    const tr = $("campaigns").insertRow();
    for (let i = 0; i < 4; ++i) tr.insertCell();
    tr.cells[0].textContent = campaign;
    rows.set(campaign, tr);
  }
  return rows.get(campaign);
}

async function refresh() {
  const {campaigns} = await call("campaign.list", {});
  for (const c of campaigns) {
    const cells = row(c.campaign).cells;
    cells[1].textContent = (c.problem || c.state) + (c.open ? "" : " (not open)");
    cells[2].textContent = c.measured ?? "";
    cells[3].textContent = c.sequence ?? "";
    if (!c.open || cursors.get(c.campaign)?.socket === socket) continue;
    const from = cursors.get(c.campaign)?.from ?? Math.max(1, c.sequence - 20);
    cursors.set(c.campaign, {socket, from});
    await call("events.subscribe", {campaign: c.campaign, from_sequence: from});
  }
}

function entry(e) {
  cursors.set(e.campaign, {socket, from: e.sequence + 1});
  const li = document.createElement("li");
  const time = new Date(e.time_s * 1000).toLocaleTimeString();
  li.textContent = `${time} ${e.campaign} ${e.sequence} ${e.kind} (${e.who})`;
  $("entries").prepend(li);
  while ($("entries").childElementCount > 200) $("entries").lastElementChild.remove();
  row(e.campaign).cells[3].textContent = e.sequence;
}

function receive(message) {
  if (message.method === "events.entry") return entry(message.params);
  const asked = waiting.get(message.id);
  waiting.delete(message.id);
  if (!asked) return;
  if (message.error) asked.failed(new Error(message.error.message));
  else asked.done(message.result);
}

function connect() {
  next = 1;
  waiting = new Map();
  socket = new WebSocket(`ws://${location.host}/ws`);
  const mine = socket;
  let timer;
  mine.onmessage = (event) => receive(JSON.parse(event.data));
  mine.onopen = async () => {
    try {
      const hello = await call("session.hello", {client: "status page"});
      $("state").textContent = `connected as ${hello.role}`;
      delay = 500;
      await refresh();
      timer = setInterval(() => refresh().catch(() => {}), 2000);
    } catch (problem) {
      $("state").textContent = `${problem.message}: open the address that foray printed`;
    }
  };
  mine.onclose = () => {
    clearInterval(timer);
    if ($("state").textContent.startsWith("connected")) $("state").textContent = "connection lost";
    setTimeout(connect, delay);
    delay = Math.min(2 * delay, 30000);
  };
}
connect();
)js";

}  // namespace

std::map<std::string, Asset> status_page() {
  return {{"/", {"text/html; charset=utf-8", kHtml}},
          {"/status.css", {"text/css; charset=utf-8", kCss}},
          {"/status.js", {"text/javascript; charset=utf-8", kScript}}};
}

}  // namespace foray::service
