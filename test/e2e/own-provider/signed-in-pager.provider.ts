import { secret, ui } from '@nest-integrations/common';
import {
  delivered,
  fromResponse,
  IntegrationProvider,
  Template,
  templateScopeOf,
  versioned,
  type DeliveryContext,
} from '@nest-integrations/core';
import { z } from 'zod';

const client = z.strictObject({ url: z.url(), id: z.string(), password: secret(z.string()) });
const text = z.string().max(500).default('{{ event.type }}');
const config = z.strictObject({ team: z.string(), text: ui(text, { template: 'text' }) });
const version1 = z.object({ group: z.string() });

@IntegrationProvider({
  id: 'signed-in-pager',
  displayName: 'Pager',
  config: versioned(2, config, { 1: (stored) => ({ team: version1.parse(stored).group }) }),
  connection: versioned(1, client),
  oauth: {
    connection: ({ url, id: clientId, password: clientSecret }) => ({
      grant: 'client-credentials',
      tokenUrl: `${url}/token`,
      clientId,
      clientSecret,
    }),
  },
})
export class SignedInPagerProvider {
  async deliver(context: DeliveryContext<z.output<typeof config>, z.output<typeof client>>) {
    const { config, connection, event, http, oauth } = context;
    const text = Template.compile(config.text, 'text').render(templateScopeOf(context));
    const response = await oauth.send((token) => {
      const headers = { authorization: `Bearer ${token}`, 'idempotency-key': event.id };
      return http.post(`${connection.url}/pages`, { json: { team: config.team, text }, headers });
    });
    return response.ok ? delivered() : fromResponse(response);
  }
}
