import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

/** Where in a list the reader is: it has no meaning under other filters. */
export const CURSOR = 'cursor';

export type Filters<Name extends string> = Readonly<Record<Name, string>>;

/**
 * Filters that live in the address, so that a list can be linked and reloaded. One that is not set is ''.
 * Changing one goes back to the first page.
 */
export function useUrlFilters<Name extends string>(
  names: readonly Name[],
): readonly [Filters<Name>, (changes: Partial<Filters<Name>>) => void] {
  const [parameters, setParameters] = useSearchParams();
  const joined = names.join(',');
  const filters = useMemo(() => {
    const pairs = joined.split(',').map((name) => [name, parameters.get(name) ?? ''] as const);
    return Object.fromEntries(pairs) as Filters<Name>;
  }, [joined, parameters]);
  const change = useCallback(
    (changes: Partial<Filters<Name>>) => {
      setParameters(
        (before) => {
          const after = new URLSearchParams(before);
          after.delete(CURSOR);
          for (const [name, value] of Object.entries<string | undefined>(changes)) {
            if (value === undefined || value === '') after.delete(name);
            else after.set(name, value);
          }
          return after;
        },
        { replace: true },
      );
    },
    [setParameters],
  );
  return [filters, change];
}

/** Only what is set: as the API's query wants it. */
export function setOnly<Value extends object>(values: Value): Partial<Value> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== '' && value !== undefined),
  ) as Partial<Value>;
}
