// The one event stream of this tab, shared by its panels.
// hub.js keeps the stream whole; this file adds what only a page knows: when it wakes from
// sleep, when the network returns, and how to say in words how fresh the data is.

/** @typedef {'live' | 'replaying' | 'stale' | 'offline' | 'signed-out'} BadgeState */

const HISTORY_LIMIT = 50;

/** Opens the stream and keeps it honest across sleep; `close()` ends both. */
export function openTabStream(/** @type {import('./client/hub.js').Hub} */ hub) {
  const stream = hub.stream({ historyLimit: HISTORY_LIMIT });
  const page = new AbortController();
  const options = { signal: page.signal };
  let lastEventAt = 0;

  const wake = () => {
    if (document.visibilityState === 'visible') stream.check();
  };
  document.addEventListener('visibilitychange', wake, options);
  document.addEventListener('resume', wake, options);
  addEventListener('pageshow', wake, options);
  addEventListener('online', () => stream.reconnect(), options);

  stream.addEventListener('history', ({ detail }) => {
    for (const event of detail.data) {
      lastEventAt = Math.max(lastEventAt, Date.parse(event.time) || 0);
    }
  });
  stream.addEventListener('event', () => {
    lastEventAt = Date.now();
  });

  return {
    stream,
    /** When the newest event happened or arrived, `Date.now()` based; 0 before the first. */
    lastEventAt: () => lastEventAt,
    close() {
      page.abort();
      stream.close();
    },
  };
}

/** What the badge shows for a stream's state. */
export function badgeState(/** @type {import('./client/hub.js').EventStream} */ stream) {
  if (stream.state === 'ended' || stream.state === 'closed') return 'signed-out';
  if (!navigator.onLine) return 'offline';
  if (stream.state === 'live' || stream.state === 'replaying') return stream.state;
  return stream.isReachable ? 'stale' : 'offline';
}

/** A length of time in the words of a badge: `12 s`, `3 min`, `2 h`, `4 d`. */
export function duration(/** @type {number} */ milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
