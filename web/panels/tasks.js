// Tasks: what is open first, overdue ones marked, each with the moves it may make.

import { MOVES, moveRecord } from '../moves.js';
import { statusChip, subjectName } from '../steps.js';
import { distance, words } from '../words.js';
import { actButton, byId, element, fromTemplate, keepRows, showProblem } from './dom.js';

const ROWS_MAX = 200;
const AGES_REFRESH_MILLISECONDS = 15_000;
const URGENCY = { urgent: 0, high: 1, normal: 2, low: 3 };

/** Shows the task list and the number of open ones on its tab. */
export function mainTasks({ records }) {
  const list = byId('tasks-list');
  const problemLine = byId('tasks-problem');
  const switches = [...byId('tasks').querySelectorAll('[data-show]')];
  let shown = 'open';
  let isVisible = false;
  let context = null;
  let moveProblem = null;
  let timer;

  const isOpen = ({ status }) => status === 'open' || status === 'in_progress';

  function draw() {
    const all = records.tasks.newest();
    const open = all.filter(isOpen);
    const count = byId('tasks-open');
    count.textContent = open.length ? `${open.length}${records.tasks.isMore ? '+' : ''}` : '';
    count.hidden = open.length === 0;
    if (!isVisible) return;
    const rows = (shown === 'open' ? open.sort(byUrgency) : all).slice(0, ROWS_MAX);
    keepRows(list, rows, {
      id: ({ id }) => id,
      stamp: (task) => JSON.stringify([task.version, task.status,
        subjectName(records, task.subject)]),
      make: taskRow,
    });
    byId('tasks-empty').hidden = rows.length > 0;
    byId('tasks-empty').textContent = shown === 'open'
      ? 'Nothing to do.' : 'No tasks yet. Rules make them when a lead or an order comes in.';
    showProblem(problemLine, moveProblem ?? records.tasks.problem);
    showDues();
  }

  function showDues() {
    for (const time of list.querySelectorAll('time')) {
      const isLate = time.dataset.open === 'true' && Date.parse(time.dateTime) < Date.now();
      time.dataset.late = String(isLate);
      const away = distance(time.dateTime);
      time.textContent = isLate ? `overdue by ${away.replace(' ago', '')}` : `due ${away}`;
    }
  }

  function taskRow(task) {
    const { row, part } = fromTemplate('task-template');
    row.dataset.status = task.status;
    row.dataset.priority = task.priority ?? 'normal';
    part('.task-title').textContent = task.title;
    const note = [
      task.subject ? subjectName(records, task.subject) : '',
      task.assignee ? `for ${task.assignee}` : '',
      task.origin?.rule ? `by rule ${words(task.origin.rule)}` : '',
    ].filter(Boolean).join(' · ');
    part('.task-note').textContent = note;
    if (task.due) {
      const due = element('time', 'task-due');
      due.dateTime = task.due;
      due.title = new Date(task.due).toLocaleString();
      due.dataset.open = String(isOpen(task));
      part('.task-side').append(due);
    }
    if (task.priority && task.priority !== 'normal') {
      part('.task-side').append(statusChip(task.priority));
    }
    part('.task-side').append(statusChip(task.status));
    const moves = MOVES.tasks.next[task.status] ?? [];
    part('.task-moves').append(...moves.map((to) => {
      const button = actButton(to, MOVES.tasks.verbs[to], () => move(task, to));
      button.setAttribute('aria-label', `${MOVES.tasks.verbs[to]}: ${task.title}`);
      return button;
    }));
    return row;
  }

  async function move(task, to) {
    const asked = context;
    moveProblem = null;
    try {
      const changed = await moveRecord(asked.hub, 'tasks', task, to);
      if (!asked.isOver) records.tasks.take(changed);
    } catch (problem) {
      if (asked.isOver || asked.onProblem(problem)) return;
      moveProblem = problem;
      if (problem.status === 412) records.tasks.load(asked);
    }
    draw();
  }

  for (const one of switches) {
    one.addEventListener('click', () => {
      shown = one.dataset.show;
      for (const other of switches) other.setAttribute('aria-pressed', String(other === one));
      draw();
    });
  }
  records.tasks.addEventListener('change', draw);

  return {
    start(started) {
      context = started;
      timer = setInterval(showDues, AGES_REFRESH_MILLISECONDS);
    },
    stop() {
      clearInterval(timer);
      context = null;
      moveProblem = null;
      list.replaceChildren();
      byId('tasks-open').hidden = true;
    },
    shown() {
      isVisible = true;
      draw();
    },
    hidden() {
      isVisible = false;
    },
  };
}

/** Under way first, then the urgent, then what is due soonest. */
function byUrgency(a, b) {
  const rank = (task) => (task.status === 'in_progress' ? 0 : 1);
  return rank(a) - rank(b)
    || (URGENCY[a.priority] ?? 2) - (URGENCY[b.priority] ?? 2)
    || (Date.parse(a.due) || Infinity) - (Date.parse(b.due) || Infinity)
    || (a.id < b.id ? 1 : -1);
}
