// The inbox: notifications for whoever is signed in, the unread ones counted on the bell.

import { shortId, subjectName } from '../steps.js';
import { distance } from '../words.js';
import { actButton, byId, fromTemplate, keepRows, showProblem } from './dom.js';

const ROWS_MAX = 200;
const UUID = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const AGES_REFRESH_MILLISECONDS = 15_000;

/** Shows the notifications; the bell in the bar opens them by `onOpen`. */
export function mainInbox({ records, onOpen }) {
  const list = byId('inbox-list');
  const bell = byId('inbox-bell');
  const readAll = byId('inbox-read-all');
  let isVisible = false;
  let context = null;
  let changeProblem = null;
  let timer;

  const isUnread = ({ state }) => state === 'unseen' || state === 'seen';

  function draw() {
    const all = records.notifications.newest().filter((one) =>
      one.state !== 'archived');
    const unread = all.filter(isUnread).length;
    for (const id of ['inbox-unread', 'inbox-count']) {
      byId(id).textContent = unread > 99 ? '99+' : String(unread);
      byId(id).hidden = unread === 0;
    }
    bell.dataset.unread = String(unread);
    bell.setAttribute('aria-label', unread ? `Inbox, ${unread} unread` : 'Inbox');
    readAll.disabled = unread === 0;
    if (!isVisible) return;
    keepRows(list, all.slice(0, ROWS_MAX), {
      id: ({ id }) => id,
      stamp: (one) => `${isUnread(one)} ${subjectName(records, one.subject)}`,
      make: row,
    });
    byId('inbox-empty').hidden = all.length > 0;
    showProblem(byId('inbox-problem'), changeProblem ?? records.notifications.problem);
    showAges();
  }

  function showAges() {
    for (const time of list.querySelectorAll('time')) time.textContent = distance(time.dateTime);
  }

  function row(one) {
    const { row: made, part } = fromTemplate('notification-template');
    const unread = isUnread(one);
    made.dataset.unread = String(unread);
    part('.notification-title').textContent = one.title ?? one.category ?? 'Notification';
    // Ids in a text are for programs; a person knows a record by its end.
    const text = one.body?.replace(UUID, (id) => `…${shortId(id)}`);
    part('.notification-body').textContent = [text, one.subject
      ? subjectName(records, one.subject) : ''].filter(Boolean).join(' · ');
    part('.unread-mark').hidden = !unread;
    part('time').dateTime = one.created_at ?? '';
    const moves = part('.notification-moves');
    if (unread) moves.append(actButton('read', 'Mark read', () => set([one], 'read')));
    moves.append(actButton('archived', 'Archive', () => set([one], 'archived')));
    for (const button of moves.children) {
      button.setAttribute('aria-label', `${button.textContent}: ${one.title ?? ''}`);
    }
    return made;
  }

  /** One after the other: a full inbox at once would be a flood of requests. */
  async function set(some, state) {
    const asked = context;
    changeProblem = null;
    readAll.disabled = true;
    for (const one of some) {
      try {
        const changed = await asked.hub.updateNotification(one.id, { state });
        if (asked.isOver) return;
        records.notifications.take({ ...one, state, ...changed });
      } catch (problem) {
        if (asked.isOver || asked.onProblem(problem)) return;
        changeProblem = problem;
        break;
      }
    }
    draw();
  }

  bell.addEventListener('click', onOpen);
  readAll.addEventListener('click', () => {
    set(records.notifications.newest().filter(isUnread), 'read');
  });
  records.notifications.addEventListener('change', draw);

  return {
    start(started) {
      context = started;
      timer = setInterval(showAges, AGES_REFRESH_MILLISECONDS);
      bell.hidden = false;
    },
    stop() {
      clearInterval(timer);
      context = null;
      changeProblem = null;
      bell.hidden = true;
      list.replaceChildren();
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
