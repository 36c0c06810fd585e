import { isAbsolute } from 'node:path';

/** What the operator allows; admins can't change it. */
export interface ShellProviderOptions {
  /** Commands run as the user of the process that delivers. Default false: none is run. */
  readonly enabled?: boolean;
  /** Absolute paths of all that may be run. Default: any. */
  readonly commands?: readonly string[];
  /** The environment of every command, beside what the event says. Default: a plain `PATH`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Where commands run that name no directory. Default `/`. */
  readonly workingDirectory?: string;
}

export const SHELL_OPTIONS = 'nest-integrations:shell-options';

export type ResolvedShellOptions = ReturnType<typeof resolveShellOptions>;

/** @throws TypeError */
export function resolveShellOptions(options: ShellProviderOptions = {}) {
  const { enabled = false, commands, variables = {}, workingDirectory = '/' } = options;
  for (const path of [...(commands ?? []), workingDirectory]) {
    if (!isAbsolute(path)) {
      throw new TypeError(`ShellProviderModule: '${path}' must be an absolute path`);
    }
  }
  return Object.freeze({
    enabled,
    commands: commands && new Set(commands),
    variables: { PATH: '/usr/local/bin:/usr/bin:/bin', ...variables },
    workingDirectory,
  });
}
