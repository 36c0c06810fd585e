import {
  delivered,
  IntegrationProvider,
  rejected,
  retry,
  Template,
  TemplateError,
  templateScopeOf,
  versioned,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
} from '@nest-integrations/core';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { runCommand, type Command, type CommandResult } from './command-run.js';
import { eventVariables } from './event-variables.js';
import { shellConfig, type ShellConfig } from './shell-config.js';
import { shellDocumentation } from './shell-documentation.js';
import { resolveShellOptions, SHELL_OPTIONS, type ResolvedShellOptions } from './shell-options.js';

type Context = DeliveryContext<ShellConfig>;

/** `EX_TEMPFAIL` of sysexits.h */
const TRY_AGAIN = 75;
const MAX_REASON = 300;
/** Linux takes no longer argument. */
const MAX_ARGUMENT = 131_071;

/** Runs a command of the machine that delivers, the event on its stdin. */
@Injectable()
@IntegrationProvider({
  id: 'shell',
  displayName: 'Command',
  description: 'Runs a command of the server for each event. Off unless the operator allows it.',
  icon: 'terminal',
  config: versioned(1, shellConfig),
  documentation: shellDocumentation,
})
export class ShellProvider implements DeliveryProvider<ShellConfig> {
  private readonly templates = new WeakMap<ShellConfig, readonly Template[]>();

  constructor(
    @Optional()
    @Inject(SHELL_OPTIONS)
    private readonly options: ResolvedShellOptions = resolveShellOptions(),
  ) {}

  validate({ command }: ShellConfig): { field: string; message: string }[] {
    const refusal = this.refusalOf(command);
    return refusal === null ? [] : [{ field: 'command', message: refusal }];
  }

  async deliver(context: Context): Promise<DeliveryOutcome> {
    const refusal = this.refusalOf(context.config.command);
    if (refusal !== null) return rejected(`The command ${refusal}`);
    const command = this.commandOf(context);
    const result = await runCommand(command);
    tell(context, { command, result });
    if (result.stdout !== '') context.note(`stdout: ${result.stdout}`);
    if (result.stderr !== '') context.note(`stderr: ${result.stderr}`);
    return outcomeOf(result, context.config);
  }

  /** Runs nothing. */
  async preview(context: Context): Promise<DeliveryOutcome | void> {
    const refusal = this.refusalOf(context.config.command);
    if (refusal !== null) return rejected(`The command ${refusal}`);
    tell(context, { command: this.commandOf(context), result: null });
  }

  /** The end of a sentence; null: it may be run. */
  private refusalOf(command: string): string | null {
    const { enabled, commands } = this.options;
    if (!enabled) {
      return 'is not run: the operator has not switched commands on (ShellProviderModule.forRoot({ enabled: true }))';
    }
    if (!commands || commands.has(command)) return null;
    return `is not among those that the operator allows: ${[...commands].join(', ') || 'none'}`;
  }

  /** @throws TemplateError */
  private commandOf(context: Context): Command {
    const { config, event, signal } = context;
    const scope = templateScopeOf(context);
    return {
      path: config.command,
      args: this.templatesOf(config).map((template, i) => argument(template.render(scope), i)),
      stdin: JSON.stringify(event),
      environment: { ...this.options.variables, ...eventVariables(context) },
      workingDirectory: config.workingDirectory ?? this.options.workingDirectory,
      timeoutMs: config.timeoutMs,
      signal,
    };
  }

  private templatesOf(config: ShellConfig): readonly Template[] {
    let templates = this.templates.get(config);
    if (!templates) {
      templates = config.args.map((source) => Template.compile(source, 'text'));
      this.templates.set(config, templates);
    }
    return templates;
  }
}

/** @throws TemplateError */
function argument(text: string, index: number): string {
  if (!text.includes('\0') && Buffer.byteLength(text) <= MAX_ARGUMENT) return text;
  throw new TemplateError(`args[${index}] yields a NUL, or more than ${MAX_ARGUMENT} bytes`);
}

function tell(
  context: Context,
  { command, result }: { command: Command; result: CommandResult | null },
): void {
  const { path, args, stdin } = command;
  context.tell({
    request: {
      method: 'RUN',
      url: `file://${encodeURI(path)}`,
      headers: Object.fromEntries(args.map((text, i) => [`argument-${i + 1}`, text])),
      body: stdin,
    },
    response:
      result?.end.kind === 'exited' ? { status: result.end.code, body: result.stdout } : null,
    totalMs: result?.totalMs ?? 0,
  });
}

function outcomeOf({ end, stderr }: CommandResult, { timeoutMs }: ShellConfig): DeliveryOutcome {
  const said = stderr.split('\n').at(-1)?.slice(0, MAX_REASON) ?? '';
  const because = said === '' ? '' : `: ${said}`;
  switch (end.kind) {
    case 'exited':
      if (end.code === 0) return delivered();
      if (end.code === TRY_AGAIN) return retry(`The command asked to be tried again${because}`);
      return rejected(`The command exited with ${end.code}${because}`);
    case 'killed':
      return retry(`The command was killed by ${end.signal}${because}`);
    case 'timed out':
      return retry(`The command did not end within ${timeoutMs} ms and was killed${because}`);
    case 'aborted':
      return retry('The attempt’s time was over, or its worker stopped: the command was killed');
    case 'printed too much':
      return rejected('The command printed more than 1 MiB and was killed');
    case 'not started':
      return end.isBusy
        ? retry(`The command can’t be started now: ${end.reason}`)
        : rejected(`The command can’t be started: ${end.reason}`);
  }
}
