/** The part of JSON Schema (2020-12) that providers' schemas use, with the hints for forms. */
export interface FormSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, FormSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | FormSchema;
  readonly items?: boolean | FormSchema;
  readonly anyOf?: readonly FormSchema[];
  readonly oneOf?: readonly FormSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, FormSchema>>;
  readonly 'x-secret'?: boolean;
  readonly 'x-hidden'?: boolean;
  readonly 'x-multiline'?: boolean;
  /** Or the sibling field that says it. */
  readonly 'x-template'?: TemplateTarget | { readonly by: string };
  readonly 'x-placeholder'?: string;
  readonly 'x-code'?: 'javascript';
  readonly 'x-options'?: OptionsHint;
  /** By sibling field, the values with which this one applies. */
  readonly 'x-show-when'?: Readonly<Record<string, readonly unknown[]>>;
}

export type TemplateTarget = 'text' | 'json' | 'html' | 'mrkdwn' | 'markdown' | 'form' | 'url';

export interface OptionsHint {
  /** Paths from the config's root that must have a value first. */
  readonly dependsOn: readonly string[];
  readonly searchable: boolean;
}

export type FormObject = Readonly<Record<string, unknown>>;

export function isFormObject(value: unknown): value is FormObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schema that a reference within `root` stands for. */
export function dereferenced(schema: FormSchema, root: FormSchema): FormSchema {
  let current = schema;
  for (let hops = 0; current.$ref !== undefined && hops < 16; hops++) {
    if (current.$ref === '#') return root;
    const name = /^#\/\$defs\/(.+)$/.exec(current.$ref)?.[1];
    current = (name === undefined ? undefined : root.$defs?.[name]) ?? {};
  }
  return current;
}

/** `string`, `object`, …; of alternatives with null, the other one. */
export function typeOf({ type, const: constant, enum: values, properties }: FormSchema): string {
  const named = [type ?? []].flat().filter((name) => name !== 'null');
  if (named[0] !== undefined) return named[0];
  const [sample = constant] = values ?? [];
  if (sample !== undefined) return typeof sample;
  return properties ? 'object' : 'any';
}

/** A `anyOf` of one thing or null is that thing, which may be left empty. */
export function withoutNull(schema: FormSchema): FormSchema {
  const { anyOf, ...rest } = schema;
  if (!anyOf) return schema;
  const others = anyOf.filter(({ type }) => type !== 'null');
  const [only] = others;
  return others.length === 1 && only ? { ...only, ...rest } : schema;
}

/** `clientId` as a person reads it: `Client ID`. */
export function labelOf(name: string, { title }: FormSchema): string {
  if (title !== undefined) return title;
  const words = name
    .replaceAll(/[-_]+/g, ' ')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/\b(id|url|uri|ip|json|html|api|ca|tls|ssl|http)\b/g, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}
