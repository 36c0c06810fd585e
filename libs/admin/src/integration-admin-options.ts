import type { FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import type { IntegrationAccessPolicy } from './access/integration-access.policy.js';
import type { ProtectionOptions } from './protection/protection-options.js';
import type { UiOptions } from './ui/ui-options.js';

export interface IntegrationAdminOptions extends ProtectionOptions {
  /** Where the API is mounted, below the app's global prefix. Default `/admin/integrations`. */
  readonly path?: string;
  /** Whether the admin UI is served, at `path` itself. Default true. */
  readonly ui?: boolean | UiOptions;
  /** Who may do what: a class that Nest makes, or an instance. Left out: the API is closed. */
  readonly access?: Type<IntegrationAccessPolicy> | IntegrationAccessPolicy;
  /**
   * Where browsers reach the app: `https://ops.example.com`. Authorization servers send them back
   * there. Default: where the request that begins a sign-in came.
   */
  readonly publicUrl?: string;
  /** Modules that export what the policy's class injects. */
  readonly imports?: ModuleMetadata['imports'];
}

export interface IntegrationAdminAsyncOptions
  extends
    Omit<IntegrationAdminOptions, 'access'>,
    Pick<FactoryProvider<IntegrationAccessPolicy>, 'inject' | 'useFactory'> {}

export const ADMIN_PATH = 'nest-integrations:admin-path';
export const PUBLIC_URL = 'nest-integrations:admin-public-url';
const DEFAULT_PATH = '/admin/integrations';

/**
 * One leading slash, none at the end.
 * @throws TypeError where it has parameters, wildcards or is the root
 */
export function resolvePath(path: string = DEFAULT_PATH): string {
  const resolved = `/${path.replace(/^\/+|\/+$/g, '')}`;
  if (!/^(\/[\w.~-]+)+$/.test(resolved)) {
    throw new TypeError(
      `IntegrationAdminModule: path must be plain segments, like '${DEFAULT_PATH}' (got '${path}')`,
    );
  }
  return resolved;
}

/** @throws TypeError where it is no origin */
export function resolvePublicUrl(publicUrl: string | undefined): string | null {
  if (publicUrl === undefined) return null;
  if (URL.canParse(publicUrl) && /^https?:/.test(publicUrl)) {
    const { origin } = new URL(publicUrl);
    if (origin === publicUrl.replace(/\/$/, '')) return origin;
  }
  throw new TypeError(
    `IntegrationAdminModule: publicUrl must be an origin, like 'https://ops.example.com' (got '${publicUrl}')`,
  );
}
