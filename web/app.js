// The dashboard's entry: who is signed in, and which panels follow the tab's stream.
// Read it top to bottom; each panel is one `main…()` in panels/, told to start and stop here.
// The records (records.js) and the walk through the steps (journey.js) are shared by all of them.

import { Hub } from './client/hub.js';
import { Journey } from './journey.js';
import { liveRecords } from './records.js';
import { STEPS } from './steps.js';
import { openTabStream } from './stream.js';
import { mainConnection } from './panels/connection.js';
import { mainDecisions } from './panels/decisions.js';
import { mainFeed } from './panels/feed.js';
import { mainInbox } from './panels/inbox.js';
import { mainLeadForm } from './panels/lead-form.js';
import { mainLeads } from './panels/leads.js';
import { mainLogs } from './panels/logs.js';
import { mainPipeline } from './panels/pipeline.js';
import { mainProcessors } from './panels/processors.js';
import { mainRecords } from './panels/records.js';
import { mainSession } from './panels/session.js';
import { mainStepForms } from './panels/step-form.js';
import { mainTasks } from './panels/tasks.js';
import { mainViews } from './panels/views.js';

const records = liveRecords();
const journey = new Journey();
const onSignedOut = (problem) => session.end(problem);

const leads = mainLeads({ records });
const feed = mainFeed();
const decisions = mainDecisions({ records });
const tasks = mainTasks({ records });
const inbox = mainInbox({ records, onOpen: () => views.show('inbox', { focus: true, reveal: true }) });
const logs = mainLogs();
const processors = mainProcessors();
const views = mainViews({ feed, decisions, tasks, inbox, logs, processors });
const pipeline = mainPipeline({ records, journey, onChoose: (key) => choose(key) });
const lists = mainRecords({
  records,
  onDecision(id) {
    views.show('decisions');
    decisions.open(id);
  },
});
const leadForm = mainLeadForm({
  journey,
  onCreated(lead) {
    leads.show(lead);
    journey.done('lead', lead);
  },
  onNext: () => choose('opportunity'),
  onSignedOut,
});
const stepForms = mainStepForms({
  records,
  journey,
  onDone(step, record) {
    if (step.kind !== 'events') records[step.kind].take(record, true);
    journey.done(step.key, record);
  },
  onNext: (key) => choose(key),
  onStory(trace) {
    logs.story(trace);
    views.show('logs', { reveal: true });
  },
  onSignedOut,
});
const connection = mainConnection({
  onReload: () => [records, ...panels].forEach((panel) => panel.reload?.()),
});
const panels = [
  feed, leads, pipeline, leadForm, stepForms, lists, decisions, tasks, inbox, logs, processors,
  views, connection,
];

/** Brings up the form and the list of a step. */
function choose(key, { focus = true } = {}) {
  pipeline.mark(key);
  stepForms.show(key);
  lists.show(STEPS.find((step) => step.key === key)?.kind ?? '');
  if (focus) stepForms.focus(key);
}

/** What the panels work with while one person is signed in; `isOver` once they are not. */
let context = null;

const session = mainSession({
  onSignIn({ token, who, renew }) {
    const hub = new Hub({ token, renew });
    const tab = openTabStream(hub);
    tab.stream.addEventListener('problem', ({ detail }) => session.end(detail));
    const onProblem = (problem) => session.endIfRefused(problem);
    context = { hub, tab, onProblem, who, isOver: false };
    records.start(context);
    for (const panel of panels) panel.start(context);
    choose('lead', { focus: false });
  },
  onSignOut() {
    context.isOver = true;
    context.tab.close();
    context = null;
    for (const panel of panels) panel.stop();
    records.stop();
    journey.startOver();
  },
});

session.begin();
