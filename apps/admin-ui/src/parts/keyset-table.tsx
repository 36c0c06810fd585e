import { Button, Checkbox, Group, Paper, UnstyledButton } from '@mantine/core';
import { ArrowDown, ArrowUp, ChevronLeft, ChevronRight, ChevronsLeft } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { nextShown, type Shown } from './arrivals';
import classes from './keyset-table.module.css';
import { Pending } from './pending';
import { ProblemAlert } from './problem-alert';
import { useDelayed } from './use-delayed';
import type { KeysetPage } from './use-keyset-page';
import type { Selection } from './use-selection';

export interface Column<Item> {
  readonly id: string;
  readonly title: string;
  readonly cell: (item: Item) => ReactNode;
  /** Screens narrower than this do without it. */
  readonly from?: 'sm' | 'md' | 'lg';
  /** At the right, in figures of one width. */
  readonly isNumber?: boolean;
  /** The name that the API sorts by. */
  readonly sort?: string;
  /** CSS; left out: as wide as what is in it. */
  readonly width?: string;
}

export interface Sorting {
  readonly by: string;
  readonly order: 'asc' | 'desc';
  readonly onChange: (by: string, order: 'asc' | 'desc') => void;
}

interface KeysetTableProps<Item> {
  /** What the rows are: “Deliveries”. */
  readonly label: string;
  readonly page: KeysetPage<Item>;
  readonly columns: readonly Column<Item>[];
  readonly idOf: (item: Item) => string;
  /** What a row is called by, for its checkbox. */
  readonly nameOf: (item: Item) => string;
  /** Where a click on a row leads; its first cell holds the link for keyboards. */
  readonly linkTo?: (item: Item) => string;
  readonly empty: ReactNode;
  readonly sorting?: Sorting;
  readonly selection?: Selection;
  /** Buttons for what is chosen. */
  readonly bulk?: (ids: readonly string[]) => ReactNode;
}

