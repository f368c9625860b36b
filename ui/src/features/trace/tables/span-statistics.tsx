import { STATISTICS_COLUMNS } from './figures-columns';
import { FiguresView, type FiguresViewProps } from './figures-view';

const GROUPINGS = ['service,operation', 'service,resource', 'service', 'operation', 'resource', 'type', 'host'];
const DEFAULT_SORT = { key: 'self', descending: true };

// Which work takes the time: durations and self times of spans of one kind.
export function SpanStatistics(props: FiguresViewProps) {
  return (
    <FiguresView
      {...props}
      caption="Durations and self times of the trace’s spans"
      className="figures-statistics"
      columns={STATISTICS_COLUMNS}
      groupings={GROUPINGS}
      defaultSort={DEFAULT_SORT}
      heat
    />
  );
}
