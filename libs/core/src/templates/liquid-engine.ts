import { CaptureTag, Liquid, type TagToken, type TopLevelToken } from 'liquidjs';
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

/** Characters of a template. */
const MAX_SOURCE = 65_536;
/** Milliseconds one rendering may take. */
const MAX_RENDER_MS = 100;
/** Characters and list items that one rendering may make. */
const MAX_MEMORY = 2_000_000;
/** They would read other templates, of which there are none. */
const FILE_TAGS = ['include', 'render', 'layout', 'block'];

const ESCAPES: Readonly<Record<TemplateTarget, (value: unknown) => string>> = {
  text: textOf,
  json: placeholderOf,
  html: (value) => escapeHtml(textOf(value)),
  mrkdwn: (value) => escapeMrkdwn(textOf(value)),
  markdown: (value) => escapeMarkdown(textOf(value)),
  form: (value) => escapeUrl(textOf(value)),
  url: (value) => escapeUrl(textOf(value)),
};

/** What is captured is escaped when it is printed, not twice. */
class PlainCaptureTag extends CaptureTag {
  constructor(
    token: TagToken,
    remaining: TopLevelToken[],
    liquid: Liquid,
    parser: ConstructorParameters<typeof CaptureTag>[3],
  ) {
    const { outputEscape } = liquid.options;
    delete liquid.options.outputEscape;
    try {
      super(token, remaining, liquid, parser);
    } finally {
      if (outputEscape) liquid.options.outputEscape = outputEscape;
    }
  }

  override *render(context: Parameters<CaptureTag['render']>[0]): Generator<unknown, void, string> {
    const { outputEscape } = this.liquid.options;
    delete this.liquid.options.outputEscape;
    try {
      yield* super.render(context);
    } finally {
      if (outputEscape) this.liquid.options.outputEscape = outputEscape;
    }
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
    outputEscape: ESCAPES[target],
  });
  for (const tag of FILE_TAGS) delete engine.tags[tag];
  engine.registerTag('capture', PlainCaptureTag);
  return engine;
}
