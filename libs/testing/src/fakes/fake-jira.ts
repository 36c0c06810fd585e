import type { Answer, ReceivedRequest } from '../receiver.js';
import {
  FAKE_FIELDS,
  fieldProblem,
  isRecord,
  richTextProblem,
  type FakeEdition,
} from './jira-rules.js';
import { jsonAnswer } from './json-answer.js';

export type FakeJiraAccess =
  | { readonly edition: 'cloud'; readonly email: string; readonly apiToken: string }
  | { readonly edition: 'data-center'; readonly personalAccessToken: string };

export interface JiraComment {
  readonly id: string;
  readonly body: unknown;
  readonly properties: readonly unknown[];
}

export interface JiraIssue {
  readonly key: string;
  fields: Readonly<Record<string, unknown>>;
  status: string;
  readonly comments: JiraComment[];
}

const PROJECTS = [
  { id: '10000', key: 'OPS', name: 'Operations' },
  { id: '10001', key: 'WEB', name: 'Website' },
];
const ISSUE_TYPES = [
  { id: '10001', name: 'Incident', description: 'Something is wrong.', subtask: false },
  { id: '10002', name: 'Sub-task', subtask: true },
];
/** From a status, by the id of each transition. */
const WORKFLOW: Readonly<Record<string, Readonly<Record<string, { name: string; to: string }>>>> = {
  'To Do': {
    11: { name: 'Start work', to: 'In Progress' },
    31: { name: 'Resolve', to: 'Done' },
  },
  'In Progress': { 31: { name: 'Resolve', to: 'Done' } },
  Done: { 41: { name: 'Reopen', to: 'To Do' } },
};
const A_PAGE = 50;

interface Call {
  readonly method: string;
  /** Below `/rest/api/3`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * What Jira would answer, after its published API: Cloud's version 3
 * (https://developer.atlassian.com/cloud/jira/platform/rest/v3/) or Data Center's version 2. Two
 * projects, one workflow (To Do, In Progress, Done). It refuses what Jira would refuse, with Jira's
 * words: `receiver.answer((request) => jira.answer(request))`.
 */
export class FakeJira {
  readonly issues: JiraIssue[] = [];
  /** What the next request is answered with, instead. */
  next: Answer | null = null;
  /** The next change is made, and its answer is lost on the way. */
  losesNextAnswer = false;
  /** False: the search does not know of what was changed lately, as happens for seconds. */
  isIndexed = true;
  /** On the screen for creating issues. */
  fields = FAKE_FIELDS;

  constructor(private readonly access: FakeJiraAccess) {}

  answer(request: ReceivedRequest): Answer {
    const { next } = this;
    this.next = null;
    if (next) return next;
    const url = new URL(request.path, 'http://jira');
    const root = this.edition === 'cloud' ? '/rest/api/3' : '/rest/api/2';
    if (!url.pathname.startsWith(`${root}/`))
      return { status: 404, body: '<html>dead link</html>' };
    const path = url.pathname.slice(root.length);
    if (request.headers['authorization'] !== this.authorization) return this.unauthorized(path);
    const isWrite = request.method === 'POST' || request.method === 'PUT';
    if (isWrite && !request.headers['content-type']?.startsWith('application/json')) {
      return { status: 415, body: '' };
    }
    const body = isWrite ? bodyOf(request) : {};
    if (!body) return errors(400, { messages: ['Invalid request payload.'] });
    const answer = this.route({ method: request.method, path, query: url.searchParams, body });
    if (!isWrite || !this.losesNextAnswer) return answer;
    this.losesNextAnswer = false;
    return { instead: 'reset' };
  }

  private get edition(): FakeEdition {
    return this.access.edition;
  }

  private get authorization(): string {
    const { access } = this;
    if (access.edition === 'data-center') return `Bearer ${access.personalAccessToken}`;
    return `Basic ${Buffer.from(`${access.email}:${access.apiToken}`).toString('base64')}`;
  }

