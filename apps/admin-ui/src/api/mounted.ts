/** Where the pages stand, and who looks at them: what the server put into the document. */
export interface Mounted {
  /** Path of the UI, without a slash at its end. */
  readonly ui: string;
  /** Path of the API, without a slash at its end. */
  readonly api: string;
  readonly nonce: string;
  readonly actor: string | null;
  readonly canManage: boolean;
  /** Else one tenant alone: what is the installation's is not there. */
  readonly seesAllTenants: boolean;
  readonly signIn: string | null;
}

/** Read once: the root is relative to the address that the document was loaded from. */
export const mounted: Mounted = read();

function read(): Mounted {
  const { root = './', settings = '{}' } = document.getElementById('root')?.dataset ?? {};
  const ui = new URL(root, location.href);
  const given = JSON.parse(settings) as Partial<Mounted>;
  return {
    ui: withoutSlash(ui.pathname),
    api: withoutSlash(new URL('..', ui).pathname),
    nonce: document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '',
    actor: given.actor ?? null,
    canManage: given.canManage ?? false,
    seesAllTenants: given.seesAllTenants ?? false,
    signIn: given.signIn ?? null,
  };
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '');
}
