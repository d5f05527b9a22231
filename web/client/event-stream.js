// @ts-check
// What the client knows of event streams, and of problems, which both halves of it report.
//   SseParser    bytes → frames, as the WHATWG HTML standard reads an event stream
//   EventCursor  which events are new: drops repeats by position within one epoch
//   EventStream  a stream that outlives cuts, sleep and restarts without loss or repetition
// Import all of it from hub.js.

/** Silence after which a connection counts as dead. The hub speaks at least every 15 s. */
export const SILENCE_SECONDS_MAX = 40;
/** Silence after which the data counts as stale though the connection is still open. */
export const SILENCE_SECONDS_STALE = 20;
/** A replay that reaches no known head is over when this long passes without an event. */
const REPLAY_QUIET_MILLISECONDS = 1_500;
/** A connection that caught up or lived this long was a good one: backoff starts afresh. */
const STEADY_MILLISECONDS = 1_000;
const BACKOFF_MILLISECONDS_MAX = 15_000;
const RETRY_MILLISECONDS_DEFAULT = 1_000;
const RETRY_MILLISECONDS_MAX = 60_000;
/** No event comes near this; beyond it the other end isn't a hub. */
const LINE_CHARACTERS_MAX = 16 * 1024 * 1024;

/** Anything the hub refused, or that kept a request from reaching it (`status` 0). */
export class HubProblem extends Error {
  constructor(/** @type {Record<string, any>} */ body) {
    super(body.detail || body.title || `HTTP ${body.status}`);
    this.name = 'HubProblem';
    this.status = Number(body.status) || 0;
    this.code = String(body.code || '');
    this.type = String(body.type || 'about:blank');
    this.title = String(body.title || (this.status ? `HTTP ${this.status}` : 'No connection'));
    this.detail = String(body.detail || '');
    this.traceId = String(body.trace_id || '');
    this.retryAfterSeconds = Number(body.retry_after_seconds) || 0;
    this.body = body;
  }