  /** Cloud goes on without a sign-in: what is not public looks empty, or gone. */
  private unauthorized(path: string): Answer {
    const headers = { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' };
    if (this.edition === 'data-center' || path === '/myself') {
      const message = 'Client must be authenticated to access this resource.';
      return errors(401, { messages: [message], headers });
    }
    if (path.startsWith('/project/search')) {
      return jsonAnswer({ startAt: 0, total: 0, isLast: true, values: [] }, { headers });
    }
    return { ...gone(), headers: { ...gone().headers, ...headers } };
  }

  private route(call: Call): Answer {
    const { method, path } = call;
    const [, room = '', key = '', part] = path.split('/');
    switch (`${method} /${room}`) {
      case 'GET /myself':
        return jsonAnswer({ accountId: '5b10', displayName: 'Notifier', active: true });
      case 'GET /project':
        return this.project(call, key);
      case 'GET /search':
        return this.search(call);
      case 'POST /issue':
        return key === '' ? this.create(call) : this.withIssue(key, part, call);
      case 'PUT /issue':
        return this.withIssue(key, part, call);
      case 'GET /issue':
        return key === 'createmeta' ? this.metadata(call) : this.withIssue(key, part, call);
      default:
        return { status: 405, body: '' };
    }
  }

  private project({ query }: Call, key: string): Answer {
    if (key === '') {
      return this.edition === 'data-center' ? jsonAnswer(PROJECTS) : jsonAnswer([]);
    }
    if (key !== 'search') {
      return jsonAnswer(
        ISSUE_TYPES.map((type) => ({
          ...type,
          statuses: Object.keys(WORKFLOW).map((name) => ({ name })),
        })),
      );
    }
    // Data Center has no such search, and looks for a project of that key.
    if (this.edition === 'data-center') {
      return errors(404, { messages: ["No project could be found with key 'search'."] });
    }
    const wanted = (query.get('query') ?? '').toLowerCase();
    const fitting = PROJECTS.filter(({ key: own, name }) =>
      `${own} ${name}`.toLowerCase().includes(wanted),
    );
    const { startAt, items, total } = pageOf(fitting, query);
    return jsonAnswer({ startAt, total, isLast: startAt + items.length >= total, values: items });
  }

  private metadata({ path, query }: Call): Answer {
    const [, , , key, , typeId] = path.split('/');
    if (!PROJECTS.some((project) => project.key === key)) {
      return errors(404, { messages: ['Issue type or project does not exist.'] });
    }
    if (typeId === undefined) return this.metadataPage('issueTypes', ISSUE_TYPES, query);
    return this.metadataPage('fields', this.fields, query);
  }

  private metadataPage(name: string, all: readonly object[], query: URLSearchParams): Answer {
    const { startAt, items, total } = pageOf(all, query);
    const list = this.edition === 'cloud' ? name : 'values';
    return jsonAnswer({ startAt, maxResults: items.length, total, [list]: items });
  }

  private search({ path, query }: Call): Answer {
    if (this.edition === 'cloud' && path !== '/search/jql') {
      const message =
        'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.';
      return errors(410, { messages: [message] });
    }
    const label =
      /^project = "\w+" AND issuetype = \d+ AND labels = "([^"]+)" ORDER BY created ASC$/.exec(
        query.get('jql') ?? '',
      )?.[1];
    if (label === undefined) {
      return errors(400, { messages: ['The fake understands one query alone.'] });
    }
    const issues = this.isIndexed
      ? this.issues.filter(
          ({ fields: { labels } }) => Array.isArray(labels) && labels.includes(label),
        )
      : [];
    // Cloud says of an issue what it is asked for.
    const shown = issues.map(({ key }, i) =>
      this.edition === 'data-center' || query.get('fields') === 'key'
        ? { id: String(i), key, fields: {} }
        : { id: String(i) },
    );
    return jsonAnswer({ issues: shown.slice(0, Number(query.get('maxResults') ?? A_PAGE)) });
  }

  private create({ body: { fields } }: Call): Answer {
    if (!isRecord(fields)) return errors(400, { messages: ['Field must be a map'] });
    const { project, issuetype } = fields;
    const key = isRecord(project) ? project['key'] : undefined;
    if (!PROJECTS.some((known) => known.key === key)) {
      return errors(400, { fields: { project: 'valid project is required' } });
    }
    const typeId = isRecord(issuetype) ? issuetype['id'] : undefined;
    if (!ISSUE_TYPES.some(({ id }) => id === typeId)) {
      return errors(400, { fields: { issuetype: 'Specify a valid issue type' } });
    }
    const missing = this.fields.filter(({ required, fieldId }) => required && !(fieldId in fields));
    const problems = {
      ...this.problemsOf(fields),
      ...Object.fromEntries(missing.map(({ fieldId, name }) => [fieldId, `${name} is required.`])),
    };
    if (Object.keys(problems).length > 0) return errors(400, { fields: problems });
    const issue = {
      key: `${String(key)}-${this.issues.length + 1}`,
      fields,
      status: 'To Do',
      comments: [],
    };
    this.issues.push(issue);
    return jsonAnswer({ id: '10000', key: issue.key, self: 'http://jira' }, { status: 201 });
  }

  private problemsOf(fields: Readonly<Record<string, unknown>>): Record<string, string> {
    const problems = Object.entries(fields).flatMap(([id, value]) => {
      if (id === 'project' || id === 'issuetype') return [];
      const field = this.fields.find(({ fieldId }) => fieldId === id);
      const problem = field
        ? fieldProblem(field, value, this.edition)
        : `Field '${id}' cannot be set. It is not on the appropriate screen, or unknown.`;
      return problem === null ? [] : [[id, problem] as const];
    });
    return Object.fromEntries(problems);
  }

  private withIssue(key: string, part: string | undefined, call: Call): Answer {
    const issue = this.issues.find((known) => known.key === key);
    if (!issue) return gone();
    if (part === 'comment') return this.comments(issue, call);
    if (part === 'transitions') return transition(issue, call);
    if (call.method === 'PUT') return this.update(issue, call);
    const ways = Object.entries(WORKFLOW[issue.status] ?? {});
    return jsonAnswer({
      key,
      fields: { status: { name: issue.status } },
      ...(call.query.get('expand') === 'transitions' && {
        transitions: ways.map(([id, { name, to }]) => ({ id, name, to: { name: to } })),
      }),
    });
  }

  private update(issue: JiraIssue, { body: { fields } }: Call): Answer {
    if (!isRecord(fields)) return errors(400, { messages: ['Field must be a map'] });
    const problems = this.problemsOf(fields);
    if (Object.keys(problems).length > 0) return errors(400, { fields: problems });
    issue.fields = { ...issue.fields, ...fields };
    return { status: 204 };
  }

  private comments({ comments }: JiraIssue, { method, query, body }: Call): Answer {
    if (method === 'GET') {
      const newestFirst = query.get('orderBy') === '-created';
      const ordered = newestFirst ? comments.toReversed() : comments;
      const { startAt, items, total } = pageOf(ordered, query);
      const isExpanded = query.get('expand') === 'properties';
      return jsonAnswer({
        startAt,
        total,
        comments: items.map(({ id, body: said, properties }) => ({
          id,
          body: said,
          ...(isExpanded && { properties }),
        })),
      });
    }
    const problem =
      body['body'] === '' || body['body'] === undefined
        ? 'Comment body can not be empty!'
        : richTextProblem(body['body'], this.edition);
    if (problem !== null) return errors(400, { fields: { comment: problem } });
    const properties = Array.isArray(body['properties']) ? body['properties'] : [];
    const id = String(10_500 + comments.length);
    comments.push({ id, body: body['body'], properties });
    return jsonAnswer({ id, body: body['body'] }, { status: 201 });
  }
}

