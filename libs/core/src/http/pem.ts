import { X509Certificate } from 'node:crypto';

const ONE_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Whether a text holds certificates in PEM, one or more, each of which can be read. */
export function areCertificates(pem: string): boolean {
  const certificates = pem.match(ONE_CERTIFICATE) ?? [];
  return certificates.length > 0 && certificates.every(isCertificate);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
