import { pathText, valueAt, withValueAt, type FieldPath } from './field-path';
import { dereferenced, isFormObject, withoutNull, type FormSchema } from './form-schema';
import { chosenVariant, variantsOf } from './variants';

/** The config with one field changed; what was chosen by the old value of it is chosen no longer. */
export function changedConfig(
  schema: FormSchema,
  config: unknown,
  change: { readonly path: FieldPath; readonly value: unknown },
): unknown {
  const cleared = new Set<string>();
  let next = withValueAt(config, change.path, change.value);
  let changed = [pathText(change.path)];
  const fields = optionFieldsIn(schema, next);
  while (changed.length > 0) {
    const dependents = fields.filter(
      ({ path, dependsOn }) =>
        !cleared.has(pathText(path)) &&
        dependsOn.some((name) => changed.includes(name)) &&
        valueAt(next, path) !== undefined,
    );
    for (const { path } of dependents) next = withValueAt(next, path, undefined);
    changed = dependents.map(({ path }) => pathText(path));
    for (const name of changed) cleared.add(name);
  }
  return next;
}

/** Those whose options are others with another connection. */
export function withoutChosenOptions(schema: FormSchema, config: unknown): unknown {
  return optionFieldsIn(schema, config).reduce(
    (next, { path }) => withValueAt(next, path, undefined),
    config,
  );
}

interface OptionField {
  readonly path: FieldPath;
  readonly dependsOn: readonly string[];
}

/** Of the forms that the config has now. */
function optionFieldsIn(root: FormSchema, config: unknown): OptionField[] {
  const found: OptionField[] = [];
  walk(root, config, []);
  return found;

  function walk(schema: FormSchema, value: unknown, path: FieldPath): void {
    const resolved = withoutNull(dereferenced(schema, root));
    const hint = resolved['x-options'];
    if (hint) found.push({ path, dependsOn: hint.dependsOn });
    const variants = variantsOf(resolved, root);
    const chosen = variants ? chosenVariant(variants, value)?.schema : resolved;
    for (const [name, property] of Object.entries(chosen?.properties ?? {})) {
      walk(property, isFormObject(value) ? value[name] : undefined, [...path, name]);
    }
  }
}
