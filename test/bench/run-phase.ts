import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { phases, PhaseName } from './phases.js';

export type Figures<Name extends PhaseName> = Awaited<ReturnType<(typeof phases)[Name]>>;
type Input<Name extends PhaseName> = Parameters<(typeof phases)[Name]>[0];

const running = new Set<ChildProcess>();
// Whatever ends the benchmark ends what it started.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs a phase in a process of its own, so that none warms up or weighs on another. */
export function runPhase<Name extends PhaseName>(
  name: Name,
  input: Input<Name>,
): Promise<Figures<Name>> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./phase.js', import.meta.url)));
    running.add(child);
    let figures: Figures<Name> | undefined;
    child.once('message', (message: { figures: Figures<Name> }) => ({ figures } = message));
    child.once('exit', (code) => {
      running.delete(child);
      // Only now: what a phase leaves running would weigh on the next one.
      if (figures !== undefined) resolve(figures);
      else reject(new Error(`the phase '${name}' ended with code ${code}`));
    });
    child.send({ name, input });
  });
}
