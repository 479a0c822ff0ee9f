/** The page's live lists, read from the same API as the AWS CLI uses. What comes from it is shown as text only. */
const REFRESH_MS = 2000;
const SHOWN_EXECUTIONS = 20;
const SHOWN_CHARACTERS = 200;

/** The execution whose history is open: its ARN stands in the address, so that it can be linked to. */
function openExecution() {
  return decodeURIComponent(location.hash.slice(1));
}

async function call(operation, input) {
  const response = await fetch("/", {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AWSStepFunctions.${operation}` },
    body: JSON.stringify(input),
  });
  const output = await response.json();
  if (!response.ok) throw new Error(output.message ?? `The server answered with status ${response.status}`);
  return output;
}

function byId(id) {
  return document.getElementById(id);
}

/** Shows the rows, and leaves the table alone where nothing changed: the focus stays where it is. */
function showRows(body, rows) {
  const text = JSON.stringify(rows);
  if (body.dataset.rows === text) return;
  const focused = document.activeElement?.dataset?.arn;
  body.dataset.rows = text;
  body.replaceChildren(...(rows.length === 0 ? [rowOf([{ text: "none yet" }])] : rows.map(rowOf)));
  if (focused !== undefined) body.querySelector(`[data-arn="${CSS.escape(focused)}"]`)?.focus();
}

function rowOf(cells) {
  const row = document.createElement("tr");
  for (const { text, className = "", arn } of cells) {
    const cell = row.insertCell();
    cell.className = className;
    if (arn === undefined) cell.textContent = text;
    else cell.append(linkOf(text, arn));
  }
  return row;
}

function linkOf(text, arn) {
  const link = document.createElement("a");
  link.textContent = text;
  link.href = `#${encodeURIComponent(arn)}`;
  link.dataset.arn = arn;
  return link;
}

async function refresh() {
  try {
    await showLists();
    await showHistory();
    byId("fault").hidden = true;
  } catch (error) {
    byId("fault").textContent = `This page cannot be refreshed: ${error.message}`;
    byId("fault").hidden = false;
  }
}

async function showLists() {
  const { stateMachines } = await call("ListStateMachines", {});
  const lists = await Promise.all(stateMachines.filter(({ type }) => type === "STANDARD").map(executionsOf));
  const executions = lists.flat().toSorted((a, b) => b.startDate - a.startDate);
  showRows(
    byId("machines"),
    stateMachines.map(({ name, type, creationDate }) => [
      { text: name },
      { text: type },
      { text: timeOf(creationDate) },
    ]),
  );
  showRows(byId("executions"), executions.slice(0, SHOWN_EXECUTIONS).map(executionCells));
}

async function executionsOf({ name, stateMachineArn }) {
  const { executions } = await call("ListExecutions", { stateMachineArn, maxResults: SHOWN_EXECUTIONS });
  return executions.map((execution) => ({ ...execution, machine: name }));
}

function executionCells({ machine, name, executionArn, status, startDate }) {
  return [
    { text: machine },
    { text: name, arn: executionArn },
    { text: status, className: status },
    { text: timeOf(startDate) },
  ];
}

async function showHistory() {
  const executionArn = openExecution();
  byId("history").hidden = executionArn === "";
  if (executionArn === "") return;
  const { events } = await call("GetExecutionHistory", { executionArn, maxResults: 1000 });
  if (executionArn !== openExecution()) return;
  byId("history-title").textContent = `History of ${executionArn.split(":").at(-1)}`;
  const startedAt = events[0]?.timestamp ?? 0;
  showRows(
    byId("events"),
    events.map((event) => [
      { text: String(event.id) },
      { text: `${(event.timestamp - startedAt).toFixed(3)}\u00a0s` },
      { text: event.type },
      { text: detailsOf(event), className: "details" },
    ]),
  );
}

function detailsOf(event) {
  const details = Object.entries(event).find(([member]) => member.endsWith("EventDetails"))?.[1];
  const text = details === undefined ? "" : JSON.stringify(details);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 1)}…` : text;
}

function timeOf(seconds) {
  return new Date(seconds * 1000).toLocaleString();
}

byId("endpoint").textContent = location.origin;
addEventListener("hashchange", async () => {
  await refresh();
  byId("history-title").focus();
});
for (;;) {
  await refresh();
  await new Promise((done) => setTimeout(done, REFRESH_MS));
}
