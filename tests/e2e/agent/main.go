// The trace side of Datadog's Agent, as it is published: takes what tracers send, works on it and passes it on.
//
//	real-agent URL
//
// Prints its port when it takes requests. Its log goes to stderr, a line an event, the level first. SIGTERM ends it, after it has passed on what it
// holds. It is set up as an Agent out of the box is, but that it passes on at once what it has, knows no limit of traces a second, and asks nobody for
// facts about the machine.
//
//	REAL_AGENT_COMPRESSION  zstd, as Agents of today, or gzip, as older ones
//	REAL_AGENT_MODEL        v0.4: works on spans as older ones do, which don't turn them into the model of v1.0 first
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	compression "github.com/DataDog/datadog-agent/comp/trace/compression/def"
	gzip "github.com/DataDog/datadog-agent/comp/trace/compression/impl-gzip"
	"github.com/DataDog/datadog-agent/pkg/trace/agent"
	"github.com/DataDog/datadog-agent/pkg/trace/config"
	"github.com/DataDog/datadog-agent/pkg/trace/log"
	"github.com/DataDog/datadog-agent/pkg/trace/telemetry"
	"github.com/DataDog/datadog-go/v5/statsd"
	"github.com/klauspost/compress/zstd"
)

// In the place of the Agent's own, of whose packages one can't be had.
type zstdComponent struct{}

func (zstdComponent) NewWriter(to io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(to) }

func (zstdComponent) NewReader(from io.Reader) (io.ReadCloser, error) {
	reader, err := zstd.NewReader(from)
	if err != nil {
		return nil, err
	}
	return reader.IOReadCloser(), nil
}

func (zstdComponent) Encoding() string { return "zstd" }

// stderrLogger leaves out what is below information.
type stderrLogger struct{}

func (stderrLogger) write(level, text string) {
	fmt.Fprintf(os.Stderr, "%s %s\n", level, strings.ReplaceAll(strings.TrimSpace(text), "\n", `\n`))
}

func (stderrLogger) Trace(...any)          {}
func (stderrLogger) Tracef(string, ...any) {}
func (stderrLogger) Debug(...any)          {}
func (stderrLogger) Debugf(string, ...any) {}

func (l stderrLogger) Info(parts ...any) { l.write("INFO", fmt.Sprint(parts...)) }
func (l stderrLogger) Infof(format string, parts ...any) {
	l.write("INFO", fmt.Sprintf(format, parts...))
}
func (l stderrLogger) Warn(parts ...any) error  { l.write("WARN", fmt.Sprint(parts...)); return nil }
func (l stderrLogger) Error(parts ...any) error { l.write("ERROR", fmt.Sprint(parts...)); return nil }
func (l stderrLogger) Critical(parts ...any) error {
	l.write("CRITICAL", fmt.Sprint(parts...))
	return nil
}
func (l stderrLogger) Warnf(f string, parts ...any) error  { return l.Warn(fmt.Sprintf(f, parts...)) }
func (l stderrLogger) Errorf(f string, parts ...any) error { return l.Error(fmt.Sprintf(f, parts...)) }
func (l stderrLogger) Criticalf(f string, p ...any) error  { return l.Critical(fmt.Sprintf(f, p...)) }
func (stderrLogger) Flush()                                {}

func settings(url string, port int) *config.AgentConfig {
	settings := config.New()
	settings.Hostname, settings.AgentVersion = "agents-host", "7.85.1"
	settings.Endpoints = []*config.Endpoint{{Host: url, APIKey: "0123456789abcdef0123456789abcdef"}}
	settings.ReceiverHost, settings.ReceiverPort = "127.0.0.1", port
	settings.HasContainerFeatures = false
	settings.Proxy = nil

	settings.TraceWriter.FlushPeriodSeconds, settings.StatsWriter.FlushPeriodSeconds = 0.1, 0.1
	settings.TargetTPS, settings.ErrorTPS, settings.MaxEPS = 1e6, 1e6, 1e6
	settings.MaxMemory, settings.MaxCPU = 0, 0

	// What the Agent's file of defaults says, which isn't in these packages.
	settings.MaxConnections, settings.DecoderTimeout = 1000, 1000
	hide := settings.Obfuscation
	for _, each := range []*bool{&hide.ES.Enabled, &hide.OpenSearch.Enabled, &hide.Mongo.Enabled, &hide.Redis.Enabled, &hide.Valkey.Enabled,
		&hide.Memcached.Enabled, &hide.CreditCards.Enabled} {
		*each = true
	}
	if os.Getenv("REAL_AGENT_MODEL") == "v0.4" {
		settings.Features["disable-convert-traces"] = struct{}{}
	}
	return settings
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: real-agent URL")
	}
	log.SetLogger(stderrLogger{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	var compressor compression.Component = zstdComponent{}
	if os.Getenv("REAL_AGENT_COMPRESSION") == "gzip" {
		compressor = gzip.NewComponent()
	}

	running, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	theAgent := agent.NewAgent(running, settings(os.Args[1], port), telemetry.NewNoopCollector(), &statsd.NoOpClient{}, compressor)
	theAgent.Receiver.SetTCPListener(listener)
	fmt.Println(port) // the socket listens already
	theAgent.Run()
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
