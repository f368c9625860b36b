import type { ServiceList } from '../../api/types';
import { formatCount, formatCountOf } from '../../format/count';
import { formatPercent } from '../../format/percent';
import { formatRate } from '../../format/rate';
import { TermHelp } from '../glossary/term-help';
import { coveredSeconds, percentOf } from './service-columns';
import { totalsOf } from './service-order';
import './service-totals.css';

export function ServiceTotals({ list }: { list: ServiceList }) {
  const totals = totalsOf(list.services, coveredSeconds(list));
  return (
    <div className="service-totals">
      <dl>
        <div>
          <dt>Services</dt>
          <dd>{formatCount(totals.services)}</dd>
        </div>
        <div title={formatCountOf(totals.requests, 'request')}>
          <dt>Requests</dt>
          <dd>{formatRate(totals.requestsPerS)}</dd>
        </div>
        <div title={`${formatCount(totals.errors)} of ${formatCountOf(totals.requests, 'request')} failed`}>
          <dt>Error rate</dt>
          <dd>{formatPercent(percentOf(totals.errorRate))}</dd>
        </div>
      </dl>
      <TermHelp label="Totals" terms={['totals', 'requests-a-second', 'error-rate']} />
    </div>
  );
}
