// The frame around every page: rail, top bar, what goes wrong everywhere, and the shortcuts that work everywhere.

import { type Query, useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { currentConnection, watchConnection } from '../api/connection';
import { statusQuery } from '../api/queries';
import { HelpDialog } from '../features/help/help-dialog';
import { type JumpCommand, JumpDialog } from '../features/jump/jump-dialog';
import { useRememberServices } from '../features/recent/recently-viewed';
import { setPreference } from '../ui/preferences';
import { startShortcuts, useShortcuts } from '../ui/shortcuts';
import { toggleTheme } from '../ui/theme';
import { TopBarSlotContext, type TopBarSlots } from '../ui/top-bar-slots';
import { toggleZone } from '../ui/zone';
import { LinkNotice } from './link-notice';
import { OfflineBanner } from './offline-banner';
import { Rail } from './rail';
import { TopBar } from './top-bar';
import './app-shell.css';

type OpenDialog = 'jump' | 'help' | null;

export function AppShell() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const [slots, setSlots] = useState<TopBarSlots>({ breadcrumb: null, tools: null });
  // Asked for here, because it tells on every page whether the server is there: oftener as soon as anything got no answer.
  const { reachable } = useSyncExternalStore(watchConnection, currentConnection);
  useQuery(statusQuery());
  // What failed while the server was away is asked for again when it is back.
  useEffect(() => {
    const failed = { type: 'active' as const, predicate: ({ state }: Query) => state.status === 'error' };
    if (reachable) void client.refetchQueries(failed, { cancelRefetch: false });
  }, [client, reachable]);
  useEffect(() => startShortcuts(), []);
  useRememberServices();

  const goHome = () => void navigate({ to: '/' });
  const goToServices = () => void navigate({ to: '/services' });
  const goToTraces = () => void navigate({ to: '/traces' });
  const goToGlossary = () => void navigate({ to: '/glossary' });
  const openHelp = () => setDialog('help');
  const closeDialog = () => setDialog(null);
  useShortcuts('Everywhere', [
    { keys: 'mod+k', label: 'Go to a trace', run: () => setDialog('jump') },
    { keys: 'g h', label: 'Home', run: goHome },
    { keys: 'g s', label: 'Services', run: goToServices },
    { keys: 'g t', label: 'Traces', run: goToTraces },
    { keys: 'g g', label: 'Glossary', run: goToGlossary },
    { keys: 'x', label: 'Light or dark', run: toggleTheme },
    { keys: 'u', label: 'Local time or UTC', run: toggleZone },
    { keys: '?', label: 'These shortcuts', run: openHelp },
  ]);
  const commands: JumpCommand[] = [
    { label: 'Home: what needs a look', keys: 'g h', run: goHome },
    { label: 'Services', keys: 'g s', run: goToServices },
    { label: 'Traces', keys: 'g t', run: goToTraces },
    { label: 'Glossary: what words and numbers mean', keys: 'g g', run: goToGlossary },
    { label: 'Switch between light and dark', keys: 'x', run: toggleTheme },
    { label: 'Use the system’s theme', run: () => setPreference({ theme: 'system' }) },
    { label: 'Switch between local time and UTC', keys: 'u', run: toggleZone },
    { label: 'Keyboard shortcuts', keys: '?', run: openHelp },
  ];

  return (
    <TopBarSlotContext value={slots}>
      <div className="app-shell">
        <Rail />
        <TopBar onSlots={setSlots} onJump={() => setDialog('jump')} onHelp={openHelp} />
        <div className="app-shell-notices">
          <OfflineBanner />
          <LinkNotice />
        </div>
        <main className="app-shell-page">
          <Outlet />
        </main>
      </div>
      {dialog === 'jump' && <JumpDialog commands={commands} onClose={closeDialog} />}
      {dialog === 'help' && <HelpDialog onClose={closeDialog} />}
    </TopBarSlotContext>
  );
}
