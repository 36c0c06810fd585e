import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A stream that is there before its socket is: what is written waits until it has been opened. */
export class LateStream extends Duplex {
  private socket: Socket | null = null;

  constructor(private readonly open: () => Promise<Socket>) {
    super({ allowHalfOpen: true });
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.open().then(
      (socket) => {
        if (this.destroyed) return void socket.destroy();
        this.attach(socket);
        done();
      },
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _read(): void {
    this.socket?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void) {
    if (!this.socket) return done(new Error('the connection is not open'));
    this.socket.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (!this.socket) return done();
    this.socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.socket?.destroy();
    done(error);
  }

  private attach(socket: Socket): void {
    this.socket = socket;
    socket
      .on('data', (chunk: Buffer) => {
        if (!this.push(chunk)) socket.pause();
      })
      .on('end', () => this.push(null))
      .on('error', (error) => this.destroy(error))
      .on('close', () => socket.readableEnded || this.destroy());
  }
}
