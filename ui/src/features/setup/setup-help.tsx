import { useState } from 'react';
import type { Status } from '../../api/types';
import { Button } from '../../ui/button';
import { CopyButton } from '../../ui/copy-button';
import { FirstSpan } from './first-span';
import { agentAddresses, snippetsFor } from './snippets';
import './setup-help.css';

interface SetupHelpProps {
  status: Status;
  // What the page behind shows, once there is something.
  doneLabel: string;
  onDone: () => void;
}

// What to do on an installation that has never seen a span.
export function SetupHelp({ status, doneLabel, onDone }: SetupHelpProps) {
  const addresses = agentAddresses(status.agent, window.location.hostname);
  const [chosenUrl, setUrl] = useState('');
  const [language, setLanguage] = useState('Python');
  const url = addresses.find((address) => address.url === chosenUrl)?.url ?? addresses[0]?.url ?? '';
  const snippets = snippetsFor(url);
  const snippet = snippets.find((each) => each.language === language) ?? snippets[0];

  return (
    <div className="setup-help">
      <FirstSpan status={status} doneLabel={doneLabel} onDone={onDone} />
      <section aria-labelledby="setup-send">
        <h2 id="setup-send">Send a first trace</h2>
        <p className="setup-help-intro">
          Vizsla takes what Datadog’s tracers send. Start your program with one, pointed at this address:
        </p>
        <div className="setup-help-addresses">
          {addresses.map((address) => (
            <span key={address.url} className="setup-help-address">
              <Button aria-pressed={address.url === url} onClick={() => setUrl(address.url)} title={address.url}>
                {address.label}
              </Button>
              <CopyButton text={address.url} label={`Copy ${address.label}`} />
            </span>
          ))}
        </div>
        <fieldset className="setup-help-languages">
          <legend className="visually-hidden">Language</legend>
          {snippets.map((each) => (
            <button
              key={each.language}
              type="button"
              aria-pressed={each.language === language}
              onClick={() => setLanguage(each.language)}
            >
              {each.language}
            </button>
          ))}
        </fieldset>
        <div className="setup-help-snippet">
          <p>{snippet.note}</p>
          {/* Long lines scroll sideways, which the keyboard must be able to do as well. */}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
          <pre tabIndex={0}>{snippet.code}</pre>
          <CopyButton text={snippet.code} label="Copy commands" caption="Copy" className="setup-help-copy" />
        </div>
      </section>
      <section aria-labelledby="setup-containers">
        <h2 id="setup-containers">From a container</h2>
        <p>
          Inside a container, 127.0.0.1 is the container itself. Start Vizsla with{' '}
          <code>--apm-listen 0.0.0.0:8126</code>, and give the tracer{' '}
          <code>DD_TRACE_AGENT_URL=http://host.docker.internal:8126</code> (on Linux, run the container with{' '}
          <code>--add-host host.docker.internal:host-gateway</code>).
          {status.agent.socket && ' Or mount the folder of the unix socket into the container.'}
        </p>
      </section>
    </div>
  );
}
