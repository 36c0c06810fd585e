export interface Turn {
  /** Resolves once every turn before has ended. */
  readonly comes: Promise<void>;
  end(): void;
}

/** An order among things that run side by side, for those that need one. */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  next(): Turn {
    const comes = this.last;
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.last = comes.then(() => ended);
    return { comes, end };
  }
}
