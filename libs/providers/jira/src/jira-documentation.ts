import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Opening issues in Jira

**Cloud:**

1. Take an account for the integration and let it create, edit, transition and comment on issues in the
   project.
2. Signed in as that account, make an API token at
   [id.atlassian.com](https://id.atlassian.com/manage-profile/security/api-tokens). With scopes it needs
   \`read:jira-work\`, \`write:jira-work\` and \`read:jira-user\`, and the base URL is
   \`https://api.atlassian.com/ex/jira/<id of the site>\`.
3. Give the connection the site's address, the account's e-mail and the token.

**Data Center** (8.14 or newer): under *Profile → Personal Access Tokens* make a token, and give the
connection the address of Jira, with its context path, and the token.

Give the subscription a thread key, like \`{{ payload.incident.id }}\`: the first event opens an issue, later
ones of the same key comment on it and bring it to another status, as \`transitions\` says.

An issue is labelled with its event and subscription (\`event-…\`), and a repeated attempt looks for that label
before it makes another issue. Jira's search may lag behind by seconds: an answer that was lost on the way, and
a retry that comes sooner than the search knows of the issue, make two. Comments are looked for without the
search, and are not made twice. The issue type's screen must have the field *Labels*; else set \`deduplicate\` to
\`never\`.
`;

export const jiraDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  examplePayload: {
    fields: {
      project: { key: 'OPS' },
      issuetype: { id: '10001' },
      summary: 'incident.created',
      description: {
        type: 'doc',
        version: 1,
        content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Checkout is down' }] }],
      },
      labels: ['event-01990000-0000-7000-8000-000000000000-5f3c9a17'],
    },
  },
  link: 'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-post',
};
