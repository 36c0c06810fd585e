import { afterAll, describe, expect, it } from 'vitest';
import { OutboundHttp } from '../http/outbound-http.js';
import { InvalidInputError } from '../integration.error.js';
import { OAuthServer } from './oauth.server.js';

describe('the page that an admin signs in at', () => {
  const http = new OutboundHttp();
  const server = new OAuthServer(http);
  afterAll(() => http.close());

  const begin = (authorizationUrl: string) =>
    server.signInUrl(
      {
        grant: 'authorization-code',
        authorizationUrl,
        tokenUrl: 'https://login.example.com/token',
        clientId: 'us',
        authorizationParameters: { state: 'theirs', prompt: 'consent' },
      },
      { state: 'ours', codeVerifier: 'v'.repeat(43), redirectUri: 'https://app.example.com/back' },
    );

  it('is that of the client, with PKCE and a state that no setting replaces', async () => {
    const url = new URL(await begin('https://login.example.com/authorize?tenant=a'));
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      tenant: 'a',
      prompt: 'consent',
      state: 'ours',
      code_challenge_method: 'S256',
    });
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd'])(
    'is none that would run in the admin’s own page: %s',
    async (authorizationUrl) => {
      await expect(begin(authorizationUrl)).rejects.toThrow(InvalidInputError);
    },
  );
});
