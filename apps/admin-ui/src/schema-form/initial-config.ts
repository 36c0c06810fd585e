import { dereferenced, typeOf, withoutNull, type FormSchema } from './form-schema';
import { toVariant, variantsOf } from './variants';

/** What a new form begins with: defaults, and what must be there. */
export function initialConfig(schema: FormSchema, root: FormSchema = schema): unknown {
  const resolved = withoutNull(dereferenced(schema, root));
  if (resolved.default !== undefined) return resolved.default;
  const variants = variantsOf(resolved, root);
  const [first] = variants?.variants ?? [];
  if (variants && first) return toVariant(variants, first, {});
  if (resolved.const !== undefined) return resolved.const;
  if (typeOf(resolved) !== 'object') return undefined;
  const { properties = {}, required = [] } = resolved;
  const fields = Object.entries(properties).map(([name, property]) => {
    const hasOwn = required.includes(name) || property.default !== undefined;
    return [name, hasOwn ? initialConfig(property, root) : undefined] as const;
  });
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}
