import { phases, type PhaseName } from './phases.js';

/** Runs one phase in a process of its own, so that none warms up or weighs on another. */
process.once('message', ({ name, input }: { name: PhaseName; input: never }) => {
  phases[name](input).then(
    (figures) => process.send?.({ figures }, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