/** A list in pages by keyset: sorting, choosing and doing with many, an empty and a failed state. */
export function KeysetTable<Item>(props: KeysetTableProps<Item>) {
  const { label, page, columns, idOf, empty, sorting, selection, bulk } = props;
  const isSlow = useDelayed(page.isStale);
  const lastChosen = useRef<string | null>(null);
  const arrived = useArrived(page, idOf);

  if (page.error && !page.items) return <ProblemAlert error={page.error} onRetry={page.retry} />;
  if (!page.items) {
    return (
      <Paper p="md">
        <Pending label={`${label} load`} lines={8} />
      </Paper>
    );
  }
  const { items } = page;
  const ids = items.map(idOf);
  const chosenHere = selection ? ids.filter((id) => selection.ids.has(id)).length : 0;

  const choose = (id: string, isChosen: boolean, isRange: boolean) => {
    const from = lastChosen.current === null ? -1 : ids.indexOf(lastChosen.current);
    const to = ids.indexOf(id);
    lastChosen.current = id;
    const range =
      isRange && from >= 0 ? ids.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
    selection?.set(range, isChosen);
  };

  return (
    <div className={classes.whole}>
      {page.error && <ProblemAlert error={page.error} onRetry={page.retry} />}
      <Paper className={classes.frame} data-slow={isSlow} aria-busy={page.isStale}>
        {items.length === 0 ? (
          empty
        ) : (
          <div className={classes.scroll} role="region" aria-label={label} tabIndex={0}>
            <table className={classes.table}>
              <thead>
                <tr>
                  {selection && (
                    <th className={classes.choice}>
                      <Checkbox
                        size="xs"
                        aria-label="Choose all on this page"
                        checked={chosenHere === ids.length}
                        indeterminate={chosenHere > 0 && chosenHere < ids.length}
                        onChange={({ currentTarget }) => selection.set(ids, currentTarget.checked)}
                      />
                    </th>
                  )}
                  {columns.map((column) => (
                    <HeadCell key={column.id} column={column} sorting={sorting} />
                  ))}
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <Row
                    key={idOf(item)}
                    item={item}
                    hasArrived={arrived.has(idOf(item))}
                    choose={choose}
                    {...props}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
        <Pager page={page} count={items.length} />
      </Paper>
      {selection && bulk && selection.ids.size > 0 && (
        <div className={classes.bulk} role="region" aria-label="With what is chosen">
          <span className={classes.count} role="status">
            {selection.ids.size} chosen
          </span>
          {bulk([...selection.ids])}
          <Button size="xs" variant="subtle" color="gray" c="dimmed" onClick={selection.clear}>
            Clear
          </Button>
        </div>
      )}
    </div>
  );
}

const NOTHING: Shown = { view: '', ids: [], arrived: new Set() };

/** Rows that the live stream has brought to this very page: they light up for a moment. */
function useArrived<Item>(page: KeysetPage<Item>, idOf: (item: Item) => string) {
  const [seen, see] = useState({ shown: NOTHING, items: page.items });
  if (page.items && !page.isStale && (seen.shown === NOTHING || page.items !== seen.items)) {
    const shown = nextShown(seen.shown, page.view, page.items.map(idOf));
    see({ shown, items: page.items });
  }
  return seen.shown.arrived;
}

interface RowProps<Item> extends KeysetTableProps<Item> {
  readonly item: Item;
  readonly hasArrived: boolean;
  readonly choose: (id: string, isChosen: boolean, isRange: boolean) => void;
}

function Row<Item>(props: RowProps<Item>) {
  const { item, hasArrived, columns, idOf, nameOf, linkTo, selection, choose } = props;
  const navigate = useNavigate();
  const id = idOf(item);
  const isChosen = selection?.ids.has(id) ?? false;
  const open = linkTo
    ? (event: React.MouseEvent<HTMLElement>) => {
        if (!(event.target instanceof Element) || event.target.closest('a, button, input, label'))
          return;
        // Whoever marks text to copy it does not want to leave.
        if (getSelection()?.toString() !== '') return;
        void navigate(linkTo(item));
      }
    : undefined;
  return (
    <tr
      data-chosen={isChosen}
      data-arrived={hasArrived}
      data-link={linkTo !== undefined}
      onClick={open}
    >
      {selection && (
        <td className={classes.choice}>
          <Checkbox
            size="xs"
            aria-label={`Choose ${nameOf(item)}`}
            checked={isChosen}
            onChange={({ currentTarget, nativeEvent }) =>
              choose(
                id,
                currentTarget.checked,
                'shiftKey' in nativeEvent && nativeEvent.shiftKey === true,
              )
            }
          />
        </td>
      )}
      {columns.map(({ id: column, cell, from, isNumber }) => (
        <td key={column} data-from={from} data-number={isNumber}>
          {cell(item)}
        </td>
      ))}
    </tr>
  );
}

interface HeadCellProps<Item> {
  readonly column: Column<Item>;
  readonly sorting: Sorting | undefined;
}

function HeadCell<Item>({ column, sorting }: HeadCellProps<Item>) {
  const { title, from, isNumber, sort, width } = column;
  if (!sorting || sort === undefined) {
    return (
      <th scope="col" data-from={from} data-number={isNumber} style={{ width }}>
        {title}
      </th>
    );
  }
  const order = sorting.by === sort ? sorting.order : null;
  const Icon = order === 'desc' ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      data-from={from}
      data-number={isNumber}
      style={{ width }}
      aria-sort={order === null ? 'none' : order === 'asc' ? 'ascending' : 'descending'}
    >
      <UnstyledButton
        className={classes.sort}
        onClick={() => sorting.onChange(sort, order === 'asc' ? 'desc' : 'asc')}
      >
        {title}
        <Icon size={13} aria-hidden data-on={order !== null} />
      </UnstyledButton>
    </th>
  );
}

interface PagerProps {
  readonly page: KeysetPage<unknown>;
  readonly count: number;
}

function Pager({ page, count }: PagerProps) {
  if (page.isFirst && !page.hasNext) return null;
  return (
    <Group className={classes.pager} justify="space-between" gap="xs">
      <span className={classes.rows}>
        {page.isFirst ? `The first ${count}` : `${count} on this page`}
      </span>
      <Group gap={6}>
        <Button
          size="xs"
          variant="default"
          disabled={page.isFirst}
          leftSection={<ChevronsLeft size={14} aria-hidden />}
          onClick={page.first}
        >
          First
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={page.isFirst}
          leftSection={<ChevronLeft size={14} aria-hidden />}
          onClick={page.previous}
        >
          Previous
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={!page.hasNext}
          rightSection={<ChevronRight size={14} aria-hidden />}
          onClick={page.next}
        >
          Next
        </Button>
      </Group>
    </Group>
  );
}
