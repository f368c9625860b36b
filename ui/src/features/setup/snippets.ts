// How to make an application send its first trace, per language, with this server's addresses filled in.

import type { Status } from '../../api/types';

export interface Snippet {
  language: string;
  // A sentence before the commands.
  note: string;
  code: string;
}

export interface AgentAddress {
  // As DD_TRACE_AGENT_URL takes it.
  url: string;
  label: string;
}

// Where tracers can reach this server, as seen from a machine that sees this page under `pageHost`.
export function agentAddresses(agent: Status['agent'], pageHost: string): AgentAddress[] {
  const urls = new Set(agent.urls.map((url) => reachable(url, pageHost)));
  const addresses = Array.from(urls, (url) => ({ url, label: url }));
  if (agent.socket) addresses.push({ url: `unix://${agent.socket}`, label: 'Unix socket' });
  return addresses;
}

// A server that listens everywhere names no address to connect to; the one that this page came from works.
function reachable(url: string, pageHost: string): string {
  return url.replace(/\/\/(0\.0\.0\.0|\[::\])(?=[:/]|$)/, `//${pageHost}`);
}

export function snippetsFor(url: string): Snippet[] {
  const settings = `DD_SERVICE=my-service DD_ENV=dev DD_TRACE_AGENT_URL=${url}`;
  return [
    {
      language: 'Python',
      note: 'Install the tracer and start your program through it.',
      code: `pip install ddtrace\n\n${settings} \\\n  ddtrace-run python app.py`,
    },
    {
      language: 'Node.js',
      note: 'Install the tracer and load it before anything else.',
      code: `npm install dd-trace\n\n${settings} \\\n  node --require dd-trace/init app.js`,
    },
    {
      language: 'Java',
      note: 'Put dd-java-agent.jar (Maven: com.datadoghq:dd-java-agent) beside your program.',
      code: `${settings} \\\n  java -javaagent:dd-java-agent.jar -jar app.jar`,
    },
    {
      language: 'Go',
      note: 'Start the tracer in main, or let Orchestrion add it when building.',
      code: `go get github.com/DataDog/dd-trace-go/v2/ddtrace/tracer\n\n// in main.go\ntracer.Start()\ndefer tracer.Stop()\n\n${settings} \\\n  go run .`,
    },
    {
      language: 'Ruby',
      note: 'Add the gem; it instruments what it finds.',
      code: `# Gemfile\ngem 'datadog', require: 'datadog/auto_instrument'\n\n${settings} \\\n  bundle exec rackup`,
    },
    {
      language: '.NET',
      note: 'Add the package and switch its profiler on.',
      code: `dotnet add package Datadog.Trace.Bundle\n\nexport CORECLR_ENABLE_PROFILING=1\nexport CORECLR_PROFILER={846F5F1C-F9AE-4B07-969E-05C26BC060D8}\nexport DD_DOTNET_TRACER_HOME="$PWD/bin/Release/net8.0/datadog"\nexport CORECLR_PROFILER_PATH="$DD_DOTNET_TRACER_HOME/linux-x64/Datadog.Trace.ClrProfiler.Native.so"\n\n${settings} \\\n  dotnet run --configuration Release`,
    },
    {
      language: 'PHP',
      note: 'Run the installer of the PHP tracer (datadog-setup.php) once, then start PHP as usual.',
      code: `php datadog-setup.php --php-bin=all\n\n${settings} \\\n  php -S 127.0.0.1:8080`,
    },
    { language: 'curl', note: 'Without any tracer: one span by hand.', code: curlSnippet(url) },
  ];
}

function curlSnippet(url: string): string {
  const socket = url.startsWith('unix://') ? url.slice('unix://'.length) : null;
  const target = socket
    ? `--unix-socket ${socket} \\\n  http://localhost/v0.3/traces`
    : `${url.replace(/\/$/, '')}/v0.3/traces`;
  return `curl -X PUT ${target} \\
  -H 'Content-Type: application/json' \\
  -d '[[{
    "trace_id": '$(date +%s)',
    "span_id": 1,
    "service": "my-service",
    "name": "hello.request",
    "resource": "GET /hello",
    "type": "web",
    "start": '$(date +%s%N)',
    "duration": 12000000,
    "error": 0,
    "meta": { "env": "dev", "http.method": "GET", "http.status_code": "200" }
  }]]'`;
}
