import { formatChange } from '../../format/change';
import { formatCount, formatCountOf } from '../../format/count';
import { ServiceName } from '../../ui/service-name';
import { ServiceLink } from '../services/service-link';
import type { HomeSearch } from './home-search';
import { type Finding, isNotable, isOfFew, type Measured } from './needs-a-look';

interface FindingTableProps {
  caption: string;
  // What the numbers are called.
  value: string;
  findings: readonly Finding[];
  format: (value: number) => string;
  // More is worse and less is better; else a change is only a change.
  judged?: boolean;
  // What it means that there are none.
  nothing: string;
  search: HomeSearch;
}

export function FindingTable({ caption, value, findings, format, judged = false, nothing, search }: FindingTableProps) {
  if (findings.length === 0) return <p>{nothing}</p>;
  return (
    <table className="finding-table">
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Service</th>
          <th scope="col">{value}</th>
          <th scope="col">Before</th>
          <th scope="col">Change</th>
        </tr>
      </thead>
      <tbody>
        {findings.map((found) => (
          <tr key={found.service.name}>
            <th scope="row">
              <ServiceLink name={found.service.name} search={search}>
                <ServiceName service={found.service} />
              </ServiceLink>
            </th>
            <td>
              <Value measured={found.now} format={format} />
            </td>
            <td>
              <Value measured={found.before} format={format} />
            </td>
            <td>
              <Change found={found} judged={judged} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({ measured, format }: { measured: Measured | null; format: (value: number) => string }) {
  if (!measured) return <NoData />;
  return (
    <span title={`Of ${formatCountOf(measured.n, 'request')}`}>
      {isOfFew(measured) && <small className="finding-few">n = {formatCount(measured.n)} </small>}
      {format(measured.value)}
    </span>
  );
}

function Change({ found, judged }: { found: Finding; judged: boolean }) {
  const { now, before } = found;
  if (!before) return <NoData />;
  const { text, label } = formatChange(before.value, now.value);
  const tone = now.value > before.value ? 'finding-worse' : 'finding-better';
  return (
    <span className={judged && isNotable(found) ? tone : undefined}>
      <span aria-hidden>{text}</span>
      <span className="visually-hidden">{label}</span>
    </span>
  );
}

function NoData() {
  return (
    <span className="finding-none">
      <span aria-hidden>–</span>
      <span className="visually-hidden">no data</span>
    </span>
  );
}
