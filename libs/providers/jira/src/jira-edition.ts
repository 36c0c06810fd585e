import { cutText } from '@nest-integrations/common';
import { jsonToAdf, textToAdf, type AdfDocument } from './adf.js';
import type { JiraConnection } from './jira-config.js';
import { jsonToWiki, textToWiki } from './wiki.js';

/** Rich text as an edition takes it: a document on Cloud, wiki markup on Data Center. */
export type RichText = AdfDocument | string;

/** Where the editions of Jira differ. */
export interface JiraEdition {
  /** Below the site's address. */
  readonly apiPath: string;
  /** Plain text, shown as it is. */
  rich(text: string): RichText;
  /** JSON, shown as code. */
  code(json: string): RichText;
  userBy(id: string): Readonly<Record<string, string>>;
  searchPath(query: URLSearchParams): string;
  /** Whether projects can be searched, and come by the page. */
  readonly pagesProjects: boolean;
}

/** Jira's bound of a text field: https://confluence.atlassian.com/adminjiraserver/configuring-advanced-settings-938847165.html */
const MAX_TEXT = 32_767;

const cloud: JiraEdition = {
  apiPath: '/rest/api/3',
  rich: (text) => fitting(text, textToAdf),
  code: (json) => fitting(json, jsonToAdf),
  userBy: (id) => ({ accountId: id }),
  searchPath: (query) => `/search/jql?${query}`,
  pagesProjects: true,
};

const dataCenter: JiraEdition = {
  apiPath: '/rest/api/2',
  rich: (text) => fitting(text, textToWiki),
  code: (json) => fitting(json, jsonToWiki),
  userBy: (id) => ({ name: id }),
  searchPath: (query) => `/search?${query}`,
  pagesProjects: false,
};

export function editionOf({ edition }: Pick<JiraConnection, 'edition'>): JiraEdition {
  return edition === 'cloud' ? cloud : dataCenter;
}

/** Markup makes a text longer, and it is the longer one that Jira measures. */
function fitting<Rich extends RichText>(text: string, toRich: (text: string) => Rich): Rich {
  let max = MAX_TEXT;
  for (;;) {
    const rich = toRich(cutText(text, max));
    const length = typeof rich === 'string' ? rich.length : JSON.stringify(rich).length;
    if (length <= MAX_TEXT) return rich;
    max = Math.floor(Math.min(max, text.length) * 0.8);
  }
}
