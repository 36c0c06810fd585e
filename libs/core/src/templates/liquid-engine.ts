import {
  CaptureTag,
  Liquid,
  type FilterImplOptions,
  type TagToken,
  type TopLevelToken,
} from 'liquidjs';
import { placeholderOf } from './json-places.js';
import {
  escapeHtml,
  escapeMarkdown,
  escapeMrkdwn,
  escapeUrl,
  TEMPLATE_TARGETS,
  textOf,
  type TemplateTarget,
} from './template-target.js';
import { weightOf } from './value-weight.js';

/** Characters of a template. */
const MAX_SOURCE = 65_536;
/** Milliseconds one rendering may take. */
const MAX_RENDER_MS = 100;
/** Characters and list items that one rendering may make, what it captures and prints among them. */
const MAX_MEMORY = 4_000_000;
/** They would read other templates, of which there are none. */
const FILE_TAGS = ['include', 'render', 'layout', 'block'];
/** They put one value into a list twice, or a list into a list: a few make more than a machine can hold. */
const MULTIPLYING_FILTERS = ['push', 'unshift', 'concat', 'group_by', 'group_by_exp'];

const ESCAPES: Readonly<Record<TemplateTarget, (value: unknown) => string>> = {
  text: textOf,
  json: placeholderOf,
  html: (value) => escapeHtml(textOf(value)),
  mrkdwn: (value) => escapeMrkdwn(textOf(value)),
  markdown: (value) => escapeMarkdown(textOf(value)),
  form: (value) => escapeUrl(textOf(value)),
  url: (value) => escapeUrl(textOf(value)),
};

type Filter = Exclude<FilterImplOptions, { handler: unknown }>;
/** What Liquid calls a filter by. */
type Call = ThisParameterType<Filter>;

/** What is captured is escaped when it is printed, not twice. It counts as memory like what filters make. */
class PlainCaptureTag extends CaptureTag {
  constructor(
    token: TagToken,
    remaining: TopLevelToken[],
    liquid: Liquid,
    parser: ConstructorParameters<typeof CaptureTag>[3],
  ) {
    const { outputEscape } = liquid.options;
    liquid.options.outputEscape = textOf;
    try {
      super(token, remaining, liquid, parser);
    } finally {
      if (outputEscape) liquid.options.outputEscape = outputEscape;
    }
  }

  override *render(context: Parameters<CaptureTag['render']>[0]): Generator<unknown, void, string> {
    const { outputEscape } = this.liquid.options;
    this.liquid.options.outputEscape = textOf;
    try {
      yield* super.render(context);
    } finally {
      if (outputEscape) this.liquid.options.outputEscape = outputEscape;
    }
    context.memoryLimit.use(String(context.bottom()[this.variable]).length);
  }
}

const engines = new Map(TEMPLATE_TARGETS.map((target) => [target, engineFor(target)]));

/** Liquid with the bounds and the escaping of a target. */
export function liquidFor(target: TemplateTarget): Liquid {
  return engines.get(target) ?? engineFor(target);
}

function engineFor(target: TemplateTarget): Liquid {
  const engine = new Liquid({
    strictFilters: true,
    ownPropertyOnly: true,
    templates: {},
    timezoneOffset: 0,
    locale: 'en-US',
    parseLimit: MAX_SOURCE,
    renderLimit: MAX_RENDER_MS,
    memoryLimit: MAX_MEMORY,
    outputEscape: counted(ESCAPES[target]),
  });
  for (const tag of FILE_TAGS) delete engine.tags[tag];
  engine.registerTag('capture', PlainCaptureTag);
  for (const name of MULTIPLYING_FILTERS) {
    const filter = engine.filters[name];
    if (typeof filter === 'function') engine.registerFilter(name, weighed(filter));
  }
  return engine;
}

function counted(print: (value: unknown) => string) {
  return function (this: Call, value: unknown): string {
    const text = print(value);
    this.context.memoryLimit.use(text.length);
    return text;
  };
}

function weighed(filter: Filter) {
  return function* (
    this: Call,
    value: unknown,
    ...given: unknown[]
  ): Generator<unknown, unknown, unknown> {
    const list: unknown = yield filter.call(this, value, ...given);
    this.context.memoryLimit.check(weightOf(list, MAX_MEMORY));
    return list;
  };
}
