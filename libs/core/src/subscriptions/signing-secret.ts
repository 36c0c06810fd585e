/** A secret that signs what a subscription sends. Several sign at once while one is being rotated. */
export interface SigningSecret {
  readonly id: string;
  /** `whsec_` + base64: HMAC-SHA256; `whsk_` + base64: Ed25519 private key (Standard Webhooks 1.0). */
  readonly secret: string;
  /** ISO 8601. Signs until then; absent: no end. */
  readonly expiresAt?: string;
}
