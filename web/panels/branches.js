// The four branches of a reported event, read again until none of them is pending.

import { element } from './dom.js';

const NAMES = { compliance: 'Compliance', rl: 'RL score', workflow: 'Workflow', log: 'Log' };
/** Milliseconds between two looks; after the last one the event is left to itself. */
const LOOKS = [150, 400, 800, 1_500, 3_000, 6_000, 12_000];

/** A list that follows the branches of the event `id` until `stop()`. */
export function followBranches(context, id) {
  const node = element('ul', 'branches');
  node.setAttribute('aria-label', 'Branches');
  let isStopped = false;

  function show(branches) {
    node.replaceChildren(...Object.entries(NAMES).map(([name, title]) => {
      const { state = 'pending', result = null } = branches[name] ?? {};
      const row = element('li', 'branch', element('b', '', title), element('span', '', state));
      row.dataset.branch = name;
      row.dataset.state = state;
      const found = result?.score ?? result?.effect ?? result?.reason;
      if (typeof found === 'number') row.append(element('span', 'found', found.toFixed(2)));
      else if (typeof found === 'string') row.append(element('span', 'found', found));
      return row;
    }));
  }

  async function follow() {
    for (const milliseconds of LOOKS) {
      await new Promise((done) => setTimeout(done, milliseconds));
      if (isStopped || context.isOver) return;
      try {
        const { branches = {} } = await context.hub.reportedEvent(id);
        if (isStopped) return;
        show(branches);
        const states = Object.keys(NAMES).map((name) => branches[name]?.state ?? 'pending');
        if (!states.includes('pending')) return;
      } catch (problem) {
        if (context.onProblem(problem) || !problem.isTransient) return;
      }
    }
  }

  show({});
  follow();
  return {
    node,
    stop() {
      isStopped = true;
    },
  };
}
