import { dereferenced, isFormObject, withoutNull, type FormSchema } from './form-schema';
import { chosenVariant, variantsOf } from './variants';

/** A config less every secret that was typed. */
export function withoutSecrets(schema: FormSchema, config: unknown, root = schema): unknown {
  const resolved = withoutNull(dereferenced(schema, root));
  if (resolved['x-secret']) return undefined;
  if (Array.isArray(config)) {
    const { items } = resolved;
    return typeof items === 'object'
      ? config.map((item: unknown) => withoutSecrets(items, item, root))
      : config;
  }
  if (!isFormObject(config)) return config;
  const variants = variantsOf(resolved, root);
  const form = variants ? chosenVariant(variants, config)?.schema : resolved;
  const { properties = {}, additionalProperties } = form ?? {};
  const kept = Object.entries(config).flatMap(([name, value]): [string, unknown][] => {
    const property =
      properties[name] ??
      (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    const shown = property ? withoutSecrets(property, value, root) : value;
    return shown === undefined ? [] : [[name, shown]];
  });
  return Object.fromEntries(kept);
}
