import type { SignIn } from '../oauth/sign-in.types.js';

/** Stored credentials and settings for a provider, shared by subscriptions. No secret value is in it. */
export interface Connection {
  readonly id: string;
  /** `null` in a single-tenant app. */
  readonly tenant: string | null;
  readonly name: string;
  readonly provider: string;
  /** As stored, less its secrets. */
  readonly config: unknown;
  readonly configVersion: number;
  /** Why the running version of its provider can’t use the config as it is stored; `null`: it can. */
  readonly configProblem: string | null;
  /** Paths of the secrets that are set: `['apiToken']`. */
  readonly configSecrets: readonly string[];
  /** Where it stands with an admin who must sign in for it; `null`: what it holds is enough. */
  readonly signIn: SignIn | null;
  /** Subscriptions that name it. */
  readonly usedBy: number;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface CreateConnection {
  readonly tenant?: string;
  readonly name: string;
  readonly provider: string;
  readonly config: unknown;
}

/** What is left out stays; so does a secret that `config` leaves out, while its place does. */
export interface UpdateConnection {
  /** The one that the change was begun from: where it is another by now, nothing is written. */
  readonly revision?: number;
  readonly name?: string;
  readonly config?: unknown;
}

export interface ListConnections {
  readonly provider?: string;
  readonly search?: string;
  readonly hasConfigProblem?: boolean;
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  /** Opaque, from the page before. */
  readonly cursor?: string;
}

/** Values that are not stored yet, or a change of those that are. */
export interface ConnectionDraft {
  readonly provider: string;
  readonly config: unknown;
  /** The stored connection that the draft changes: secrets that it leaves out are taken from there. */
  readonly connectionId?: string;
}
