// Tests of the client without a network: run them with `node --test web/client/`.
// The stream tests drive EventStream through a fetch that answers from a script.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  backoffMilliseconds, EventCursor, Hub, HubProblem, parseId, readToken, SseParser,
} from './hub.js';

const encode = (text) => new TextEncoder().encode(text);
const parse = (...chunks) => {
  const parser = new SseParser();
  return chunks.flatMap((chunk) => parser.push(typeof chunk === 'string' ? encode(chunk) : chunk));
};
const frame = (position, data = {}, name = 'lead_created') =>
  `event: ${name}\nid: 5f3a09c1-${position}\n`
  + `data: ${JSON.stringify({ position: String(position), ...data })}\n\n`;

const transcript = '\uFEFFretry: 2300\n\n: hello\n\nevent: lead_created\r\nid: 5f3a09c1-42\r\n'
  + 'data: {"name":"Āśā 🚚"}\r\n\r\ndata: one\rdata:two\r\rid: 5f3a09c1-50\n\nevent: unused\n\n'
  + ':\n\nid: 5f3a09c1-51\ndata\n\ndata: never finished';

test('a stream gives the same frames wherever its bytes are split', () => {
  const bytes = encode(transcript);
  const whole = parse(bytes);
  assert.deepEqual(whole, [
    { kind: 'retry', milliseconds: 2300 },
    { kind: 'comment', text: 'hello' },
    { kind: 'event', event: 'lead_created', data: '{"name":"Āśā 🚚"}', id: '5f3a09c1-42' },
    { kind: 'event', event: 'message', data: 'one\ntwo', id: '5f3a09c1-42' },
    { kind: 'id', id: '5f3a09c1-50' },
    { kind: 'comment', text: '' },
    { kind: 'event', event: 'message', data: '', id: '5f3a09c1-51' },
  ]);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    assert.deepEqual(parse(bytes.slice(0, cut), bytes.slice(cut)), whole, `cut at byte ${cut}`);
  }
  assert.deepEqual(parse(...Array.from(bytes, (byte) => Uint8Array.of(byte))), whole);
});

test('an id with NUL, a retry that is no number and unknown fields are ignored', () => {
  assert.deepEqual(parse('id: a\0b\nretry: 12x\nretry:\nnonsense: 1\ndata: x\n\n'), [
    { kind: 'event', event: 'message', data: 'x', id: '' },
  ]);
});

test('an empty id clears the last one and only one leading space is removed', () => {
  assert.deepEqual(parse('id: 5f3a09c1-1\ndata:  x\n\nid\ndata: y\n\n'), [
    { kind: 'event', event: 'message', data: ' x', id: '5f3a09c1-1' },
    { kind: 'event', event: 'message', data: 'y', id: '' },
  ]);
});

test('a cursor lets each position through once and follows a new epoch', () => {
  const cursor = new EventCursor();
  assert.equal(cursor.advance('5f3a09c1-9'), true);
  assert.equal(cursor.advance('5f3a09c1-9'), false);
  assert.equal(cursor.advance('5f3a09c1-8'), false);
  assert.equal(cursor.advance('5f3a09c1-10'), true);
  assert.equal(cursor.advance('5f3a09c1-9007199254740993'), true);
  assert.equal(cursor.advance('5f3a09c1-9007199254740992'), false);
  assert.equal(cursor.advance('0'), false);
  assert.equal(cursor.advance('00000002-1'), true);
  assert.equal(cursor.last, '00000002-1');
  cursor.reset('5f3a09c1-4');
  assert.equal(cursor.advance('5f3a09c1-5'), true);
});

test('a cursor knows whether it has reached a head', () => {
  const cursor = new EventCursor();
  cursor.reset('0');
  assert.equal(cursor.hasReached('0'), true);
  assert.equal(cursor.hasReached('5f3a09c1-2'), false);
  cursor.advance('5f3a09c1-2');
  assert.equal(cursor.hasReached('5f3a09c1-2'), true);
  assert.equal(cursor.hasReached('5f3a09c1-3'), false);
});

