// The unified log: filters, one trace as a story (oldest first), and a live tail.
// The tail reads the newest entries again after events have come in, at most once every few
// seconds, so that watching costs a few requests and an idle hub none.

import { retryLater } from '../records.js';
import { clockTime } from '../words.js';
import { byId, element, fromTemplate, showProblem } from './dom.js';
import { jsonNodes } from './json.js';

const PAGE = 50;
const STORY_PAGE = 200;
const ROWS_MAX = 500;
const TYPING_MILLISECONDS = 300;
const TAIL_WAIT_MILLISECONDS = 600;
const TAIL_SPACE_MILLISECONDS = 3_000;
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
  let tailing;
  let lastReadAt = 0;

  const query = () => Object.fromEntries(inputs.map(([name, input]) => [name, input.value.trim()]));
  const isStory = () => query().trace_id !== '';

  async function read(how, attempt = 0) {
    const asked = context;
    const mine = ++turn;
    lastReadAt = Date.now();
    const cursor = how === 'more' ? nextCursor : undefined;
    try {
      const page = await asked.hub.listLogs({
        ...query(), limit: isStory() ? STORY_PAGE : PAGE, cursor,
      });
      if (asked.isOver || mine !== turn) return;
      showProblem(byId('logs-problem'), null);
      take(page, how);
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
    // A page of nothing but news doesn't reach what is shown: between them would be a hole.
    const isCutOff = how === 'tail' && !isStory() && page.next_cursor && known.size > 0
      && page.data.every(({ id }) => !known.has(id));
    if (how === 'all' || isCutOff) clear();
    const fresh = page.data.filter(({ id }) => !known.has(id));
    const rows = fresh.map((entry) => logRow(entry, how === 'tail'));
    for (const { id } of fresh) known.add(id);
    // A story goes on at its end; otherwise the newest are on top.
    if (how === 'tail' && !isStory()) list.prepend(...rows);
    else list.append(...rows);
    if (how !== 'tail' || isStory() || isCutOff) nextCursor = page.next_cursor ?? null;
    while (list.childElementCount > ROWS_MAX) {
      const gone = how === 'more' ? list.firstElementChild : list.lastElementChild;
      known.delete(gone.dataset.id);
      gone.remove();
    }
    byId('logs-empty').hidden = list.childElementCount > 0;
    more.hidden = !nextCursor;
    byId('logs-count').textContent = list.childElementCount
      ? `${list.childElementCount}${nextCursor ? '+' : ''} entries` : '';
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
    if (value && context && isVisible) read('tail');
    else clearTimeout(tailing);
    if (!value) tailing = undefined;
  }

  /** What happened is logged a moment later: wait for it, and never ask in a hurry. */
  function tailSoon() {
    if (!isTailing || !isVisible || document.hidden || tailing) return;
    const space = lastReadAt + TAIL_SPACE_MILLISECONDS - Date.now();
    tailing = setTimeout(() => {
      tailing = undefined;
      if (context && isVisible && isTailing) read('tail');
    }, Math.max(TAIL_WAIT_MILLISECONDS, space));
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
      context.tab.stream.addEventListener('event', tailSoon);
    },
    stop() {
      clearTimeout(typing);
      clearTimeout(tailing);
      tailing = undefined;
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
      clearTimeout(tailing);
      tailing = undefined;
    },
    story,
  };
}
