// The unified log: filters, one trace as a story (oldest first), and a live tail: a stream of the
// entries that the filters let through, open while the panel is shown and not paused.

import { retryLater } from '../records.js';
import { clockTime } from '../words.js';
import { byId, element, fromTemplate, showProblem } from './dom.js';
import { jsonNodes } from './json.js';

const PAGE = 50;
const STORY_PAGE = 200;
const ROWS_MAX = 500;
const TYPING_MILLISECONDS = 300;
const FILTERS = ['q', 'level', 'module', 'event_type', 'trace_id'];

/** Shows the log; `story(trace)` shows one trace. */
export function mainLogs() {
  const list = byId('logs-list');
  const tail = byId('logs-tail');
  const more = byId('logs-more');
  const form = byId('logs-filters');
  const inputs = FILTERS.map((name) => [name, form.elements.namedItem(name)]);
  const known = new Set();
  let nextCursor = null;
  let isTailing = true;
  let isVisible = false;
  let context = null;
  /** Each read takes a number; an answer that a later one has overtaken is dropped. */
  let turn = 0;
  let typing;
  /** The open tail, and what it brought while a page was on its way. */
  let stream = null;
  let early = null;

  const query = () => Object.fromEntries(inputs.map(([name, input]) => [name, input.value.trim()]));
  const isStory = () => query().trace_id !== '';

  async function read(how, attempt = 0) {
    const asked = context;
    const mine = ++turn;
    // What an open tail doesn't bring was there before, so the page has it.
    if (how === 'all') await follow();
    if (asked.isOver || mine !== turn) return;
    const cursor = how === 'more' ? nextCursor : undefined;
    try {
      const page = await asked.hub.listLogs({
        ...query(), limit: isStory() ? STORY_PAGE : PAGE, cursor,
      });
      if (asked.isOver || mine !== turn) return;
      showProblem(byId('logs-problem'), null);
      take(page, how);
      for (const entry of early ?? []) add(entry);
      early = null;
    } catch (problem) {
      if (asked.isOver || mine !== turn || asked.onProblem(problem)) return;
      if (how === 'all') clear();
      showProblem(byId('logs-problem'), problem);
      retryLater(asked, problem, attempt, (next) => {
        if (isVisible && mine === turn) read(how, next);
      });
    }
  }

  function take(page, how) {
    if (how === 'all') clear();
    const fresh = page.data.filter(({ id }) => !known.has(id));
    for (const { id } of fresh) known.add(id);
    list.append(...fresh.map((entry) => logRow(entry, false)));
    nextCursor = page.next_cursor ?? null;
    trim(how === 'more');
  }

  /** An entry that was just written. A story goes on at its end; otherwise the newest is on top. */
  function add(entry) {
    if (known.has(entry.id) || (isStory() && nextCursor)) return;
    known.add(entry.id);
    const row = logRow(entry, true);
    if (isStory()) {
      let before = list.lastElementChild;
      while (before && timeOf(before) > entry.time) before = before.previousElementSibling;
      if (before) before.after(row);
      else list.prepend(row);
    } else {
      list.prepend(row);
    }
    trim(isStory());
  }

  function trim(fromTop) {
    while (list.childElementCount > ROWS_MAX) {
      const gone = fromTop ? list.firstElementChild : list.lastElementChild;
      known.delete(gone.dataset.id);
      gone.remove();
    }
    byId('logs-empty').hidden = list.childElementCount > 0;
    more.hidden = !nextCursor;
    byId('logs-count').textContent = list.childElementCount
      ? `${list.childElementCount}${nextCursor ? '+' : ''} entries` : '';
  }

  /** Opens the tail anew, by the filters as they are; what it brings waits for the page. */
  async function follow() {
    unfollow();
    if (!isTailing || !isVisible || !context) return;
    early = [];
    const opened = context.hub.tailLogs(query());
    stream = opened;
    opened.addEventListener('event', ({ detail }) => {
      if (stream !== opened) return;
      if (early) early.push(detail);
      else add(detail);
    });
    opened.addEventListener('gap', () => {
      if (stream === opened) read('all');
    });
    opened.addEventListener('problem', ({ detail }) => {
      if (stream === opened && !context?.onProblem(detail)) {
        showProblem(byId('logs-problem'), detail);
      }
    });
    let before = '';
    await new Promise((resolve) => {
      opened.addEventListener('state', ({ detail }) => {
        resolve();
        // It began anew without a place to go on from: what came meanwhile is missing.
        if (stream === opened && before === 'connecting' && detail.state === 'live') read('all');
        before = detail.state;
      });
    });
  }

  function unfollow() {
    stream?.close();
    stream = null;
    early = null;
  }

  function clear() {
    list.replaceChildren();
    known.clear();
    nextCursor = null;
  }

  function readAll() {
    clearTimeout(typing);
    byId('logs-story').hidden = !isStory();
    list.dataset.story = String(isStory());
    if (context && isVisible) read('all');
  }

  function logRow(entry, isNew) {
    const { row, part } = fromTemplate('log-template');
    row.dataset.id = entry.id;
    row.dataset.level = entry.level;
    row.dataset.module = entry.module;
    row.dataset.type = entry.event_type ?? '';
    if (isNew) row.classList.add('fresh');
    part('time').textContent = clockTime(entry.time);
    part('time').dateTime = entry.time;
    part('.log-level').textContent = entry.level;
    part('.log-module').textContent = entry.module;
    part('.log-message').textContent = entry.message || entry.event_type;
    const body = part('.log-body');
    part('details').addEventListener('toggle', ({ target }) => {
      if (!target.open || body.firstChild) return;
      if (entry.trace_id && !isStory()) {
        const button = element('button', 'button small', 'Show its story');
        button.type = 'button';
        button.addEventListener('click', () => story(entry.trace_id));
        body.append(button);
      }
      const json = element('pre', 'event-json', ...jsonNodes(entry));
      json.tabIndex = 0;
      json.setAttribute('aria-label', 'The entry as JSON');
      body.append(json);
    });
    return row;
  }

  function story(trace) {
    for (const [name, input] of inputs) input.value = name === 'trace_id' ? trace : '';
    readAll();
  }

  function setTailing(value) {
    isTailing = value;
    tail.setAttribute('aria-pressed', String(value));
    if (value) readAll();
    else unfollow();
  }

  form.addEventListener('input', ({ target }) => {
    clearTimeout(typing);
    typing = setTimeout(readAll, target.tagName === 'SELECT' ? 0 : TYPING_MILLISECONDS);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    readAll();
  });
  byId('logs-clear').addEventListener('click', () => {
    story('');
    inputs[0][1].focus();
  });
  tail.addEventListener('click', () => setTailing(!isTailing));
  more.addEventListener('click', () => read('more'));

  return {
    start(started) {
      context = started;
    },
    stop() {
      clearTimeout(typing);
      unfollow();
      context = null;
      form.reset();
      clear();
    },
    reload: readAll,
    shown() {
      isVisible = true;
      readAll();
    },
    hidden() {
      isVisible = false;
      unfollow();
    },
    story,
  };
}

function timeOf(row) {
  return row.querySelector('time').dateTime;
}
