// What stands out, in three cards: failing, slower or faster, busier or quieter.

import type { ReactNode } from 'react';
import type { ServiceList } from '../../api/types';
import { formatDuration } from '../../format/duration';
import { formatPercent } from '../../format/percent';
import { formatRate } from '../../format/rate';
import { Button } from '../../ui/button';
import type { ShownTerm } from '../glossary/glossary';
import { TermHelp } from '../glossary/term-help';
import { percentOf } from '../services/service-columns';
import { FindingTable } from './finding-table';
import type { HomeSearch } from './home-search';
import { failing, latencyChanges, trafficChanges } from './needs-a-look';
import './finding-cards.css';

interface FindingCardsProps {
  now: ServiceList;
  // Of the equal time before; undefined when it can't be had, for `errorBefore`.
  before: ServiceList | undefined;
  errorBefore: Error | null;
  retrying: boolean;
  onRetry: () => void;
  // For links to services: of the same env and time.
  search: HomeSearch;
}

export function FindingCards({ now, before, errorBefore, retrying, onRetry, search }: FindingCardsProps) {
  const comparable = before && before.services.length > 0 ? before : null;
  return (
    <div className="finding-cards">
      <FindingCard title="Highest error rates" terms={['error-rate', 'errors']}>
        <FindingTable
          caption="Services with the highest error rates"
          value="Error rate"
          findings={failing(now, comparable)}
          format={(rate) => formatPercent(percentOf(rate))}
          judged
          nothing="No request failed."
          search={search}
        />
      </FindingCard>
      {comparable && (
        <>
          <FindingCard title="Latency that changed" terms={['p95']}>
            <FindingTable
              caption="Services whose p95 latency changed most"
              value="p95"
              findings={latencyChanges(now, comparable)}
              format={formatDuration}
              judged
              nothing="No p95 moved by a tenth or more."
              search={search}
            />
          </FindingCard>
          <FindingCard title="Traffic that changed" terms={['requests-a-second', 'requests']}>
            <FindingTable
              caption="Services whose traffic changed most"
              value="Requests"
              findings={trafficChanges(now, comparable)}
              format={formatRate}
              nothing="No traffic changed by a tenth or more, and more than chance explains."
              search={search}
            />
          </FindingCard>
        </>
      )}
      {!comparable && (
        <FindingCard title="Latency and traffic that changed">
          {before ? (
            <p>Nothing was counted in the time before, so there is nothing to compare with yet.</p>
          ) : (
            <p role="alert">
              The time before can’t be shown: {errorBefore?.message}{' '}
              <Button onClick={onRetry} disabled={retrying}>
                {retrying ? 'Trying again…' : 'Try again'}
              </Button>
            </p>
          )}
        </FindingCard>
      )}
    </div>
  );
}

interface FindingCardProps {
  title: string;
  terms?: readonly ShownTerm[];
  children: ReactNode;
}

function FindingCard({ title, terms, children }: FindingCardProps) {
  return (
    <div className="finding-card">
      <h3>
        {title}
        {terms && <TermHelp label={title} terms={terms} />}
      </h3>
      {children}
    </div>
  );
}
