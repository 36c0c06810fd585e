import { Table } from '@mantine/core';
import type { Column } from './keyset-table';

interface PlainTableProps<Item> {
  /** What the rows are: “Workers”. */
  readonly label: string;
  readonly items: readonly Item[];
  readonly columns: readonly Pick<Column<Item>, 'id' | 'title' | 'cell' | 'isNumber'>[];
  readonly idOf: (item: Item) => string;
}

/** All rows at once, for lists that stay short. */
export function PlainTable<Item>({ label, items, columns, idOf }: PlainTableProps<Item>) {
  return (
    <Table.ScrollContainer
      minWidth={480}
      type="native"
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ id, title, isNumber }) => (
              <Table.Th key={id} ta={isNumber ? 'right' : undefined}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={idOf(item)}>
              {columns.map(({ id, cell, isNumber }) => (
                <Table.Td
                  key={id}
                  ta={isNumber ? 'right' : undefined}
                  style={{ whiteSpace: isNumber ? 'nowrap' : undefined }}
                  className={isNumber ? 'tabular whole' : 'whole'}
                >
                  {cell(item)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
