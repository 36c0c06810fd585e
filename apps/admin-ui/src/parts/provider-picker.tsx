import { SimpleGrid, Text, UnstyledButton } from '@mantine/core';
import type { Provider } from '../api/types';
import { ProviderIcon } from './provider-icon';
import classes from './provider-picker.module.css';

interface ProviderPickerProps {
  readonly providers: readonly Provider[];
  readonly chosen: string | null;
  readonly onChoose: (provider: Provider) => void;
}

/** A card for each system that can be delivered to. */
export function ProviderPicker({ providers, chosen, onChoose }: ProviderPickerProps) {
  return (
    <SimpleGrid
      cols={{ base: 1, xs: 2, md: 3 }}
      spacing="xs"
      role="radiogroup"
      aria-label="Provider"
    >
      {byName(providers).map((provider) => (
        <UnstyledButton
          key={provider.id}
          role="radio"
          aria-checked={provider.id === chosen}
          className={classes.card}
          data-chosen={provider.id === chosen}
          onClick={() => onChoose(provider)}
        >
          <ProviderIcon icon={provider.icon} size={22} />
          <span className={classes.words}>
            <Text span fw={600} size="sm">
              {provider.displayName}
            </Text>
            <Text span size="xs" c="dimmed" lineClamp={2}>
              {provider.description}
            </Text>
          </span>
        </UnstyledButton>
      ))}
    </SimpleGrid>
  );
}

function byName(providers: readonly Provider[]): readonly Provider[] {
  return providers.toSorted((a, b) => a.displayName.localeCompare(b.displayName));
}
