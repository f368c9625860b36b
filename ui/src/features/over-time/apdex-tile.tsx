import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { setServiceSettings } from '../../api/client';
import type { Figures } from '../../api/types';
import { formatDuration } from '../../format/duration';
import { formatPercent } from '../../format/percent';
import { Button } from '../../ui/button';
import { Popover } from '../../ui/popover';
import { Tile } from './figure-tiles';
import './apdex-tile.css';

const NANOS = 1e9;
const LONGEST_S = 600;

interface ApdexTileProps {
  service: string;
  env: string;
  apdex: Figures['apdex'];
  thresholdNs: number;
  explanation: ReactNode;
}

// The score, and its threshold, which can be changed: what is stored is scored anew.
export function ApdexTile({ service, env, apdex, thresholdNs, explanation }: ApdexTileProps) {
  const share = (part: number) => formatPercent(part * 100);
  return (
    <Tile
      name="Apdex"
      terms={['apdex']}
      explanation={explanation}
      detail={
        <span
          title={
            apdex
              ? `${share(apdex.satisfied)} satisfied, ${share(apdex.tolerating)} tolerating, ${share(apdex.frustrated)} frustrated`
              : undefined
          }
        >
          <Popover
            label="Apdex threshold"
            triggerClassName="apdex-threshold"
            triggerLabel={`Change the threshold of ${formatDuration(thresholdNs)}`}
            trigger={
              <>
                T = {formatDuration(thresholdNs)}
                <Pencil size={11} aria-hidden />
              </>
            }
          >
            {(close) => <ThresholdForm service={service} env={env} thresholdNs={thresholdNs} onDone={close} />}
          </Popover>
        </span>
      }
    >
      {apdex ? apdex.score.toFixed(2) : '–'}
    </Tile>
  );
}

interface ThresholdFormProps {
  service: string;
  env: string;
  thresholdNs: number;
  onDone: () => void;
}

function ThresholdForm({ service, env, thresholdNs, onDone }: ThresholdFormProps) {
  const [text, setText] = useState(String(thresholdNs / NANOS));
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (seconds: number | null) => setServiceSettings(service, env, { apdex_threshold_s: seconds }),
    onSuccess: async () => {
      await client.invalidateQueries({ predicate: ({ queryKey }) => SCORED.has(String(queryKey[0])) });
      onDone();
    },
  });
  const seconds = Number(text.replace(',', '.'));
  const valid = text.trim() !== '' && Number.isFinite(seconds) && seconds > 0 && seconds <= LONGEST_S;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (valid) change.mutate(seconds);
  }

  return (
    <form className="apdex-form" onSubmit={onSubmit}>
      <label>
        Satisfied below
        <span>
          <input
            className="input"
            inputMode="decimal"
            value={text}
            aria-invalid={!valid}
            onChange={(event) => setText(event.target.value)}
          />{' '}
          s
        </span>
      </label>
      <p>
        Up to {valid ? formatDuration(4 * seconds * NANOS) : 'four times as long'} it is tolerating, above frustrated.
        For {service} in env {env}.
      </p>
      {!valid && <p className="apdex-form-problem">A number of seconds, more than 0 and up to 600.</p>}
      {change.isError && (
        <p className="apdex-form-problem" role="alert">
          It wasn’t changed: {change.error.message}
        </p>
      )}
      <div className="apdex-form-buttons">
        <Button variant="plain" onClick={() => change.mutate(null)} disabled={change.isPending}>
          Use 0.5 s
        </Button>
        <Button variant="primary" type="submit" disabled={!valid || change.isPending}>
          Change
        </Button>
      </div>
    </form>
  );
}

const SCORED = new Set(['services', 'service', 'resources', 'resource']);
