import type { JsonSchema } from '../schema/json-schema.js';
import { optionsForOf, type OptionPage, type OptionsContext } from './options-for.decorator.js';

/** A field whose values the provider can list. */
export interface OptionField {
  readonly field: string;
  readonly dependsOn: readonly string[];
  readonly isSearchable: boolean;
  readonly list: (context: OptionsContext) => Promise<OptionPage>;
}

/**
 * What `@OptionsFor` declares on a provider's class.
 * @throws Error where a field is not in the config's schema, is declared twice, or is no method
 */
export function optionFieldsOf(instance: object, schema: JsonSchema): Map<string, OptionField> {
  const fields = new Map<string, OptionField>();
  for (const { field, method, dependsOn = [], searchable = false } of optionsForOf(
    instance.constructor,
  )) {
    const unknown = [field, ...dependsOn].find((path) => !schemasAt(schema, path).length);
    if (unknown !== undefined) {
      throw new Error(`@OptionsFor('${field}'): its config has no field '${unknown}'`);
    }
    if (fields.has(field)) throw new Error(`@OptionsFor('${field}') is declared twice`);
    const list: unknown = Reflect.get(instance, method);
    if (typeof list !== 'function') throw new Error(`@OptionsFor('${field}') is not on a method`);
    fields.set(field, {
      field,
      dependsOn,
      isSearchable: searchable,
      list: async (context) => pageOf(await Reflect.apply(list, instance, [context]), field),
    });
  }
  return fields;
}

/** The schema, in which each such field tells a form so by its keyword `x-options`. */
export function withOptionHints(schema: JsonSchema, fields: Iterable<OptionField>): JsonSchema {
  const copy = structuredClone(schema);
  for (const { field, dependsOn, isSearchable } of fields) {
    for (const place of schemasAt(copy, field)) {
      Object.assign(place, { 'x-options': { dependsOn, searchable: isSearchable } });
    }
  }
  return copy;
}

/** The schemas of a field, in the items of lists too; alternatives may each have one. */
function schemasAt(root: JsonSchema, path: string): JsonSchema[] {
  let places: JsonSchema[] = [root];
  for (const name of path.split('.')) {
    places = places.flatMap(alternativesOf).flatMap(({ properties }) => {
      const property = properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
      return property ? [property] : [];
    });
  }
  return places;
}

function alternativesOf(schema: JsonSchema): JsonSchema[] {
  const { anyOf = [], oneOf = [], allOf = [], items } = schema;
  const inner = [...anyOf, ...oneOf, ...allOf, ...(typeof items === 'object' ? [items] : [])];
  return [schema, ...inner.flatMap(alternativesOf)];
}

function pageOf(answer: unknown, field: string): OptionPage {
  const page: unknown = Array.isArray(answer) ? { options: answer } : answer;
  if (isPage(page)) return page;
  throw new TypeError(`@OptionsFor('${field}') must answer a list of { value, label }`);
}

function isPage(page: unknown): page is OptionPage {
  return (
    typeof page === 'object' &&
    page !== null &&
    'options' in page &&
    Array.isArray(page.options) &&
    page.options.every(
      (option: unknown) =>
        typeof option === 'object' &&
        option !== null &&
        'value' in option &&
        typeof option.value === 'string' &&
        'label' in option &&
        typeof option.label === 'string',
    )
  );
}