  /** The fields at fault: name → what is wrong with it. Accepts names and JSON pointers. */
  get fields() {
    /** @type {Record<string, string>} */
    const fields = {};
    const name = (/** @type {unknown} */ value) => String(value).replace(/^[#/]+/, '');
    const list = Array.isArray(this.body.errors) ? this.body.errors : [];
    for (const error of list) {
      fields[name(error.field ?? error.pointer ?? '')] = String(error.detail ?? this.message);
    }
    const single = this.body.field ?? this.body.pointer;
    if (typeof single === 'string' && !(name(single) in fields)) {
      fields[name(single)] = this.detail || this.title;
    }
    return fields;
  }

  /** True when the request may have been carried out or may be repeated as it stands. */
  get isTransient() {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }

  /** True when this token can't open anything any more: expired, revoked or never valid. */
  get needsSignIn() {
    return this.status === 401 || /^token_/.test(this.code);
  }
}

/** Splits an id into its epoch and position; null for anything that isn't one. `0` has no epoch. */
export function parseId(/** @type {string | null | undefined} */ id) {
  if (id === '0') return { epoch: '', position: 0n };
  const match = /^([0-9a-f]{8})-(0|[1-9][0-9]{0,18})$/.exec(id ?? '');
  return match ? { epoch: match[1], position: BigInt(match[2]) } : null;
}

/** Milliseconds to wait before attempt number `attempt` (0 is the first after a cut). */
export function backoffMilliseconds(
  /** @type {number} */ attempt,
  /** @type {number} */ base,
  random = Math.random,
) {
  const max = Math.max(BACKOFF_MILLISECONDS_MAX, base);
  const ceiling = Math.min(base * 2 ** Math.min(attempt, 16), max);
  return Math.round(ceiling * (0.5 + random() / 2));
}

/** Reads an event stream however it is cut into chunks. */
export class SseParser {
  #decoder = new TextDecoder('utf-8');
  #line = '';
  #skipLineFeed = false;
  #event = '';
  #data = '';
  #hasData = false;
  #id = '';
  #idSeen = false;

  /**
   * Takes the next bytes and returns the frames they complete. An unfinished frame waits for
   * its blank line; if the stream ends first it is dropped, as the standard asks.
   */
  push(/** @type {Uint8Array} */ bytes) {
    /** @type {import('./hub.js').SseFrame[]} */
    const frames = [];
    const text = this.#decoder.decode(bytes, { stream: true });
    let start = 0;
    if (this.#skipLineFeed && text.length > 0) {
      if (text[0] === '\n') start = 1;
      this.#skipLineFeed = false;
    }
    const lineEnd = /\r\n|\r|\n/g;
    lineEnd.lastIndex = start;
    for (let match = lineEnd.exec(text); match; match = lineEnd.exec(text)) {
      const line = this.#line + text.slice(start, match.index);
      this.#line = '';
      start = lineEnd.lastIndex;
      this.#skipLineFeed = match[0] === '\r' && start === text.length;
      this.#take(line, frames);
    }
    this.#line += text.slice(start);
    if (this.#line.length > LINE_CHARACTERS_MAX) throw new RangeError('event stream line too long');
    return frames;
  }

  #take(/** @type {string} */ line, /** @type {import('./hub.js').SseFrame[]} */ frames) {
    if (line === '') return this.#dispatch(frames);
    const colon = line.indexOf(':');
    if (colon === 0) return void frames.push({ kind: 'comment', text: line.slice(1).trimStart() });
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    switch (field) {
      case 'event':
        this.#event = value;
        break;
      case 'data':
        this.#data += `${value}\n`;
        this.#hasData = true;
        break;
      case 'id':
        if (value.includes('\0')) break;
        this.#id = value;
        this.#idSeen = true;
        break;
      case 'retry':
        if (/^[0-9]+$/.test(value)) frames.push({ kind: 'retry', milliseconds: Number(value) });
        break;
    }
  }

  #dispatch(/** @type {import('./hub.js').SseFrame[]} */ frames) {
    if (this.#hasData) {
      const data = this.#data.slice(0, -1);
      frames.push({ kind: 'event', event: this.#event || 'message', data, id: this.#id });
    } else if (this.#idSeen) {
      frames.push({ kind: 'id', id: this.#id });
    }
    this.#event = '';
    this.#data = '';
    this.#hasData = false;
    this.#idSeen = false;
  }
}

/** The place in the log up to which everything was delivered, each event once. */
export class EventCursor {
  #last = '';
  #parsed = parseId('');

  /** The id to resume after; '' before anything is known. */
  get last() {
    return this.#last;
  }

  /** Moves to `id` and says whether that was a step forward; false means a repeat. */
  advance(/** @type {string} */ id) {
    const next = parseId(id);
    if (!next) return true;
    if (this.#parsed) {
      if (next.epoch === '') return false;
      if (this.#parsed.epoch === next.epoch && next.position <= this.#parsed.position) return false;
    }
    this.#last = id;
    this.#parsed = next;
    return true;
  }

  /** Goes to `id` wherever it lies: after a gap the hub says where the stream continues. */
  reset(/** @type {string} */ id) {
    const next = parseId(id);
    if (!next) return;
    this.#last = id;
    this.#parsed = next;
  }

  /** True when nothing up to `head` is missing; false while the two can't be compared. */
  hasReached(/** @type {string} */ head) {
    const target = parseId(head);
    if (!target || !this.#parsed) return false;
    if (target.epoch === '') return true;
    return this.#parsed.epoch === target.epoch && this.#parsed.position >= target.position;
  }
}

/**
 * Events from the hub, in order, each once, for as long as it is open.
 * Dispatches `history`, `event`, `gap`, `state` and `problem` (CustomEvents, see hub.d.ts).
 */
export class EventStream extends EventTarget {
  /** @type {import('./hub.js').StreamState} */
  state = 'connecting';
  /** Events delivered since the stream was opened, history not counted. */
  delivered = 0;
  /** `Date.now()` of the last byte from the hub, 0 before the first. */
  lastHeardAt = 0;
  /** Whether the latest attempt got an answer of any kind. */
  isReachable = true;
  /** `Date.now()` at which the next attempt starts; 0 when none is scheduled. */
  nextAttemptAt = 0;
  #hub;
  #options;
  #cursor = new EventCursor();
  #failures = 0;
  #retry = RETRY_MILLISECONDS_DEFAULT;
  #head = '';
  #closed = false;
  /** @type {AbortController | null} */
  #connection = null;
  /** @type {(() => void) | null} */
  #wake = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #quiet;
  /** @type {ReturnType<typeof setInterval>} */
  #watch;

  constructor(
    /** @type {import('./hub.js').Hub} */ hub,
    /** @type {import('./hub.js').StreamOptions} */ options = {},
  ) {
    super();
    this.#hub = hub;
    this.#options = { path: '/events', historyLimit: 0, random: Math.random, ...options };
    if (options.after) this.#cursor.reset(options.after);
    this.#watch = setInterval(() => this.#checkSilence(), 1_000);
    // Node: an idle watch alone shouldn't keep a program alive.
    /** @type {any} */ (this.#watch).unref?.();
    queueMicrotask(() => this.#run());
  }

  /** The id of the last event delivered, '' before the first. */
  get lastId() {
    return this.#cursor.last;
  }

  /**
   * Checks the connection now instead of at the next timer. Call it when the machine wakes or
   * the network returns: timers stood still meanwhile, and a socket may be dead unnoticed.
   */
  check() {
    if (this.#wake || this.#silenceSeconds() > SILENCE_SECONDS_STALE) this.reconnect();
  }

  /** Drops the connection and opens the next one at once; nothing is lost in between. */
  reconnect() {
    // What failed before says nothing about a network that has just come back.
    this.#failures = 0;
    if (this.#wake) this.#wake();
    else this.#connection?.abort();
  }

  /** Ends the stream for good. */
  close() {
    this.#end('closed');
  }

  async #run() {
    while (!this.#closed) {
      const startedAt = Date.now();
      /** @type {HubProblem | null} */
      let problem = null;
      const connection = new AbortController();
      this.#connection = connection;
      try {
        await this.#connect(connection.signal);
      } catch (error) {
        problem = asProblem(error);
      }
      this.#connection = null;
      clearTimeout(this.#quiet);
      if (this.#closed) return;
      this.isReachable = this.state !== 'connecting' || (problem?.status ?? 0) > 0;
      const wasConnected = this.state !== 'connecting' && this.state !== 'waiting';
      // A token that ran out under way is no end while the session goes on.
      if (wasConnected && problem?.needsSignIn && await this.#hub.renew()) {
        if (this.#closed) return;
        this.#setState('connecting');
        continue;
      }
      if (problem && isFinal(problem)) return this.#end('ended', problem);
      const wasCaughtUp = this.state === 'live' && !problem?.status;
      const wasSteady = wasConnected
        && (wasCaughtUp || Date.now() - startedAt >= STEADY_MILLISECONDS);
      this.#failures = wasSteady ? 0 : this.#failures + 1;
      // Silence was noticed by us, so the hub isn't refusing anybody: go at once.
      if (connection.signal.aborted && this.#failures <= 1) {
        this.#setState('connecting');
        continue;
      }
      await this.#wait(problem);
    }
  }

  async #wait(/** @type {HubProblem | null} */ problem) {
    const attempt = Math.max(0, this.#failures - 1);
    const milliseconds = Math.max(
      backoffMilliseconds(attempt, this.#retry, this.#options.random),
      (problem?.retryAfterSeconds ?? 0) * 1_000,
    );
    this.nextAttemptAt = Date.now() + milliseconds;
    this.#setState('waiting', problem);
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
    this.#wake = null;
    this.nextAttemptAt = 0;
    if (!this.#closed) this.#setState('connecting');
  }

  async #connect(/** @type {AbortSignal} */ signal) {
    this.lastHeardAt = Date.now();
    if (!this.lastId && this.#options.historyLimit) await this.#loadHistory(signal);
    const after = this.lastId;
    const response = await this.#hub.open(this.#options.path, {
      signal,
      query: { ...this.#options.query, after },
      headers: {
        Accept: 'text/event-stream',
        ...(after ? { 'Last-Event-ID': after } : {}),
      },
    });
    if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) {
      response.body?.cancel().catch(() => {});
      throw new HubProblem({ status: 502, title: 'Not an event stream' });
    }
    this.#heard();
    this.#setState(after ? 'replaying' : 'live');
    this.#head = '';
    if (after) {
      this.#armQuiet();
      if (this.#options.path === '/events') this.#askHead(signal);
    }
    await this.#read(response.body.getReader(), signal);
  }

  async #read(
    /** @type {ReadableStreamDefaultReader<Uint8Array>} */ reader,
    /** @type {AbortSignal} */ signal,
  ) {
    const parser = new SseParser();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || signal.aborted) return;
        this.#heard();
        for (const frame of parser.push(value)) this.#take(frame);
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  }

  #take(/** @type {import('./hub.js').SseFrame} */ frame) {
    switch (frame.kind) {
      case 'retry':
        this.#retry = Math.min(frame.milliseconds, RETRY_MILLISECONDS_MAX);
        return;
      case 'id':
        this.#cursor.advance(frame.id);
        break;
      case 'event':
        if (frame.event === 'problem') throw new HubProblem(JSON.parse(frame.data));
        if (frame.event === 'gap') {
          this.#cursor.reset(frame.id);
          this.#emit('gap', JSON.parse(frame.data));
        } else if (this.#cursor.advance(frame.id)) {
          this.delivered += 1;
          if (this.state === 'replaying') this.#armQuiet();
          this.#emit('event', JSON.parse(frame.data));
        }
        break;
    }
    if (this.state === 'replaying' && this.#head && this.#cursor.hasReached(this.#head)) {
      this.#setState('live');
    }
  }

  async #loadHistory(/** @type {AbortSignal} */ signal) {
    const limit = this.#options.historyLimit;
    const page = await this.#hub.history({ ...this.#options.query, limit }, { signal });
    this.#cursor.reset(page.head ?? '0');
    this.#emit('history', page);
  }

  /** Where the log ended when the stream opened: reaching it means the replay is over. */
  async #askHead(/** @type {AbortSignal} */ signal) {
    try {
      const { head } = await this.#hub.history({ limit: 1 }, { signal });
      if (signal.aborted || this.state !== 'replaying') return;
      this.#head = head ?? '';
      if (this.#head && this.#cursor.hasReached(this.#head)) this.#setState('live');
    } catch {
      // The quiet timer decides instead; the stream itself reports what is wrong with it.
    }
  }

  #armQuiet() {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      if (this.state === 'replaying') this.#setState('live');
    }, REPLAY_QUIET_MILLISECONDS);
  }

  #heard() {
    this.lastHeardAt = Date.now();
    if (this.state === 'stale') this.#setState('live');
  }

  #silenceSeconds() {
    return this.#connection ? (Date.now() - this.lastHeardAt) / 1_000 : 0;
  }

  #checkSilence() {
    const seconds = this.#silenceSeconds();
    if (seconds > SILENCE_SECONDS_MAX) this.#connection?.abort();
    else if (seconds > SILENCE_SECONDS_STALE && this.state === 'live') this.#setState('stale');
  }

  #end(
    /** @type {'closed' | 'ended'} */ state,
    /** @type {HubProblem | null} */ problem = null,
  ) {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#quiet);
    this.#connection?.abort();
    this.#wake?.();
    this.#setState(state, problem);
    if (problem) this.#emit('problem', problem);
  }

  #setState(
    /** @type {import('./hub.js').StreamState} */ state,
    /** @type {HubProblem | null} */ problem = null,
  ) {
    if (this.state === state && !problem) return;
    this.state = state;
    this.#emit('state', { state, problem, failures: this.#failures });
  }

  #emit(/** @type {string} */ type, /** @type {unknown} */ detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Refusals that the same request would meet again, so that trying again is no use. */
function isFinal(/** @type {HubProblem} */ problem) {
  if (problem.needsSignIn) return true;
  return problem.status >= 400 && problem.status < 500 && ![408, 425, 429].includes(problem.status)
    && problem.code !== 'too_slow';
}

/** The problem that `error` is, or the one of not reaching the hub. */
export function asProblem(/** @type {unknown} */ error) {
  if (error instanceof HubProblem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new HubProblem({ status: 0, title: 'The hub could not be reached', detail });
}
