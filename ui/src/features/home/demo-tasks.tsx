// Three things to find out on the running demo, as one would on a shop of one's own. Shown while the demo runs.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { bootstrapQuery, serviceListQuery } from '../../api/queries';
import { setPreference, usePreferences } from '../../ui/preferences';
import { ServiceLink } from '../services/service-link';
import './demo-tasks.css';

// As demo/orchestrator names them.
const ENV = 'demo';
const SERVICES = ['thinker-microservice', 'orders', 'catalog'];

interface DemoTask {
  // What a browser remembers it by.
  name: string;
  sentence: string;
  // Where to begin.
  start: (label: ReactNode) => ReactNode;
}

const TASKS: readonly DemoTask[] = [
  {
    name: 'foo_bar',
    sentence:
      'A question about foo_bar fails inside thinker-microservice: find the stack, and the line that raised it.',
    start: (label) => (
      <Link to="/traces" search={{ errors: true }}>
        {label}
      </Link>
    ),
  },
  {
    name: 'repeated-query',
    sentence: 'The page of a customer’s orders asks the database one question twenty times: find the repeated query.',
    start: (label) => (
      <ServiceLink name="orders" search={{ env: ENV }}>
        {label}
      </ServiceLink>
    ),
  },
  {
    name: 'slower-version',
    sentence: 'Two versions of catalog answer side by side: find which one is slower, and what it spends its time on.',
    start: (label) => (
      <ServiceLink name="catalog" search={{ env: ENV }}>
        {label}
      </ServiceLink>
    ),
  },
];

export function DemoTasks() {
  const done = usePreferences((preferences) => preferences.demoTasksDone);
  if (!useDemoRuns()) return null;
  const tick = (name: string, isDone: boolean) => {
    const others = done.filter((other) => other !== name);
    setPreference({ demoTasksDone: isDone ? [...others, name] : others });
  };
  const count = TASKS.filter(({ name }) => done.includes(name)).length;
  return (
    <section className="demo-tasks" aria-labelledby="demo-tasks">
      <h2 id="demo-tasks">
        Try it on the demo{' '}
        <small>
          {count} of {TASKS.length} done
        </small>
      </h2>
      <ol>
        {TASKS.map(({ name, sentence, start }) => (
          <li key={name} className={done.includes(name) ? 'demo-tasks-done' : undefined}>
            <label>
              <input
                type="checkbox"
                checked={done.includes(name)}
                onChange={(event) => tick(name, event.target.checked)}
              />
              <span>{sentence}</span>
            </label>
            {start(
              <>
                Show me<span className="visually-hidden"> where to begin: {sentence}</span>
              </>,
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

// Its services have had requests in its env.
function useDemoRuns(): boolean {
  const bootstrap = useQuery(bootstrapQuery());
  const known = bootstrap.data?.envs.some(({ name }) => name === ENV) ?? false;
  const list = useQuery({ ...serviceListQuery({ from: 'now-15m', to: 'now', env: ENV }), enabled: known });
  return SERVICES.every((wanted) => list.data?.services.some(({ name }) => name === wanted));
}
