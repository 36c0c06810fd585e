import {
  dereferenced,
  isFormObject,
  labelOf,
  type FormObject,
  type FormSchema,
} from './form-schema';

/** One of the forms that a value can have, chosen by the constant of one field. */
export interface Variant {
  readonly tag: string;
  readonly label: string;
  readonly schema: FormSchema;
}

export interface Variants {
  /** The field that tells them apart: `type`. */
  readonly discriminator: string;
  readonly variants: readonly Variant[];
}

/** Null where a value has but one form, or nothing tells the forms apart. */
export function variantsOf(schema: FormSchema, root: FormSchema): Variants | null {
  const branches = (schema.oneOf ?? schema.anyOf ?? []).map((branch) => dereferenced(branch, root));
  const [first, ...others] = branches;
  if (!first || others.length === 0) return null;
  const discriminator = Object.keys(first.properties ?? {}).find((name) =>
    branches.every(({ properties }) => typeof properties?.[name]?.const === 'string'),
  );
  if (discriminator === undefined) return null;
  const variants = branches.map((branch) => {
    const tag = String(branch.properties?.[discriminator]?.const);
    return { tag, label: labelOf(tag, { title: branch.title }), schema: branch };
  });
  return { discriminator, variants };
}

export function chosenVariant(
  { discriminator, variants }: Variants,
  value: unknown,
): Variant | null {
  const tag = isFormObject(value) ? value[discriminator] : undefined;
  return variants.find((variant) => variant.tag === tag) ?? null;
}

/**
 * The value in another form: fields that both have stay, those of the form before go, and secrets do
 * not follow: what was meant for one scheme must not be sent by another.
 */
export function toVariant(
  { discriminator }: Variants,
  { tag, schema }: Variant,
  value: unknown,
): FormObject {
  const before = isFormObject(value) ? value : {};
  const kept = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    if (name === discriminator) return [[name, tag] as const];
    if (property['x-secret'] || before[name] === undefined) {
      return property.default === undefined ? [] : [[name, property.default] as const];
    }
    return [[name, before[name]] as const];
  });
  return Object.fromEntries(kept);
}
