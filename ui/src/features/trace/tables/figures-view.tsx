// What both tables share: whose spans they count, how they are grouped and ordered, and what a click on a row picks.

import { type ReactNode, useMemo } from 'react';
import { formatCount, formatCountOf } from '../../../format/count';
import { isBlank } from '../../../format/page-title';
import { Button } from '../../../ui/button';
import { EmptyBlock } from '../../../ui/empty-block';
import { ServiceSwatch } from '../../../ui/service-name';
import { type Dimension, parseDimensions } from '../../../viz/dimensions';
import { shortened } from '../../../viz/flame-labels';
import { figuresBy, type SpanFigures } from '../../../viz/span-statistics';
import { formatSort } from '../../table/table-sort';
import { type Highlight, litSpans } from '../highlight';
import { nameIn } from '../span-text';
import type { TraceSearch } from '../trace-search';
import { useSession } from '../trace-session';
import type { FiguresColumn } from './figures-columns';
import { type FiguresSort, sortAfterClick, sortFigures, sortOf } from './figures-order';
import { type FiguresRow, FiguresTable } from './figures-table';

const NAME_MAX = 300;

export interface FiguresViewProps {
  highlight: Highlight;
  search: TraceSearch;
  // Names of the span by which the URL remembers a row.
  nameOf: (span: number) => string;
  onChange: (part: Partial<TraceSearch>) => void;
  onClearFilters: () => void;
}

interface FiguresViewOptions extends FiguresViewProps {
  caption: string;
  className: string;
  columns: readonly FiguresColumn[];
  groupings: readonly string[];
  defaultSort: FiguresSort;
  // Rows of each group, when the table has groups; else the groups are its rows.
  within?: Dimension;
  heat?: boolean;
}

export function FiguresView(options: FiguresViewOptions) {
  const { highlight, search, columns, groupings, defaultSort, within, onChange } = options;
  const { model, colors } = useSession();
  const grouping = groupings.find((each) => each === search.group) ?? groupings[0];
  const sort = sortOf(search.sort, columns, defaultSort);

  // What was picked here isn't a filter here: the other rows must stay to choose from.
  const lit = useMemo(() => litSpans(model, colors.of, { ...highlight, alike: null }), [model, colors, highlight]);
  const { groups, members, all } = useMemo(() => {
    const outer = parseDimensions(grouping);
    return {
      groups: figuresBy(model, outer, lit),
      members: within ? figuresBy(model, [...outer, within], lit) : [],
      all: figuresBy(model, [], lit)[0],
    };
  }, [model, lit, grouping, within]);

  const rows = useMemo(() => {
    const outer = parseDimensions(grouping);
    const rowOf = (dimensions: readonly Dimension[], figures: SpanFigures, isGroup: boolean, name: ReactNode) => ({
      figures,
      name,
      isGroup,
      by: dimensions.join(','),
      picked: isPicked(search, dimensions, figures, options.nameOf),
    });
    const nameText = (dimensions: readonly Dimension[]) => (figures: SpanFigures) =>
      dimensions.map((dimension) => nameIn(model, dimension, figures.sample)).join('\n');
    const sorted = sortFigures(groups, sort, columns, nameText(outer));
    if (!within) {
      return sorted.map((figures) =>
        rowOf(outer, figures, false, <RowName dimensions={outer} span={figures.sample} />),
      );
    }
    const column = model.skeleton.spans[outer[0]];
    const byGroup = new Map<number, SpanFigures[]>(groups.map((figures) => [column[figures.sample], []]));
    for (const member of sortFigures(members, sort, columns, nameText([within]))) {
      byGroup.get(column[member.sample])?.push(member);
    }
    return sorted.flatMap((figures) => [
      rowOf(outer, figures, true, <RowName dimensions={outer} span={figures.sample} />),
      ...(byGroup.get(column[figures.sample]) ?? []).map((member) =>
        rowOf([...outer, within], member, false, <RowName dimensions={[within]} span={member.sample} indented />),
      ),
    ]);
  }, [model, groups, members, grouping, within, sort, columns, search, options.nameOf]);

  if (!all) {
    return (
      <div className="figures">
        <EmptyBlock
          title="No span is left"
          actions={<Button onClick={options.onClearFilters}>Clear the filters</Button>}
        >
          The search and the chosen services have no span in common.
        </EmptyBlock>
      </div>
    );
  }
  const pick = (row: FiguresRow) =>
    onChange(
      row.picked ? { like: undefined, by: undefined } : { like: options.nameOf(row.figures.sample), by: row.by },
    );
  return (
    <div className={`figures ${options.className}`}>
      <div className="figures-bar">
        <label>
          Group by
          <select
            className="input"
            value={grouping}
            onChange={(event) =>
              onChange({ group: event.target.value === groupings[0] ? undefined : event.target.value })
            }
          >
            {groupings.map((each) => (
              <option key={each} value={each}>
                {each.replace(',', ' and ')}
              </option>
            ))}
          </select>
        </label>
        <span role="status">
          {all.count < model.count
            ? `${formatCount(all.count)} of ${formatCountOf(model.count, 'span')}: what the filters leave`
            : `All ${formatCountOf(model.count, 'span')} of the trace`}
        </span>
      </div>
      <FiguresTable
        caption={options.caption}
        nameLabel={labelOf(within ? [within] : parseDimensions(grouping))}
        columns={columns}
        rows={rows}
        all={all}
        sort={sort}
        onSort={(column) => {
          const next = sortAfterClick(column, sort, defaultSort);
          onChange({ sort: next ? formatSort(next) : undefined });
        }}
        onPick={pick}
        heat={options.heat ?? false}
      />
    </div>
  );
}

function isPicked(
  { like, by }: TraceSearch,
  dimensions: readonly Dimension[],
  { sample }: SpanFigures,
  nameOf: (span: number) => string,
): boolean {
  return like !== undefined && by === dimensions.join(',') && like === nameOf(sample);
}

function labelOf(dimensions: readonly Dimension[]): string {
  const text = dimensions.join(' and ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function RowName({
  dimensions,
  span,
  indented = false,
}: {
  dimensions: readonly Dimension[];
  span: number;
  indented?: boolean;
}) {
  const { model } = useSession();
  return (
    <>
      {indented && <span className="figures-indented" />}
      {dimensions.includes('service') && (
        <ServiceSwatch slot={model.skeleton.services[model.skeleton.spans.service[span]].slot} />
      )}
      {dimensions.map((dimension, place) => {
        const name = nameIn(model, dimension, span);
        return (
          <span
            key={dimension}
            className={place > 0 ? 'figures-text figures-text-more' : 'figures-text'}
            title={shortened(name, 2_000)}
          >
            {isBlank(name) ? (
              <span className="figures-none">
                {name ? 'blank' : 'no'} {dimension}
              </span>
            ) : (
              shortened(name, NAME_MAX)
            )}
          </span>
        );
      })}
    </>
  );
}
