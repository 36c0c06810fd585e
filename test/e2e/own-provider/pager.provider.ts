import { secret } from '@nest-integrations/common';
import {
  delivered,
  fromResponse,
  IntegrationProvider,
  OptionsFor,
  versioned,
  type DeliveryContext,
  type OptionsContext,
} from '@nest-integrations/core';
import { z } from 'zod';

const account = z.strictObject({ url: z.url(), token: secret(z.string()) });
const config = z.strictObject({ team: z.string().describe('Whom to page.') });
const page = z.object({ id: z.string() });
const teams = z.array(z.object({ id: z.string(), name: z.string() }));

@IntegrationProvider({
  id: 'pager',
  displayName: 'Pager',
  config: versioned(1, config),
  connection: versioned(1, account),
})
export class PagerProvider {
  async deliver(context: DeliveryContext<z.output<typeof config>, z.output<typeof account>>) {
    const { event, http, connection } = context;
    const headers = { authorization: `Bearer ${connection.token}`, 'idempotency-key': event.id };
    const json = { team: context.config.team, text: event.type, details: event.payload };
    const response = await http.post(`${connection.url}/pages`, { json, headers });
    if (!response.ok) return fromResponse(response);
    return delivered({ externalId: page.parse(response.json()).id });
  }

  @OptionsFor('team')
  async teams({ http, connection: { url, token } }: OptionsContext<z.output<typeof account>>) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await http.get(`${url}/teams`, { headers });
    return teams.parse(response.json()).map(({ id, name }) => ({ value: id, label: name }));
  }
}
