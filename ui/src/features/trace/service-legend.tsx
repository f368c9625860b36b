import { CircleAlert } from 'lucide-react';
import { type CSSProperties, useMemo } from 'react';
import { formatCount, formatCountOf } from '../../format/count';
import { formatDuration } from '../../format/duration';
import { formatShare } from '../../format/percent';
import { slotStyle } from '../../ui/service-color';
import { ServiceSwatch } from '../../ui/service-name';
import { serviceNames } from './highlight';
import { useSession } from './trace-session';
import './service-legend.css';

interface ServiceLegendProps {
  // Names joined by commas, as the URL has them.
  chosen: string | undefined;
  // `alone` takes all others out.
  onToggle: (name: string, alone: boolean) => void;
}

// The trace's services with their share of its time. A click brings out a service and dims the others.
export function ServiceLegend({ chosen, onToggle }: ServiceLegendProps) {
  const { services } = useSession().model.skeleton;
  const names = serviceNames(chosen);
  // The sum is what the server shared out: the time in which anything was active.
  const total = useMemo(() => services.reduce((sum, service) => sum + service.exec_ns, 0), [services]);

  return (
    <ul className="service-legend" aria-label="Services by execution time">
      {services.map((service) => {
        const isChosen = names.includes(service.name);
        const style = { ...slotStyle(service.slot), '--share': service.exec_ns / (total || 1) } as CSSProperties;
        return (
          <li key={service.name}>
            <button
              type="button"
              className="service-legend-chip"
              style={style}
              aria-pressed={isChosen}
              data-muted={names.length > 0 && !isChosen}
              title={[
                `${service.name}: ${formatShare(service.exec_ns, total)} of the execution time, ${formatDuration(service.exec_ns)}`,
                `${formatCountOf(service.spans, 'span')}, ${formatCountOf(service.errors, 'error')}`,
                'Click to bring out, Alt-click for only this one',
              ].join('\n')}
              onClick={(event) => onToggle(service.name, event.altKey)}
            >
              <ServiceSwatch slot={service.slot} />
              {service.name}
              <span className="service-legend-share">{formatShare(service.exec_ns, total)}</span>
              <span className="service-legend-count">{formatCount(service.spans)}</span>
              {service.errors > 0 && (
                <span className="service-legend-errors">
                  <CircleAlert size={12} aria-label="errors" />
                  {formatCount(service.errors)}
                </span>
              )}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
