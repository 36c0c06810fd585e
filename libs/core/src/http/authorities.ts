import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';

const ONE_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * All authorities that connections trust: those of the system and these, in PEM.
 * @throws TypeError naming the position of the one that holds no certificate
 */
export function withSystemAuthorities(given: readonly string[]): string[] {
  given.forEach((pem, index) => {
    const certificates = pem.match(ONE_CERTIFICATE) ?? [];
    if (certificates.length === 0 || !certificates.every(isCertificate)) {
      throw new TypeError(`authorities[${index}]: must be a certificate in PEM`);
    }
  });
  return [...systemAuthorities(), ...given];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
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
