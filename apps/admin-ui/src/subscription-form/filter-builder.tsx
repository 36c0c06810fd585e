import {
  ActionIcon,
  Button,
  Group,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
  Autocomplete,
} from '@mantine/core';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { Editor } from '../code-editor/editor';
import {
  arityOf,
  filterOf,
  OPERATOR_LABELS,
  rowsOf,
  valueFrom,
  type FilterOperator,
  type FilterRow,
} from './filter-rows';

type Filter = Readonly<Record<string, unknown>>;

export interface FilterProperty {
  /** Below the payload. */
  readonly path: string;
  readonly type: string;
}

export interface FilterBuilderProps {
  readonly filter: Filter | null;
  readonly onChange: (filter: Filter | null) => void;
  readonly properties: readonly FilterProperty[];
  readonly error?: string | undefined;
}

const OPERATORS = (Object.keys(OPERATOR_LABELS) as FilterOperator[]).map((value) => ({
  value,
  label: OPERATOR_LABELS[value],
}));

/** Conditions on the payload, row by row; what rows can't say is edited as JSON. */
export function FilterBuilder({ filter, onChange, properties, error }: FilterBuilderProps) {
  const [rows, setRows] = useState<FilterRow[]>(() => rowsOf(filter) ?? []);
  const [isJson, setJson] = useState(() => rowsOf(filter) === null);
  const [text, setText] = useState(() => JSON.stringify(filter ?? {}, null, 2));
  const [problem, setProblem] = useState<string>();

  const changeRows = (next: FilterRow[]) => {
    setRows(next);
    onChange(filterOf(next));
  };
  const changeRow = (index: number, part: Partial<FilterRow>) =>
    changeRows(rows.map((row, other) => (other === index ? { ...row, ...part } : row)));
  const changeText = (next: string) => {
    setText(next);
    const parsed = filterIn(next);
    setProblem(typeof parsed === 'string' ? parsed : undefined);
    if (typeof parsed !== 'string') onChange(parsed);
  };
  const switchTo = (json: boolean) => {
    if (json) setText(JSON.stringify(filter ?? {}, null, 2));
    else setRows(rowsOf(filter) ?? []);
    setProblem(undefined);
    setJson(json);
  };
  const canShowRows = rowsOf(filter) !== null && problem === undefined;

  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {rows.length === 0 && !isJson
            ? 'Every event of the chosen types is sent.'
            : 'Only events for which all of this holds are sent.'}
        </Text>
        <Switch
          size="xs"
          label="Edit as JSON"
          checked={isJson}
          disabled={isJson && !canShowRows}
          onChange={(event) => switchTo(event.currentTarget.checked)}
        />
      </Group>
      {isJson ? (
        <Editor label="Filter as JSON" language="json" value={text} onChange={changeText} />
      ) : (
        rows.map((row, index) => (
          // Rows have no identity but their place.
          <Row
            key={index}
            row={row}
            properties={properties}
            onChange={(part) => changeRow(index, part)}
            onRemove={() => changeRows(rows.filter((_, other) => other !== index))}
          />
        ))
      )}
      {(problem ?? error) !== undefined && (
        <Text size="xs" c="red" role="alert">
          {problem ?? error}
        </Text>
      )}
      {!isJson && (
        <Button
          size="xs"
          variant="default"
          leftSection={<Plus size={14} aria-hidden />}
          onClick={() => setRows([...rows, { path: '', operator: 'is', values: [] }])}
          style={{ alignSelf: 'flex-start' }}
        >
          Add a condition
        </Button>
      )}
    </Stack>
  );
}

interface RowProps {
  readonly row: FilterRow;
  readonly properties: readonly FilterProperty[];
  readonly onChange: (part: Partial<FilterRow>) => void;
  readonly onRemove: () => void;
}

function Row({ row, properties, onChange, onRemove }: RowProps) {
  const type = properties.find(({ path }) => path === row.path)?.type ?? 'string';
  const texts = row.values.map(String);
  const arity = arityOf(row.operator);
  return (
    <Group
      gap="xs"
      align="flex-start"
      wrap="wrap"
      role="group"
      aria-label={`Condition on ${row.path || 'a property'}`}
    >
      <Autocomplete
        aria-label="Property"
        placeholder="Property"
        data={[...new Set(properties.map(({ path }) => path))]}
        value={row.path}
        onChange={(path) => onChange({ path })}
        limit={100}
        style={{ flex: '2 1 180px' }}
      />
      <Select
        aria-label="Comparison"
        data={OPERATORS}
        value={row.operator}
        allowDeselect={false}
        onChange={(next) => {
          const operator = OPERATORS.find(({ value }) => value === next)?.value;
          if (operator) onChange({ operator, values: valuesFor(operator, row.values) });
        }}
        style={{ flex: '1 1 140px' }}
      />
      {arity === 'one' && (
        <TextInput
          aria-label="Value"
          placeholder={type}
          value={texts[0] ?? ''}
          onChange={({ currentTarget: { value } }) =>
            onChange({ values: value === '' ? [] : [valueFrom(value, type)] })
          }
          style={{ flex: '2 1 160px' }}
        />
      )}
      {arity === 'many' && (
        <TagsInput
          aria-label="Values"
          placeholder="Type, then Enter"
          value={texts}
          onChange={(next) => onChange({ values: next.map((text) => valueFrom(text, type)) })}
          style={{ flex: '2 1 160px' }}
        />
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label="Remove the condition"
        onClick={onRemove}
      >
        <X size={16} aria-hidden />
      </ActionIcon>
    </Group>
  );
}

function valuesFor(operator: FilterOperator, values: FilterRow['values']): FilterRow['values'] {
  switch (arityOf(operator)) {
    case 'none':
      return [];
    case 'one':
      return values.slice(0, 1);
    case 'many':
      return values;
  }
}

/** What is wrong, or the filter. */
function filterIn(text: string): Filter | null | string {
  if (text.trim() === '') return null;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      return 'must be an object of conditions, like { "severity": "high" }';
    }
    return Object.keys(parsed).length === 0 ? null : { ...parsed };
  } catch {
    return 'is not JSON yet';
  }
}
