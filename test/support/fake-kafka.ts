import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { crc32c, ProtocolReader, ProtocolWriter } from './kafka-protocol.js';
import { RECEIVER_CERT, RECEIVER_KEY } from './receiver-certificate.js';

export const KAFKA_USER = 'notify';
export const KAFKA_PASSWORD = 'not-a-real-password';

export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly isCompressed: boolean;
}

export interface FakeKafkaOptions {
  /** Its certificate is for `receiver.test`. */
  readonly tls?: boolean;
  readonly sasl?: 'PLAIN' | 'SCRAM-SHA-256';
  /** What it says of its own address. Default: `receiver.test` and its port. */
  readonly advertised?: string;
}

const API = { produce: 0, metadata: 3, saslHandshake: 17, apiVersions: 18, saslAuthenticate: 36 };
/** Versions that are spoken here, from and to. */
const VERSIONS: readonly (readonly [key: number, from: number, to: number])[] = [
  [API.produce, 3, 3],
  [API.metadata, 4, 4],
  [API.saslHandshake, 1, 1],
  [API.apiVersions, 0, 2],
  [API.saslAuthenticate, 0, 0],
];
const UNKNOWN_TOPIC = 3;
const PARTITIONS = 3;

interface Session {
  isSignedIn: boolean;
  scram: {
    readonly clientFirst: string;
    readonly serverFirst: string;
    readonly salt: Buffer;
  } | null;
}

/**
 * One broker of Kafka after its protocol guide: ApiVersions, Metadata, Produce with record batches whose
 * checksums are checked, PLAIN and SCRAM-SHA-256. It is no Kafka: no replicas, no groups, no other
 * versions of the protocol.
 */
export class FakeKafka {
  readonly topics = ['events', '__consumer_offsets'];
  readonly records: KafkaRecord[] = [];
  /** Kafka's number of the error that the next message is answered with. */
  nextError = 0;
  /** Takes what is sent and cuts the connection in place of an answer. */
  cutsAnswers = false;
  connections = 0;
  acks: number | null = null;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly options: FakeKafkaOptions,
  ) {}

  static async start(options: FakeKafkaOptions = {}): Promise<FakeKafka> {
    const server: Server = options.tls
      ? createTlsServer({ key: RECEIVER_KEY, cert: RECEIVER_CERT })
      : createTcpServer();
    const kafka = new FakeKafka(server, options);
    server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) =>
      kafka.serve(socket),
    );
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return kafka;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private serve(socket: Socket): void {
    this.connections++;
    this.sockets.add(socket);
    const session: Session = { isSignedIn: this.options.sasl === undefined, scram: null };
    let buffered = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (data: Buffer) => {
      buffered = Buffer.concat([buffered, data]);
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
        const end = 4 + buffered.readInt32BE(0);
        this.hear(new ProtocolReader(buffered.subarray(4, end)), session, socket);
        buffered = buffered.subarray(end);
      }
    });
  }

  private hear(request: ProtocolReader, session: Session, socket: Socket): void {
    const [key, version, correlationId] = [request.int16(), request.int16(), request.int32()];
    request.string();
    const isSpoken = VERSIONS.some(
      ([known, from, to]) => known === key && version >= from && version <= to,
    );
    const needsNoSignIn =
      key === API.apiVersions || key === API.saslHandshake || key === API.saslAuthenticate;
    // As Kafka does with what it does not understand or does not allow.
    if (!isSpoken || !(session.isSignedIn || needsNoSignIn)) return void socket.destroy();
    const answer = new ProtocolWriter().int32(correlationId);
    if (key === API.apiVersions) apiVersions(answer, version);
    else if (key === API.metadata) this.metadata(request, answer);
    else if (key === API.saslHandshake) this.saslHandshake(request, answer);
    else if (key === API.saslAuthenticate) this.saslAuthenticate(request, answer, session);
    else this.produce(request, answer);
    if (key === API.produce && this.cutsAnswers) return void socket.destroy();
    const body = answer.bytes();
    socket.write(new ProtocolWriter().int32(body.length).raw(body).bytes());
  }

  private metadata(request: ProtocolReader, answer: ProtocolWriter): void {
    const asked = request.array(() => request.string() ?? '');
    const [host = 'receiver.test', port = this.port] = this.options.advertised?.split(':') ?? [];
    answer.int32(0).array([0], () => answer.int32(0).string(host).int32(Number(port)).string(null));
    answer.string('cluster').int32(0);
    answer.array(asked ?? this.topics, (topic) => {
      const isKnown = this.topics.includes(topic);
      answer
        .int16(isKnown ? 0 : UNKNOWN_TOPIC)
        .string(topic)
        .int8(0);
      const partitions = isKnown ? Array.from({ length: PARTITIONS }, (_, i) => i) : [];
      answer.array(partitions, (id) => {
        answer.int16(0).int32(id).int32(0);
        answer.array([0], (replica) => answer.int32(replica));
        answer.array([0], (replica) => answer.int32(replica));
      });
    });
  }

  private produce(request: ProtocolReader, answer: ProtocolWriter): void {
    request.string();
    this.acks = request.int16();
    request.int32();
    const error = this.nextError;
    this.nextError = 0;
    const answers = request.array(() => {
      const topic = request.string() ?? '';
      const partitions = request.array(() => {
        const partition = request.int32();
        const batch = request.raw(request.int32());
        const offset = this.records.length;
        if (error === 0) this.records.push(...recordsOf(batch, { topic, partition }));
        return { partition, offset };
      });
      return { topic, partitions: partitions ?? [] };
    });
    answer.array(answers ?? [], ({ topic, partitions }) =>
      answer.string(topic).array(partitions, ({ partition, offset }) =>
        answer
          .int32(partition)
          .int16(error)
          .int64(error === 0 ? offset : -1)
          .int64(-1),
      ),
    );
    answer.int32(0);
  }

  private saslHandshake(request: ProtocolReader, answer: ProtocolWriter): void {
    const { sasl } = this.options;
    const UNSUPPORTED = 33;
    answer.int16(request.string() === sasl ? 0 : UNSUPPORTED);
    answer.array(sasl === undefined ? [] : [sasl], (mechanism) => answer.string(mechanism));
  }

  private saslAuthenticate(
    request: ProtocolReader,
    answer: ProtocolWriter,
    session: Session,
  ): void {
    const said = request.raw(request.int32());
    const reply =
      this.options.sasl === 'PLAIN'
        ? plain(said.toString(), session)
        : scram(said.toString(), session);
    const FAILED = 58;
    answer.int16(reply === null ? FAILED : 0);
    answer.string(reply === null ? 'Authentication failed: Invalid username or password' : null);
    const bytes = Buffer.from(reply ?? '');
    answer.int32(bytes.length).raw(bytes);
  }
}

