import { useCallback } from 'react';
import { answer, api } from '../api/client';
import type { OptionPage, OptionsRequest } from '../schema-form/form-context';
import { isFormObject } from '../schema-form/form-schema';

/** Asks the provider, by the chosen connection, what may be chosen for a field. */
export function useProviderOptions(provider: string | null, connectionId: string | null) {
  return useCallback(
    async ({ field, values, search, cursor, signal }: OptionsRequest): Promise<OptionPage> => {
      if (provider === null) return { options: [] };
      const { items, nextCursor } = await answer(
        api.POST('/providers/{id}/options', {
          params: { path: { id: provider } },
          body: {
            field,
            values: isFormObject(values) ? { ...values } : {},
            search,
            ...(connectionId !== null && { connectionId }),
            ...(cursor !== undefined && { cursor }),
          },
          signal,
        }),
      );
      return {
        options: items.map(({ value, label, description }) => ({
          value,
          label,
          ...(description && { description }),
        })),
        nextCursor,
      };
    },
    [provider, connectionId],
  );
}
