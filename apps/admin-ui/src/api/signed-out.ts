/** Whether the session has ended while the pages were open: one fact, told to who listens. */
class SignedOut {
  private value = false;
  private readonly listeners = new Set<() => void>();

  readonly get = (): boolean => this.value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(value: boolean): void {
    if (value === this.value) return;
    this.value = value;
    for (const listener of this.listeners) listener();
  }
}

export const signedOut = new SignedOut();
