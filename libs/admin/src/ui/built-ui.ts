import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Beside `src` and `dist`: where `apps/admin-ui` puts its build. */
const DIRECTORY = fileURLToPath(new URL('../../ui/', import.meta.url));

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Smallest first; made at build time, so serving costs no CPU. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

export interface UiAsset {
  readonly content: Buffer;
  readonly mediaType: string;
  readonly encoding: string | null;
}

/** The pages as they were built: one document, and assets whose names change with what is in them. */
export class BuiltUi {
  private readonly names: ReadonlySet<string>;
  private readonly read = new Map<string, Buffer>();

  constructor(private readonly directory: string = DIRECTORY) {
    const assets = join(directory, 'assets');
    this.names = new Set(existsSync(assets) ? readdirSync(assets) : []);
  }

  /** `null`: these sources have not been built. */
  get document(): string | null {
    const file = join(this.directory, 'index.html');
    return existsSync(file) ? this.contentOf('index.html').toString('utf8') : null;
  }

  /** `null`: there is none of that name. A name is looked up, never made a path of. */
  asset(name: string, acceptEncoding: string): UiAsset | null {
    const mediaType = MEDIA_TYPES[extname(name)];
    if (mediaType === undefined || !this.names.has(name)) return null;
    const encoding = ENCODINGS.find(
      (one) => accepts(acceptEncoding, one.name) && this.names.has(name + one.suffix),
    );
    return {
      content: this.contentOf(join('assets', name + (encoding?.suffix ?? ''))),
      mediaType,
      encoding: encoding?.name ?? null,
    };
  }

  private contentOf(file: string): Buffer {
    const kept = this.read.get(file);
    if (kept) return kept;
    const content = readFileSync(join(this.directory, file));
    this.read.set(file, content);
    return content;
  }
}

function accepts(header: string, encoding: string): boolean {
  return header.split(',').some((part) => {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    return name === encoding && !parameters.some((one) => /^q=0(\.0*)?$/.test(one));
  });
}
