/** Where the platform can be reached: for the links in payloads. */
export class PlatformAddress {
  constructor(readonly origin: string) {}

  linkTo(path: string): string {
    return `${this.origin}${path}`;
  }
}
