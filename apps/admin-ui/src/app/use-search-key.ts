import { useHotkeys } from '@mantine/hooks';

/** `/` goes to the search of the screen, as in most lists. */
export function useSearchKey(): void {
  useHotkeys([
    [
      '/',
      () => {
        const search = document.querySelector<HTMLInputElement>('main [data-search]');
        search?.focus();
        search?.select();
      },
    ],
  ]);
}
