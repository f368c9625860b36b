// No service to show: says what left none over, and offers to change it.

import { Link } from '@tanstack/react-router';
import { formatCount } from '../../format/count';
import { Button } from '../../ui/button';
import { EmptyBlock } from '../../ui/empty-block';
import { useZone } from '../../ui/zone';
import { describeTimeRange } from '../time/range-label';
import { type RangeSearch, rangeOf, type TimeRange } from '../time/time-range';
import { WiderRanges } from '../time/wider-ranges';
import { kindWord } from './service-kind';
import type { ServicesSearch } from './services-search';

export function NoRequests({
  env,
  range,
  onChoose,
}: {
  env: string;
  range: RangeSearch;
  onChoose: (range: TimeRange) => void;
}) {
  const zone = useZone();
  return (
    <EmptyBlock
      title="No requests in this time"
      actions={
        <>
          <WiderRanges range={rangeOf(range)} onChoose={onChoose} />
          <Link to="/traces" search={range} className="button button-outline">
            Look for traces
          </Link>
        </>
      }
    >
      Nothing was counted in “{describeTimeRange(rangeOf(range), zone)}” in env {env}.
    </EmptyBlock>
  );
}

interface NoMatchProps {
  search: ServicesSearch;
  // How many there are without the filters.
  all: number;
  onChange: (search: ServicesSearch) => void;
}

export function NoMatch({ search, all, onChange }: NoMatchProps) {
  const { q, type, ...unfiltered } = search;
  const parts = [q && `a name with “${q}”`, type && `the type ${kindWord(type)}`].filter(Boolean);
  return (
    <EmptyBlock
      title="No service matches"
      actions={
        <>
          {q && (
            <Button onClick={() => onChange(type ? { ...unfiltered, type } : unfiltered)}>Whatever the name</Button>
          )}
          {type && <Button onClick={() => onChange(q ? { ...unfiltered, q } : unfiltered)}>Whatever the type</Button>}
        </>
      }
    >
      0 of {formatCount(all)} have {parts.join(' and ')}.
    </EmptyBlock>
  );
}
