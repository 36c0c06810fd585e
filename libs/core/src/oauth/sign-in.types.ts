/** Where a connection that an admin must sign in for stands. */
export interface SignIn {
  /** `missing`: nobody has signed in; `ended`: what was granted is over, sign in again. */
  readonly state: 'missing' | 'active' | 'ended';
  /** Why it ended, or why the last attempt to sign in failed; `null`: all is well. */
  readonly reason: string | null;
  readonly signedInAt: Date | null;
  readonly signedInBy: string | null;
}

export interface BeginSignIn {
  /** Where the browser comes back to: the callback route of the admin API, absolute. */
  readonly redirectUri: string;
  /** Who signs in; only they can end what they began. `null`: the host does not say. */
  readonly actor: string | null;
  /** Path of this site that the browser is sent to in the end. */
  readonly returnTo?: string;
}

export interface SignInBegun {
  /** Open it in the admin's browser. */
  readonly url: string;
  readonly expiresAt: Date;
}

/** How an attempt to sign in ended. */
export type SignInEnd =
  | { readonly ok: true; readonly connectionId: string; readonly returnTo: string | null }
  | {
      readonly ok: false;
      /** `null`: what came back belongs to no attempt of this admin. */
      readonly connectionId: string | null;
      readonly reason: string;
      readonly returnTo: string | null;
    };
