import { Fieldset, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useFormContext } from '../form-context';
import { labelOf } from '../form-schema';
import type { FieldProps } from '../field-props';
import { chosenVariant, toVariant, variantsOf, type Variants } from '../variants';
import { Fields } from './object-field';
import { useField } from './use-field';

/** Above it a list says more in less room. */
const MAX_SEGMENTS = 4;

/** One of several forms; choosing another drops what belongs to the one before. */
export function VariantField(props: FieldProps) {
  const { root } = useFormContext();
  const { value, set, input } = useField(props);
  const { schema, path, name } = props;
  const variants = variantsOf(schema, root);
  if (!variants) return null;
  const chosen = chosenVariant(variants, value);
  const label = path.length === 0 ? labelOf(variants.discriminator, {}) : input.label;
  const body = (
    <Stack gap="sm">
      {input.description !== undefined && (
        <Text size="xs" c="dimmed">
          {input.description}
        </Text>
      )}
      <VariantChoice
        label={label}
        variants={variants}
        tag={chosen?.tag ?? null}
        onChoose={(tag) => {
          const next = variants.variants.find((variant) => variant.tag === tag);
          if (next && next !== chosen) set(toVariant(variants, next, value));
        }}
      />
      {input.error !== undefined && (
        <Text size="xs" c="red" role="alert">
          {input.error}
        </Text>
      )}
      {/* Another form is another set of fields: nothing typed in one may show up in the other. */}
      {chosen && (
        <Fields key={chosen.tag} schema={chosen.schema} path={path} name={name} isRequired />
      )}
    </Stack>
  );
  if (path.length === 0 || typeof path.at(-1) === 'number') return body;
  return <Fieldset legend={input.label}>{body}</Fieldset>;
}

interface VariantChoiceProps {
  readonly label: string;
  readonly variants: Variants;
  readonly tag: string | null;
  readonly onChoose: (tag: string | null) => void;
}

function VariantChoice({ label, variants, tag, onChoose }: VariantChoiceProps) {
  const data = variants.variants.map((variant) => ({ value: variant.tag, label: variant.label }));
  if (data.length > MAX_SEGMENTS) {
    return (
      <Select
        aria-label={label}
        data={data}
        value={tag}
        onChange={onChoose}
        allowDeselect={false}
        maw={420}
      />
    );
  }
  return (
    <SegmentedControl
      aria-label={label}
      data={data}
      value={tag ?? ''}
      onChange={onChoose}
      style={{ alignSelf: 'flex-start' }}
    />
  );
}
