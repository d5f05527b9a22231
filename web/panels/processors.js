// The processors: where each stands in the log, how far behind, and what it could not take.
// Read again every few seconds while the view is open; a dead letter can be replayed.

import { duration } from '../stream.js';
import { distance, words } from '../words.js';
import { actButton, byId, fromTemplate, keepRows, showProblem } from './dom.js';
import { jsonNodes } from './json.js';

const REFRESH_MILLISECONDS = 8_000;
const REPLAY_MILLISECONDS = 1_500;

/** Shows the processors and their dead letters. */
export function mainProcessors() {
  const list = byId('processors-list');
  const letters = byId('dead-letters-list');
  let isVisible = false;
  let context = null;
  let timer;
  let letterCount = -1;

  async function read({ isFull = false } = {}) {
    const asked = context;
    try {
      const page = await asked.hub.listProcessors();
      if (asked.isOver) return;
      const here = new Map((page.this_instance ?? []).map((one) => [one.name, one]));
      const processors = page.data.map((one) => figures(one, here.get(one.name)));
      drawProcessors(processors);
      const count = processors.reduce((sum, one) => sum + one.deadLetters, 0);
      if (isFull || count !== letterCount) await readLetters(asked);
      letterCount = count;
      showProblem(byId('processors-problem'), null);
    } catch (problem) {
      if (!asked.isOver && !asked.onProblem(problem)) {
        showProblem(byId('processors-problem'), problem);
      }
    }
  }

  async function readLetters(asked) {
    const page = await asked.hub.listDeadLetters({ limit: 50 });
    if (asked.isOver) return;
    keepRows(letters, page.data, {
      id: ({ id }) => String(id), stamp: (one) => JSON.stringify(one), make: letterRow,
    });
    byId('dead-letters-empty').hidden = page.data.length > 0;
    const open = page.data.filter(isWaiting).length;
    byId('dead-letters-count').textContent = open ? `${open} waiting` : '';
  }

  function drawProcessors(processors) {
    byId('processors-empty').hidden = processors.length > 0;
    keepRows(list, processors, {
      id: ({ name }) => name, stamp: (one) => JSON.stringify(one), make: processorRow,
    });
  }

  function processorRow(one) {
    const { row, part } = fromTemplate('processor-template');
    const state = one.deadLetters > 0 ? 'failing'
      : one.lag > 100 || one.lagSeconds > 10 ? 'behind' : 'level';
    row.dataset.state = state;
    row.dataset.processor = one.name;
    part('.processor-name').textContent = nameOf(one.name);
    part('.processor-state').textContent = {
      failing: 'has dead letters', behind: 'behind', level: 'up to date',
    }[state];
    const seconds = one.lagSeconds >= 1 ? ` · ${duration(one.lagSeconds * 1_000)}` : '';
    part('.processor-lag').textContent = `${one.lag.toLocaleString()}${seconds}`;
    part('.processor-cursor').textContent = one.cursor === '' ? '–' : `#${one.cursor}`;
    part('.processor-steps').textContent = one.steps === undefined
      ? '–' : one.steps.toLocaleString();
    part('.processor-failures').textContent = one.failures.toLocaleString();
    part('.processor-dead').textContent = one.deadLetters.toLocaleString();
    part('.processor-holder').textContent = one.holder || 'nobody';
    return row;
  }

  function letterRow(one) {
    const { row, part } = fromTemplate('dead-letter-template');
    const waits = isWaiting(one);
    const name = nameOf(one.processor);
    row.dataset.waiting = String(waits);
    part('.letter-name').textContent = name;
    part('.letter-position').textContent = `#${one.position}`;
    part('.letter-reason').textContent = one.reason ?? '';
    part('.letter-when').textContent = waits
      ? distance(one.created_at) : `${one.state} ${distance(one.updated_at)}`;
    const body = part('.letter-body');
    part('details').addEventListener('toggle', ({ target }) => {
      if (target.open && !body.firstChild) body.append(...jsonNodes(one));
    });
    if (waits) {
      const button = actButton('replay', 'Replay', () => replay(one, button));
      button.setAttribute('aria-label', `Replay for ${name}`);
      part('.letter-end').append(button);
    }
    return row;
  }

  async function replay(one, button) {
    const asked = context;
    button.disabled = true;
    try {
      await asked.hub.replayDeadLetter(String(one.id));
      if (!asked.isOver) await read({ isFull: true });
      // Its processor comes to it in a moment.
      setTimeout(() => {
        if (!asked.isOver && isVisible) read({ isFull: true });
      }, REPLAY_MILLISECONDS);
    } catch (problem) {
      if (asked.isOver || asked.onProblem(problem)) return;
      showProblem(byId('processors-problem'), problem);
    } finally {
      button.disabled = false;
    }
  }

  byId('processors-reload').addEventListener('click', () => read({ isFull: true }));

  return {
    start(started) {
      context = started;
    },
    stop() {
      clearInterval(timer);
      context = null;
      letterCount = -1;
      list.replaceChildren();
      letters.replaceChildren();
    },
    reload() {
      if (isVisible) read({ isFull: true });
    },
    shown() {
      isVisible = true;
      read({ isFull: true });
      timer = setInterval(() => {
        if (!document.hidden) read();
      }, REFRESH_MILLISECONDS);
    },
    hidden() {
      isVisible = false;
      clearInterval(timer);
    },
  };
}

function nameOf(processor) {
  return processor === 'rl' ? 'RL' : words(processor);
}

function isWaiting({ state }) {
  return state === 'waiting';
}

/** What is shown of a processor: its row, and what this instance has counted of it. */
function figures(one, here) {
  return {
    name: one.name,
    cursor: String(one.cursor ?? ''),
    lag: Number(one.lag?.positions) || 0,
    lagSeconds: Number(one.lag?.seconds) || 0,
    steps: here?.steps ?? one.steps,
    failures: Number(here?.failures ?? one.failures) || 0,
    deadLetters: Number(one.dead_letters) || 0,
    holder: one.holder ?? '',
  };
}
