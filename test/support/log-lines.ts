import type { LoggerService } from '@nestjs/common';

/** A structured line of a host's log. */
export interface LogLine {
  readonly event: string;
  readonly deliveryId?: string;
  readonly reason?: string;
}

const KEPT_LINES = 200;

/** What hosts logged, in this process (as its Nest logger) or in others (line by line). */
export class LogLines implements LoggerService {
  readonly events: LogLine[] = [];
  private readonly lines: string[] = [];

  /** A line of another process: JSON of Nest's ConsoleLogger, or whatever else it printed. */
  hear(line: string): void {
    this.keep(line);
    if (!line.startsWith('{')) return;
    const { message } = JSON.parse(line) as { message?: unknown };
    this.add(message);
  }

  log(message: unknown): void {
    this.add(message);
  }

  warn(message: unknown): void {
    this.keep(JSON.stringify(message));
    this.add(message);
  }

  error(message: unknown): void {
    this.keep(JSON.stringify(message));
    this.add(message);
  }

  of(event: string): LogLine[] {
    return this.events.filter((line) => line.event === event);
  }

  /** The last that was logged, for the message of a failed test. */
  tail(): string {
    return this.lines.slice(-30).join('\n');
  }

  private keep(line: string): void {
    this.lines.push(line);
    if (this.lines.length > KEPT_LINES) this.lines.shift();
  }

  private add(message: unknown): void {
    if (typeof message === 'object' && message !== null && 'event' in message) {
      this.events.push(message as LogLine);
    }
  }
}
