import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { secret, ui } from '@nest-integrations/common';
import { z } from 'zod';

const CERTIFICATE = '-----BEGIN CERTIFICATE';
const pem = (begin: string) =>
  z
    .string()
    .max(65_536)
    .refine((text) => text.trimStart().startsWith(begin), 'must be PEM');

/** For receivers that ask for a client certificate (mTLS), in PEM. */
export const clientCertificate = z.strictObject({
  cert: ui(pem(CERTIFICATE), { title: 'Certificate', multiline: true }),
  key: ui(secret(pem('-----BEGIN ')), { title: 'Private key', multiline: true }),
  passphrase: secret(z.string().max(1_024)).optional(),
  ca: ui(pem(CERTIFICATE).describe('Authority of the receiver, where it is a private one.'), {
    title: 'Authority',
    multiline: true,
  }).optional(),
});

export type ClientCertificate = z.output<typeof clientCertificate>;

interface Problem {
  readonly field: keyof ClientCertificate;
  readonly message: string;
}

/** The authority of a receiver that has a private one, in PEM. */
export const authority = ui(
  pem(CERTIFICATE)
    .refine((text) => read(text) !== null, 'can’t be read as a certificate')
    .optional()
    .describe('Authority that vouches for the receiver, where it is a private one, in PEM.'),
  { title: 'Authority', multiline: true },
);

/** What TLS would stumble over at each delivery. Messages repeat nothing of the key. */
export function certificateProblem(given: ClientCertificate): Problem | null {
  const certificate = read(given.cert);
  if (!certificate) return { field: 'cert', message: 'can’t be read as a certificate' };
  if (given.ca !== undefined && !read(given.ca)) {
    return { field: 'ca', message: 'can’t be read as a certificate' };
  }
  const key = readKey(given);
  if ('message' in key) return key;
  return certificate.checkPrivateKey(key)
    ? null
    : { field: 'key', message: 'is not the key of this certificate' };
}

function read(cert: string): X509Certificate | null {
  try {
    return new X509Certificate(cert);
  } catch {
    return null;
  }
}

function readKey({ key, passphrase }: ClientCertificate): KeyObject | Problem {
  // PKCS #8 says it in its first line, older forms in `Proc-Type`.
  if (passphrase === undefined && key.includes('ENCRYPTED')) {
    return { field: 'passphrase', message: 'is needed: the key is encrypted' };
  }
  try {
    return createPrivateKey({ key, passphrase });
  } catch {
    const how = passphrase === undefined ? 'as a private key' : 'with this passphrase';
    return { field: 'key', message: `can’t be read ${how}` };
  }
}
