const byId = (id) => document.getElementById(id);
const MOST_SHOWN = 200;

const counts = { received: 0, verified: 0, repeated: 0 };
let lastNumber = 0;

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function render(entry) {
  const item = byId('entry').content.cloneNode(true);
  const find = (selector) => item.querySelector(selector);
  const verdict = find('.verdict');
  verdict.textContent = entry.verified ? '✓ signature verified' : '✗ signature refused';
  verdict.classList.add(entry.verified ? 'good' : 'bad');
  find('.type').textContent = entry.type;
  find('.repeat').hidden = !entry.repeated;
  const time = find('time');
  time.dateTime = entry.receivedAt;
  time.title = entry.receivedAt;
  time.textContent = new Date(entry.receivedAt).toLocaleTimeString();
  find('.id').textContent = entry.webhookId;
  const refusal = find('.refusal');
  refusal.hidden = entry.refusal === null;
  refusal.textContent = entry.refusal ?? '';
  find('.body').textContent = pretty(entry.body);
  return item;
}

function add(entry) {
  if (entry.number <= lastNumber) return;
  lastNumber = entry.number;
  counts.received++;
  if (entry.verified) counts.verified++;
  if (entry.repeated) counts.repeated++;
  for (const [name, count] of Object.entries(counts)) byId(name).textContent = String(count);
  byId('empty').hidden = true;
  const list = byId('entries');
  list.prepend(render(entry));
  if (list.children.length === 1) list.querySelector('details').open = true;
  while (list.children.length > MOST_SHOWN) list.lastElementChild.remove();
}

/** What came while nobody listened is fetched; numbers begin anew when the server does. */
async function catchUp() {
  const response = await fetch('/inbox/entries');
  const entries = await response.json();
  if ((entries[0]?.number ?? 0) < lastNumber) lastNumber = 0;
  for (const entry of entries.reverse()) add(entry);
}

const stream = new EventSource('/inbox/stream');
stream.addEventListener('open', () => {
  byId('live').textContent = 'live';
  byId('live').classList.add('on');
  catchUp().catch(() => undefined);
});
stream.addEventListener('message', (message) => add(JSON.parse(message.data)));
stream.addEventListener('error', () => {
  byId('live').textContent = 'reconnecting';
  byId('live').classList.remove('on');
});

const titles = [
  'Checkout is down',
  'Search answers slowly',
  'Login fails for some',
  'Mail is late',
];
const severities = ['critical', 'major', 'minor'];
const pick = (list) => list[Math.floor(Math.random() * list.length)];

byId('create').addEventListener('click', async (click) => {
  const button = click.currentTarget;
  button.disabled = true;
  byId('error').hidden = true;
  try {
    const response = await fetch('/incidents', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: pick(titles), severity: pick(severities) }),
    });
    if (!response.ok) throw new Error(`The platform answered ${response.status}`);
  } catch (error) {
    byId('error').textContent = `The incident was not created: ${error.message}. Try again.`;
    byId('error').hidden = false;
  } finally {
    button.disabled = false;
  }
});

byId('curl').textContent = `curl -X POST ${location.origin}/incidents \\
  -H 'content-type: application/json' \\
  -d '{"title":"Checkout is down","severity":"critical"}'`;