test('only ids of the log are taken for ids', () => {
  for (const id of ['', '5f3a09c1', '5F3A09C1-1', '5f3a09c1-01', '5f3a09c1-1 ', 'x-1', null]) {
    assert.equal(parseId(id), null, String(id));
  }
  assert.deepEqual(parseId('5f3a09c1-0'), { epoch: '5f3a09c1', position: 0n });
});

test('the backoff doubles, is spread over half its length and has a ceiling', () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 60].map((n) => backoffMilliseconds(n, 1_000, () => 1));
  assert.deepEqual(longest, [1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
  const shortest = [0, 1, 60].map((n) => backoffMilliseconds(n, 1_000, () => 0));
  assert.deepEqual(shortest, [500, 1_000, 7_500]);
  assert.equal(backoffMilliseconds(0, 45_000, () => 1), 45_000, 'a longer retry: is respected');
});

test('a problem names the fields at fault, by name or by pointer', () => {
  const single = new HubProblem({ status: 422, field: 'email', detail: 'is not an address' });
  assert.deepEqual(single.fields, { email: 'is not an address' });
  const errors = [{ pointer: '#/phone', detail: 'too short' }];
  const many = new HubProblem({ status: 422, errors });
  assert.deepEqual(many.fields, { phone: 'too short' });
});

test('a token is read for display, whatever its letters', () => {
  const claims = { sub: 'žofie', role: 'sales', exp: 1_800_000_000 };
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  assert.deepEqual(readToken(`e30.${payload}.x`), {
    subject: 'žofie', roles: ['sales'], expiresAt: new Date(1_800_000_000_000),
  });
  assert.equal(readToken('not a token'), null);
});

