import type { ServiceList } from '../../api/types';
import { formatCount, formatCountOf } from '../../format/count';
import { formatPercent } from '../../format/percent';
import { formatRate } from '../../format/rate';
import { coveredSeconds, percentOf } from './service-columns';
import { totalsOf } from './service-order';
import { TERMS } from './service-terms';
import './service-totals.css';

export function ServiceTotals({ list }: { list: ServiceList }) {
  const totals = totalsOf(list.services, coveredSeconds(list));
  return (
    <dl className="service-totals" title={TERMS.totals}>
      <div>
        <dt>Services</dt>
        <dd>{formatCount(totals.services)}</dd>
      </div>
      <div title={`${formatCountOf(totals.requests, 'request')}. ${TERMS.totals}`}>
        <dt>Requests</dt>
        <dd>{formatRate(totals.requestsPerS)}</dd>
      </div>
      <div
        title={`${formatCount(totals.errors)} of ${formatCountOf(totals.requests, 'request')} failed. ${TERMS.totals}`}
      >
        <dt>Error rate</dt>
        <dd>{formatPercent(percentOf(totals.errorRate))}</dd>
      </div>
    </dl>
  );
}
