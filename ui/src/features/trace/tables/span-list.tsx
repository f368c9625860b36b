import { LIST_COLUMNS } from './figures-columns';
import { FiguresView, type FiguresViewProps } from './figures-view';

const GROUPINGS = ['service', 'operation', 'type', 'host'];
const DEFAULT_SORT = { key: 'exec', descending: true };

// What the trace consists of: resources below their services, with what they took of the time.
export function SpanList(props: FiguresViewProps) {
  return (
    <FiguresView
      {...props}
      caption="Resources of the trace, by service"
      className="figures-list"
      columns={LIST_COLUMNS}
      groupings={GROUPINGS}
      within="resource"
      defaultSort={DEFAULT_SORT}
    />
  );
}
