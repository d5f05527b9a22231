// The dashboard's entry: who is signed in, and which panels follow the tab's stream.
// Read it top to bottom; each panel is one `main…()` in panels/, told to start and stop here.

import { Hub } from './client/hub.js';
import { openTabStream } from './stream.js';
import { mainConnection } from './panels/connection.js';
import { mainFeed } from './panels/feed.js';
import { mainLeadForm } from './panels/lead-form.js';
import { mainLeads } from './panels/leads.js';
import { mainSession } from './panels/session.js';

const leads = mainLeads();
const panels = [
  mainFeed(),
  leads,
  mainLeadForm({ onCreated: leads.show, onSignedOut: (problem) => session.end(problem) }),
  mainConnection({ onReload: () => panels.forEach((panel) => panel.reload?.()) }),
];

/** @type {ReturnType<typeof openTabStream> | null} */
let tab = null;

const session = mainSession({
  onSignIn(token) {
    const hub = new Hub({ token });
    tab = openTabStream(hub);
    tab.stream.addEventListener('problem', ({ detail }) => session.end(detail));
    const onProblem = (problem) => session.endIfRefused(problem);
    for (const panel of panels) panel.start({ hub, tab, onProblem });
  },
  onSignOut() {
    tab?.close();
    tab = null;
    for (const panel of panels) panel.stop();
  },
});

session.begin();