function transition(issue: JiraIssue, { method, body }: Call): Answer {
  if (method !== 'POST') return { status: 405, body: '' };
  const id = isRecord(body['transition']) ? body['transition']['id'] : undefined;
  const way = WORKFLOW[issue.status]?.[String(id)];
  if (!way) {
    const message = `It seems that you have tried to perform a workflow operation (${String(id)}) that is not valid for the current state of this issue.`;
    return errors(400, { messages: [message] });
  }
  issue.status = way.to;
  return { status: 204 };
}

function bodyOf({ body }: ReceivedRequest): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return isRecord(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function pageOf<Item>(all: readonly Item[], query: URLSearchParams) {
  const startAt = Number(query.get('startAt') ?? 0);
  const size = Math.min(Number(query.get('maxResults') ?? A_PAGE), 100);
  return { startAt, items: all.slice(startAt, startAt + size), total: all.length };
}

function gone(): Answer {
  const message = 'Issue does not exist or you do not have permission to see it.';
  return errors(404, { messages: [message] });
}

function errors(
  status: number,
  said: {
    messages?: readonly string[];
    fields?: Readonly<Record<string, string>>;
    headers?: Answer['headers'];
  },
): Answer {
  const { messages = [], fields = {}, headers } = said;
  return jsonAnswer(
    { errorMessages: messages, errors: fields },
    { status, ...(headers && { headers }) },
  );
}
