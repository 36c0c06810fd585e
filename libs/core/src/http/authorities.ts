import * as tls from 'node:tls';
import { areCertificates } from './pem.js';

/**
 * All authorities that connections trust: those of the system and these, in PEM.
 * @throws TypeError naming the position of the one that holds no certificate
 */
export function withSystemAuthorities(given: readonly string[]): string[] {
  given.forEach((pem, index) => {
    if (!areCertificates(pem)) {
      throw new TypeError(`authorities[${index}]: must be a certificate in PEM`);
    }
  });
  return [...systemAuthorities(), ...given];
}

/** With those that NODE_EXTRA_CA_CERTS names, where Node tells them (22.15, 23.10). */
function systemAuthorities(): readonly string[] {
  const module: object = tls;
  return tellsAuthorities(module) ? module.getCACertificates('default') : tls.rootCertificates;
}

function tellsAuthorities(
  module: object,
): module is { getCACertificates(type: 'default'): readonly string[] } {
  return 'getCACertificates' in module;
}
