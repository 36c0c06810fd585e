import { patternMatches } from '@nest-integrations/common';
import { useMemo } from 'react';
import type { EventType } from '../api/types';
import type { TemplatePath } from '../schema-form/form-context';
import type { FilterProperty } from '../subscription-form/filter-builder';

/** What templates and filters may use: the paths of every event type that the patterns match. */
export function useEventPaths(patterns: readonly string[], eventTypes: readonly EventType[]) {
  return useMemo(() => {
    const matched = eventTypes.filter(({ id }) =>
      patterns.some((pattern) => patternMatches(pattern, id)),
    );
    const byPath = new Map(
      matched.flatMap((type) => type.properties).map((property) => [property.path, property]),
    );
    const paths: TemplatePath[] = [...byPath.values()];
    const properties: FilterProperty[] = paths.map(({ path, type }) => ({
      // Filters speak of the payload alone, and of a list's members as of the list.
      path: path.replace(/^payload\./, '').replaceAll('[]', ''),
      type,
    }));
    return { paths, properties };
  }, [patterns, eventTypes]);
}