/** A hub whose answers to /events come from `script`, one entry an attempt. */
function scripted(script) {
  const requests = [];
  const fetch = async (url, options) => {
    const isStream = options.headers.Accept === 'text/event-stream';
    if (!isStream) return Response.json({ data: [], next_cursor: null, head: '5f3a09c1-3' });
    requests.push({
      path: url.pathname, query: Object.fromEntries(url.searchParams),
      after: url.searchParams.get('after'), headers: options.headers,
    });
    const step = script.shift();
    if (step === undefined) return new Promise(() => {});
    if (step instanceof Error) throw step;
    if (step instanceof Response) return step;
    const body = new ReadableStream({
      start(controller) {
        for (const chunk of step) controller.enqueue(encode(chunk));
        controller.close();
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  return { hub: new Hub({ url: 'http://hub.test', token: 't', fetch }), requests };
}

/** Runs a stream until `done` says so and returns what it dispatched. */
async function follow(hub, done, options = {}) {
  const stream = hub.stream({ random: () => 0, ...options });
  const seen = { events: [], gaps: [], states: [], problems: [], histories: 0 };
  await new Promise((resolve) => {
    const check = () => done(seen) && resolve();
    stream.addEventListener('event', (e) => (seen.events.push(e.detail.position), check()));
    stream.addEventListener('gap', (e) => (seen.gaps.push(e.detail), check()));
    stream.addEventListener('state', (e) => (seen.states.push(e.detail.state), check()));
    stream.addEventListener('history', () => ((seen.histories += 1), check()));
    stream.addEventListener('problem', (e) => (seen.problems.push(e.detail), check()));
  });
  stream.close();
  return seen;
}

test('after a cut in mid-frame the stream resumes without loss or repetition', async () => {
  const { hub, requests } = scripted([
    ['retry: 1\n\n', frame(1), frame(2), frame(3).slice(0, -2)],
    new TypeError('connection refused'),
    [frame(2), frame(3), frame(4)],
  ]);
  const seen = await follow(hub, ({ events }) => events.length === 4);
  assert.deepEqual(seen.events, ['1', '2', '3', '4']);
  assert.deepEqual(requests.map((r) => r.headers['Last-Event-ID']), [
    undefined, '5f3a09c1-2', '5f3a09c1-2',
  ]);
  assert.ok(requests.every((r) => r.headers.Authorization === 'Bearer t'));
});

test('history comes first and the stream goes on after its head', async () => {
  const { hub, requests } = scripted([['retry: 1\n\n', frame(3), frame(4)]]);
  const seen = await follow(hub, ({ events }) => events.length === 1, { historyLimit: 50 });
  assert.equal(seen.histories, 1);
  assert.deepEqual(seen.events, ['4']);
  assert.equal(requests[0].after, '5f3a09c1-3');
});

test('the log is tailed by its filters, and after a cut from the place it was told', async () => {
  const entry = 'event: log\nid: 5f3a09c1-5\ndata: {"id":"e5"}\n\n';
  const { hub, requests } = scripted([['retry: 1\n\n', ':\n\nid: 5f3a09c1-4\n\n'], [entry]]);
  const stream = hub.tailLogs({ level: 'warn', q: '' }, { random: () => 0 });
  const first = await new Promise((resolve) => {
    stream.addEventListener('event', ({ detail }) => resolve(detail));
  });
  stream.close();
  assert.equal(first.id, 'e5');
  assert.deepEqual(requests.map(({ path }) => path), ['/logs', '/logs']);
  assert.deepEqual(requests[0].query, { level: 'warn' });
  assert.deepEqual(requests[1].query, { level: 'warn', after: '5f3a09c1-4' });
});

test('a gap is reported and the stream goes on from its id', async () => {
  const gap = 'event: gap\nid: 00000002-7\ndata: {"reason":"unknown_epoch"}\n\n';
  const next = frame(8).replace('5f3a09c1', '00000002');
  const { hub } = scripted([['retry: 1\n\n', frame(9), gap, next]]);
  const seen = await follow(hub, ({ events }) => events.length === 2);
  assert.equal(seen.gaps[0].reason, 'unknown_epoch');
  assert.deepEqual(seen.events, ['9', '8']);
});

test('an expired token ends the stream instead of asking again', async () => {
  const problem = { status: 401, code: 'token_expired', title: 'The token has expired' };
  const { hub, requests } = scripted([
    ['retry: 1\n\n', `event: problem\ndata: ${JSON.stringify(problem)}\n\n`],
    [frame(1)],
  ]);
  const seen = await follow(hub, ({ problems }) => problems.length === 1);
  assert.equal(seen.states.at(-1), 'ended');
  assert.equal(seen.problems[0].needsSignIn, true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(requests.length, 1);
});

test('a refusal ends the stream, an overload only delays it', async () => {
  const overload = Response.json({ code: 'overloaded' }, { status: 503 });
  const { hub, requests } = scripted([['retry: 1\n\n'], overload, [frame(1)]]);
  const seen = await follow(hub, ({ events }) => events.length === 1);
  assert.deepEqual(seen.events, ['1']);
  assert.equal(requests.length, 3);
  const forbidden = scripted([Response.json({ code: 'forbidden' }, { status: 403 })]);
  const refused = await follow(forbidden.hub, ({ problems }) => problems.length === 1);
  assert.equal(refused.problems[0].status, 403);
});

test('a lead is posted with the key it was given', async () => {
  const sent = [];
  const hub = new Hub({
    url: 'http://hub.test',
    fetch: async (url, options) => {
      sent.push({ url: String(url), ...options });
      return Response.json({ id: '1' }, { status: 201 });
    },
  });
  await hub.createLead({ name: 'Asha' }, { idempotencyKey: 'k', allowDuplicate: true });
  assert.equal(sent[0].url, 'http://hub.test/crm/leads?allow_duplicate=true');
  assert.equal(sent[0].headers['Idempotency-Key'], 'k');
  assert.equal(sent[0].body, '{"name":"Asha"}');
});

/** A hub that notes each request and answers with `body`. */
function noted(body = { id: '1' }) {
  const sent = [];
  const hub = new Hub({
    url: 'http://hub.test',
    fetch: async (url, options) => {
      sent.push({ ...options, url: String(url).replace('http://hub.test', '') });
      return Response.json(body);
    },
  });
  return { hub, sent };
}

test('things are converted, deleted and looked back on by their subjects', async () => {
  const { hub, sent } = noted();
  await hub.convertLead('a/b', {}, { idempotencyKey: 'k' });
  await hub.remove('orders/1', { version: 3 });
  await hub.timeline('leads/1', { limit: 5 });
  await hub.moves('tasks/1', { cursor: '7' });
  assert.deepEqual(sent.map(({ method, url }) => `${method ?? 'GET'} ${url}`), [
    'POST /crm/leads/a%2Fb/convert', 'DELETE /logistics/orders/1',
    'GET /crm/leads/1/timeline?limit=5', 'GET /task/tasks/1/history?cursor=7',
  ]);
  assert.equal(sent[0].headers['Idempotency-Key'], 'k');
  assert.equal(sent[1].headers['If-Match'], '"3"');
  assert.equal(sent[1].body, undefined);
});

test('the eight steps go to their routes, each with a key and the trace it was given', async () => {
  const { hub, sent } = noted();
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const options = { idempotencyKey: 'k', traceparent };
  await hub.createLead({ name: 'Asha' }, options);
  await hub.createOpportunity({ lead_id: '1', name: 'A', value: '1.00', currency: 'INR' }, options);
  await hub.createOrder({ opp_id: '1', currency: 'INR', lines: [] }, options);
  await hub.decide({ subject: 'orders/1' }, options);
  await hub.publish({ event_type: 'sla_warning' }, options);
  await hub.scheduleDelivery({ order_id: '1', delivery_date: '2026-12-01' }, options);
  await hub.giveFeedback({ subject: 'decisions/1', rating: 5 }, options);
  assert.deepEqual(sent.map(({ method, url }) => `${method} ${url}`), [
    'POST /crm/leads', 'POST /crm/opportunities', 'POST /logistics/orders',
    'POST /bhiv/agent/decide', 'POST /event/unified', 'POST /logistics/delivery',
    'POST /task/feedback',
  ]);
  for (const { headers } of sent) {
    assert.equal(headers['Idempotency-Key'], 'k');
    assert.equal(headers.traceparent, traceparent);
  }
  await hub.listLogs({ trace_id: 'a', level: undefined, q: '' });
  assert.equal(sent.at(-1).url, '/logs?trace_id=a');
});

test('without a key each post gets one of its own', async () => {
  const { hub, sent } = noted();
  await hub.createTask({ title: 'A' });
  await hub.createTask({ title: 'A' });
  const keys = sent.map(({ headers }) => headers['Idempotency-Key']);
  assert.match(keys[0], /^[0-9a-f-]{36}$/);
  assert.notEqual(keys[0], keys[1]);
});

test('an update names the version it was made from, and none when none is known', async () => {
  const { hub, sent } = noted();
  await hub.updateTask('a/b', { status: 'done' }, { version: 3 });
  await hub.updateNotification('7', { state: 'read' });
  assert.equal(`${sent[0].method} ${sent[0].url}`, 'PATCH /task/tasks/a%2Fb');
  assert.equal(sent[0].headers['If-Match'], '"3"');
  assert.equal('If-Match' in sent[1].headers, false);
});

test('a replay posts no body', async () => {
  const { hub, sent } = noted();
  await hub.replayDeadLetter('9', { idempotencyKey: 'k' });
  assert.equal(`${sent[0].method} ${sent[0].url}`, 'POST /admin/dead-letters/9/replay');
  assert.equal(sent[0].body, undefined);
  assert.equal(sent[0].headers['Content-Type'], undefined);
});

/** A hub whose fetch refuses until its session was renewed; how often that was asked for. */
function refusing(works) {
  let renewed = false;
  const counts = { renewals: 0, requests: 0 };
  const hub = new Hub({
    url: 'http://hub.test',
    async fetch() {
      counts.requests += 1;
      const status = renewed ? 200 : 401;
      return new Response(JSON.stringify({ code: 'token_expired', data: [] }), { status });
    },
    async renew() {
      counts.renewals += 1;
      await null;
      renewed = works;
      return works;
    },
  });
  return { hub, counts };
}

test('requests that are refused together renew the session once, and are sent again', async () => {
  const { hub, counts } = refusing(true);
  await Promise.all([hub.listLeads(), hub.listTasks(), hub.listOrders()]);
  assert.deepEqual(counts, { renewals: 1, requests: 6 });
});

test('a session that can not be renewed refuses the request as it was refused', async () => {
  const { hub, counts } = refusing(false);
  await assert.rejects(hub.listLeads(), { code: 'token_expired' });
  assert.deepEqual(counts, { renewals: 1, requests: 1 });
});