function apiVersions(answer: ProtocolWriter, version: number): void {
  answer.int16(0).array(VERSIONS, ([key, from, to]) => answer.int16(key).int16(from).int16(to));
  if (version > 0) answer.int32(0);
}

/** RFC 4616. Null: refused. */
function plain(said: string, session: Session): string | null {
  const [, user, password] = said.split('\0');
  session.isSignedIn = user === KAFKA_USER && password === KAFKA_PASSWORD;
  return session.isSignedIn ? '' : null;
}

const ITERATIONS = 4_096;

/** RFC 5802 and 7677, without channel binding. Null: refused. */
function scram(said: string, session: Session): string | null {
  if (!session.scram) {
    const clientFirst = said.replace(/^n,,/, '');
    const [, user, nonce] = /^n=([^,]+),r=(.+)$/.exec(clientFirst) ?? [];
    if (user !== KAFKA_USER) return null;
    const salt = randomBytes(16);
    const serverFirst = `r=${nonce}${randomBytes(12).toString('hex')},s=${salt.toString('base64')},i=${ITERATIONS}`;
    session.scram = { clientFirst, serverFirst, salt };
    return serverFirst;
  }
  const { clientFirst, serverFirst, salt } = session.scram;
  const [, withoutProof = '', proof = ''] = /^(c=.+,r=[^,]+),p=(.+)$/.exec(said) ?? [];
  const hmac = (key: Buffer, data: string): Buffer =>
    createHmac('sha256', key).update(data).digest();
  const salted = pbkdf2Sync(KAFKA_PASSWORD, salt, ITERATIONS, 32, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  const storedKey = createHash('sha256').update(clientKey).digest();
  const auth = `${clientFirst},${serverFirst},${withoutProof}`;
  const signature = hmac(storedKey, auth);
  const expected = Buffer.from(clientKey.map((byte, i) => byte ^ (signature[i] ?? 0)));
  const given = Buffer.from(proof, 'base64');
  session.isSignedIn = given.length === expected.length && timingSafeEqual(given, expected);
  const serverSignature = hmac(hmac(salted, 'Server Key'), auth).toString('base64');
  return session.isSignedIn ? `v=${serverSignature}` : null;
}

/** A record batch of version 2. @throws Error where its checksum is wrong */
function recordsOf(
  bytes: Buffer,
  place: { readonly topic: string; readonly partition: number },
): KafkaRecord[] {
  const batch = new ProtocolReader(bytes);
  batch.raw(8 + 4 + 4);
  if (batch.int8() !== 2) throw new Error('the record batch is not of version 2');
  if (batch.int32() >>> 0 !== crc32c(bytes.subarray(21))) throw new Error('the checksum is wrong');
  const attributes = batch.int16();
  batch.raw(4 + 8 + 8 + 8 + 2 + 4);
  const count = batch.int32();
  const isCompressed = (attributes & 0b111) === 1;
  const rest = batch.rest();
  const records = new ProtocolReader(isCompressed ? gunzipSync(rest) : rest);
  return Array.from({ length: count }, () => {
    records.varint();
    records.int8();
    records.varint();
    records.varint();
    const key = records.varBytes();
    const value = records.varBytes();
    const headers: Record<string, string> = {};
    const headerCount = records.varint();
    for (let i = 0; i < headerCount; i++) {
      headers[String(records.varBytes())] = String(records.varBytes());
    }
    return { ...place, key: key && key.toString(), value: String(value), headers, isCompressed };
  });
}
