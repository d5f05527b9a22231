// The live feed: newest first, at most 500 rows, filtered by type, paused at will.
// Events are taken into the page in batches so that a burst costs one layout, not hundreds.
// A row's JSON is only built when it is opened.

import { byId, fromTemplate } from './dom.js';
import { jsonNodes } from './json.js';

const ROWS_MAX = 500;
const BATCH_MILLISECONDS = 50;
const RATE_SECONDS = 60;
const TYPE_PREFIX = 'in.bhiv.';

/** Shows the tab's stream as rows. */
export function mainFeed() {
  const list = byId('feed-list');
  const filter = byId('feed-filter');
  const pause = byId('feed-pause');
  const waiting = byId('feed-waiting');
  const rate = rateMeter();
  /** Events not in the page yet, oldest first. */
  let queue = [];
  let paused = false;
  let received = 0;
  let missed = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let batch;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let second;
  /** @type {any} */
  let context = null;

  function take(event) {
    received += 1;
    rate.count();
    queue.push(event);
    if (queue.length > 2 * ROWS_MAX) queue = queue.slice(-ROWS_MAX);
    if (paused) missed += 1;
    batch ??= setTimeout(flush, BATCH_MILLISECONDS);
  }

  function flush() {
    batch = undefined;
    byId('feed-received').textContent = received.toLocaleString();
    if (paused) return showWaiting();
    const fragment = document.createDocumentFragment();
    for (const event of queue.slice(-ROWS_MAX)) fragment.prepend(eventRow(event, wanted));
    queue = [];
    list.prepend(fragment);
    while (list.childElementCount > ROWS_MAX) list.lastElementChild?.remove();
    showEmpty();
  }

  function wanted(type) {
    const words = filter.value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    return words.length === 0 || words.some((word) => type.includes(word.replace(/\*$/, '')));
  }

  function applyFilter() {
    for (const row of list.children) row.hidden = !wanted(row.dataset.type);
    showEmpty();
  }

  function showEmpty() {
    const empty = byId('feed-empty');
    empty.hidden = Boolean(list.querySelector(':scope > :not([hidden])'));
    empty.textContent = list.childElementCount === 0
      ? 'Waiting for the first event.'
      : 'No event of the last 500 matches this filter.';
  }

  function showWaiting() {
    waiting.hidden = !paused || missed === 0;
    waiting.dataset.count = String(missed);
    waiting.textContent = `${missed.toLocaleString()} new, show`;
  }

  function setPaused(value) {
    paused = value;
    missed = 0;
    pause.setAttribute('aria-pressed', String(paused));
    pause.textContent = paused ? 'Resume' : 'Pause';
    showWaiting();
    if (!paused) flush();
  }

  function showHistory(events) {
    clearTimeout(batch);
    batch = undefined;
    const known = new Set();
    const rows = [...events, ...queue]
      .filter(({ position }) => !known.has(position) && known.add(position))
      .sort((a, b) => (BigInt(a.position) < BigInt(b.position) ? 1 : -1))
      .slice(0, ROWS_MAX)
      .map((event) => eventRow(event, wanted));
    queue = [];
    list.replaceChildren(...rows);
    showEmpty();
  }

  filter.addEventListener('input', applyFilter);
  pause.addEventListener('click', () => setPaused(!paused));
  waiting.addEventListener('click', () => {
    setPaused(false);
    pause.focus();
  });
  list.addEventListener('toggle', openRow, true);

  return {
    start(started) {
      context = started;
      const { stream } = context.tab;
      stream.addEventListener('history', ({ detail }) => showHistory(detail.data));
      stream.addEventListener('event', ({ detail }) => take(detail));
      second = setInterval(rate.show, 1_000);
      showEmpty();
    },
    stop() {
      clearInterval(second);
      clearTimeout(batch);
      batch = undefined;
      queue = [];
      received = 0;
      context = null;
      rate.clear();
      setPaused(false);
      list.replaceChildren();
    },
    /** Reads the newest events again; what streams in meanwhile is kept. */
    async reload() {
      try {
        const page = await context.hub.history({ limit: 50 });
        if (context) showHistory(page.data);
      } catch (problem) {
        context?.onProblem(problem);
      }
    },
  };
}

/** @type {WeakMap<Element, any>} */
const eventOfRow = new WeakMap();

function eventRow(event, wanted) {
  const { row, part } = fromTemplate('event-template');
  const type = event.type.startsWith(TYPE_PREFIX)
    ? event.type.slice(TYPE_PREFIX.length)
    : event.type;
  row.dataset.position = event.position;
  row.dataset.type = type;
  row.dataset.family = type.split(/[_.]/)[0];
  row.hidden = !wanted(type);
  const when = new Date(event.time);
  const time = part('.event-time');
  time.dateTime = event.time;
  time.title = when.toLocaleString();
  time.textContent = clockTime(when);
  part('.event-type b').textContent = type;
  const subject = part('.event-subject');
  subject.textContent = event.subject ?? '';
  subject.title = event.subject ?? '';
  const actor = part('.event-actor');
  actor.textContent = event.actor ?? '';
  actor.title = event.actor ?? '';
  part('.event-position').textContent = `#${event.position}`;
  eventOfRow.set(row, event);
  return row;
}

function openRow({ target }) {
  const pre = target.querySelector('.event-json');
  if (!target.open || pre.firstChild) return;
  pre.append(...jsonNodes(eventOfRow.get(target.parentElement)));
}

function clockTime(when) {
  const two = (number) => String(number).padStart(2, '0');
  const clock = [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join(':');
  return `${clock}.${String(when.getMilliseconds()).padStart(3, '0')}`;
}

/** Counts events per second over the last minute and draws them as one small line. */
function rateMeter() {
  const path = byId('feed-spark').querySelector('path');
  const seconds = new Array(RATE_SECONDS).fill(0);
  let now = Math.floor(Date.now() / 1_000);

  function roll() {
    const next = Math.floor(Date.now() / 1_000);
    const steps = Math.min(Math.max(next - now, 0), RATE_SECONDS);
    for (let step = 0; step < steps; step += 1) {
      seconds.shift();
      seconds.push(0);
    }
    now = next;
  }

  function show() {
    roll();
    const highest = Math.max(4, ...seconds);
    const points = seconds.map((count, index) =>
      `${(index / (RATE_SECONDS - 1) * 120).toFixed(1)} ${(19 - count / highest * 18).toFixed(1)}`);
    path.setAttribute('d', `M${points.join('L')}`);
    byId('feed-rate').textContent = seconds.reduce((sum, count) => sum + count, 0).toLocaleString();
  }

  return {
    count() {
      roll();
      seconds[RATE_SECONDS - 1] += 1;
    },
    show,
    clear() {
      seconds.fill(0);
      byId('feed-received').textContent = '0';
      show();
    },
  };
}
