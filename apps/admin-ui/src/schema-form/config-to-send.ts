import { applies } from './applies';
import { dereferenced, isFormObject, withoutNull, type FormSchema } from './form-schema';
import { chosenVariant, variantsOf } from './variants';

/**
 * What the form holds as the server takes it: fields that do not apply are left out, and so is what is
 * empty. `null` stays: it clears a secret.
 */
export function configToSend(schema: FormSchema, config: unknown, root = schema): unknown {
  const resolved = withoutNull(dereferenced(schema, root));
  if (Array.isArray(config)) {
    const { items } = resolved;
    return config
      .filter((item: unknown) => item !== undefined && item !== '')
      .map((item: unknown) => (typeof items === 'object' ? configToSend(items, item, root) : item));
  }
  if (!isFormObject(config)) return config;
  const variants = variantsOf(resolved, root);
  const { properties = {} } = (variants ? chosenVariant(variants, config)?.schema : resolved) ?? {};
  const kept = Object.entries(config).flatMap(([name, value]): [string, unknown][] => {
    const property = properties[name];
    if (value === undefined || value === '') return [];
    if (property && !applies(property, config)) return [];
    return [[name, property ? configToSend(property, value, root) : value]];
  });
  return Object.fromEntries(kept);
}
