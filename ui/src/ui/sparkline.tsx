import { type SparkValues, sparkFacts, sparkShape } from '../viz/sparkline';
import './sparkline.css';

const WIDTH = 80;
const HEIGHT = 20;

interface SparklineProps {
  // What the values are: "Requests per second".
  what: string;
  values: SparkValues;
  // The last value's time isn't over yet.
  partialLast: boolean;
  format: (value: number) => string;
  // Quiet is for a line that has nothing to tell.
  tone?: 'plain' | 'error' | 'quiet';
}

// A small line of how a number went. Its text says the same to those who don't see it, and to the pointer.
export function Sparkline({ what, values, partialLast, format, tone = 'plain' }: SparklineProps) {
  const { line, dots, area, partial, end } = sparkShape(values, WIDTH, HEIGHT, partialLast);
  const facts = sparkFacts(values, partialLast);
  const text = facts
    ? `${what}: last ${format(facts.last)}, least ${format(facts.min)}, most ${format(facts.max)}`
    : `${what}: no data`;
  return (
    <svg className={`sparkline sparkline-${tone}`} width={WIDTH} height={HEIGHT} role="img" aria-label={text}>
      <title>{text}</title>
      {area && <path className="sparkline-area" d={area} />}
      {line && <path className="sparkline-line" d={line} />}
      {dots && <path className="sparkline-dots" d={dots} />}
      {partial && <path className="sparkline-partial" d={partial} />}
      {end && <circle className={partialLast ? 'sparkline-open' : 'sparkline-end'} cx={end.x} cy={end.y} r={1.75} />}
    </svg>
  );
}
